"""What the commands print. Data goes to stdout, everything said about it to stderr, and foreign text is cleaned."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from json import dumps
from typing import Any, NoReturn, ParamSpec

from engine.errors import InputError

P = ParamSpec("P")

EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 70, 130, 141
DEBUG_VARIABLE = "VITSDECK_DEBUG"
_ERROR = "error: "

_document: dict[str, Any] = {}  # what the command under way has to say with --json
_errors: list[str] = []  # its sentences on stderr that say what failed


def say(text: str) -> None:
    """One line for the person, on stderr."""
    if text.startswith(_ERROR):
        _errors.append(text.removeprefix(_ERROR))
    print(safe(text), file=sys.stderr, flush=True)  # noqa: T201


def tell(text: str) -> None:
    """One line of what was asked for, on stdout."""
    print(safe(text), flush=True)  # noqa: T201


def tell_json(document: Mapping[str, Any]) -> None:
    """What a command with --json answers; printed when it ends, with `ok` and `error` before it."""
    _document.update(document)


def safe(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    if text.isascii() and text.isprintable():
        return text  # the door below costs 0.15 s to open
    from tui.app.safe_text import clean

    return clean(text)


def guarded(function: Callable[P, int | None]) -> Callable[P, NoReturn]:
    """A command that ends the process with the exit code that docs/contracts.md promises."""

    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> NoReturn:
        run = functools.partial(function, *args, **kwargs)
        sys.exit(outcome(run, json=bool(kwargs.get("json"))))

    return command


def outcome(function: Callable[[], int | None], *, json: bool = False) -> int:
    """Run `function` and turn how it ends into an exit code; faults become sentences on stderr.

    Args:
        json: print one JSON object on stdout, whatever happens; docs/reference/json.md says what is in it.
    """
    _document.clear()
    _errors.clear()
    try:
        code, error = _end_of(function)
        if json:
            answer = {"ok": code == 0, "error": None if code == 0 else _error_json(code, error)} | _document
            print(dumps(answer, indent=2, default=str), flush=True)  # noqa: T201 - all that is not ASCII is escaped
    except BrokenPipeError:  # `| head` has seen enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    return code


def _end_of(function: Callable[[], int | None]) -> tuple[int, Exception | None]:
    try:
        return function() or 0, None
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        say("interrupted; what was finished is kept, and the same command continues from there")
        return EXIT_INTERRUPTED, None
    except Exception as error:  # noqa: BLE001 - the last door: a person gets a sentence, not a traceback
        return _fault(error), error


def _error_json(code: int, error: Exception | None) -> dict[str, Any]:
    if isinstance(error, InputError):
        where = {"path": error.path, "line": error.line, "fix": error.fix}
        return {"code": code, "message": str(error), **where, "details": error.details}
    usual = {EXIT_PARTLY: "some inputs are bad", EXIT_INTERRUPTED: "interrupted"}
    message, *details = _errors or [usual.get(code, f"ended with code {code}")]
    return {"code": code, "message": message, "path": None, "line": None, "fix": "", "details": details}


def _fault(error: Exception) -> int:
    if isinstance(error, InputError):
        say(f"{_ERROR}{error}")
        for line in error.details:
            say(f"  {line}")
        return EXIT_INPUT
    format_message = getattr(
        error, "format_message", None
    )  # typer's and click's own errors have no common class
    if format_message is not None:
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "vitsdeck"
        is_unknown = hasattr(error, "option_name") and not getattr(error, "possibilities", None)
        dash = "put -- before a word that is no option, or " if is_unknown else ""
        say(f"{_ERROR}{format_message().rstrip('.')}; {dash}see `{where} --help`")
        return EXIT_INPUT
    return _defect(error)


def _defect(error: Exception) -> int:
    if is_debug():
        traceback.print_exception(error)
        return EXIT_DEFECT
    sentence = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, ImportError) and not (error.name or "").startswith(("engine", "tui")):
        say(f"{_ERROR}{sentence}; `vitsdeck doctor` says what is missing and how to mend it")
        return EXIT_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        say(f"{_ERROR}{error.filename}: {error.strerror}; check its owner and the free space")
        return EXIT_INPUT
    say(f"{_ERROR}this is a defect of vitsdeck ({sentence}); run again with --debug for the whole story")
    return EXIT_DEFECT


def is_debug() -> bool:
    """Whether tracebacks are wanted: --debug anywhere on the command line sets the variable."""
    return bool(os.environ.get(DEBUG_VARIABLE))
