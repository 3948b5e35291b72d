"""What the commands print. Data goes to stdout, everything said about it to stderr, and foreign text is cleaned."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec

from engine.errors import InputError

P = ParamSpec("P")

EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 70, 130, 141
DEBUG_VARIABLE = "VITSDECK_DEBUG"


def say(text: str) -> None:
    """One line for the person, on stderr."""
    print(safe(text), file=sys.stderr, flush=True)  # noqa: T201


def tell(text: str) -> None:
    """One line of what was asked for, on stdout."""
    print(safe(text), flush=True)  # noqa: T201


def tell_json(document: Any) -> None:
    """The one JSON document of a command with --json. Escapes all that is not ASCII: names of files may be anything."""
    print(json.dumps(document, indent=2, default=str), flush=True)  # noqa: T201


def safe(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    if text.isascii() and text.isprintable():
        return text  # the door below costs 0.15 s to open
    from tui.safe_text import clean

    return clean(text)


def guarded(function: Callable[P, int | None]) -> Callable[P, NoReturn]:
    """A command that ends the process with the exit code that docs/contracts.md promises."""

    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> NoReturn:
        sys.exit(outcome(functools.partial(function, *args, **kwargs)))

    return command


def outcome(function: Callable[[], int | None]) -> int:
    """Run `function` and turn how it ends into an exit code; faults become sentences on stderr."""
    try:
        return function() or 0
    except InputError as error:
        say(f"error: {error}")
        for line in error.details:
            say(f"  {line}")
        return EXIT_INPUT
    except KeyboardInterrupt:
        say("interrupted; what was finished is kept, and the same command goes on from there")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    except Exception as error:  # noqa: BLE001 - the last door: a person gets a sentence, not a traceback
        return _defect(error)


def _defect(error: Exception) -> int:
    if is_debug():
        traceback.print_exception(error)
        return EXIT_DEFECT
    sentence = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, ImportError) and not (error.name or "").startswith(("engine", "tui")):
        say(f"error: {sentence}; `vitsdeck doctor` says what is missing and how to mend it")
        return EXIT_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        say(f"error: {error.filename}: {error.strerror}; check its owner and the free space")
        return EXIT_INPUT
    say(f"error: this is a defect of vitsdeck ({sentence}); run again with --debug for the whole story")
    return EXIT_DEFECT


def is_debug() -> bool:
    """Whether tracebacks are wanted: --debug anywhere on the command line sets the variable."""
    return bool(os.environ.get(DEBUG_VARIABLE))
