"""What the commands print: data on stdout, messages on stderr, without control characters."""

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
from engine.i18n import _

P = ParamSpec("P")

EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 70, 130, 141
DEBUG_VARIABLE = "VITSDECK_DEBUG"
_ERROR = "error: "

_document: dict[str, Any] = {}  # the answer of the command under way, with --json
_errors: list[str] = []  # its error messages


def say(text: str) -> None:
    """Print a message on stderr."""
    if text.startswith(_ERROR):
        _errors.append(text.removeprefix(_ERROR))
    print(safe(text), file=sys.stderr, flush=True)  # noqa: T201


def tell(text: str) -> None:
    """Print a line of the result on stdout."""
    print(safe(text), flush=True)  # noqa: T201


def tell_json(document: Mapping[str, Any]) -> None:
    """Add to the answer of a command with --json; it is printed at the end, after `ok` and `error`."""
    _document.update(document)


def safe(text: str) -> str:
    """Text without control characters."""
    if text.isascii() and text.isprintable():
        return text  # the import below takes 0.15 s
    from tui.app.safe_text import clean

    return clean(text)


def guarded(function: Callable[P, int | None]) -> Callable[P, NoReturn]:
    """A command that ends the process with its exit code."""

    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> NoReturn:
        run = functools.partial(function, *args, **kwargs)
        sys.exit(outcome(run, json=bool(kwargs.get("json"))))

    return command


def outcome(function: Callable[[], int | None], *, json: bool = False) -> int:
    """Run `function` and return its exit code; errors become messages on stderr.

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
    except BrokenPipeError:  # as with `| head`
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
        say(_("interrupted; what was finished is kept, and the same command continues from there"))
        return EXIT_INTERRUPTED, None
    except Exception as error:  # noqa: BLE001 - top level: print one line unless --debug
        return _fault(error), error


def _error_json(code: int, error: Exception | None) -> dict[str, Any]:
    if isinstance(error, InputError):
        where = {"path": error.path, "line": error.line, "fix": error.fix}
        return {"code": code, "message": str(error), **where, "details": error.details}
    usual = {EXIT_PARTLY: _("some inputs are bad"), EXIT_INTERRUPTED: "interrupted"}
    message, *details = _errors or [usual.get(code, _("ended with code {code}").format(code=code))]
    return {"code": code, "message": message, "path": None, "line": None, "fix": "", "details": details}


def _fault(error: Exception) -> int:
    if isinstance(error, InputError):
        say(f"{_ERROR}{error}")
        for line in error.details:
            say(f"  {line}")
        return EXIT_INPUT
    # errors of typer and of click have no common class
    format_message = getattr(error, "format_message", None)
    if format_message is not None:
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "vitsdeck"
        is_unknown = hasattr(error, "option_name") and not getattr(error, "possibilities", None)
        dash = _("put -- before a word that is no option, or ") if is_unknown else ""
        say(
            _("{error}{rstrip}; {dash}see `{where} --help`").format(
                error=_ERROR, rstrip=format_message().rstrip("."), dash=dash, where=where
            )
        )
        return EXIT_INPUT
    return _defect(error)


def _defect(error: Exception) -> int:
    if is_debug():
        traceback.print_exception(error)
        return EXIT_DEFECT
    sentence = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, ImportError) and not (error.name or "").startswith(("engine", "tui")):
        say(
            _("{error}{sentence}; `vitsdeck doctor` says what is missing and how to fix it").format(
                error=_ERROR, sentence=sentence
            )
        )
        return EXIT_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        say(
            _("{error}{filename}: {strerror}; check its owner and the free space").format(
                error=_ERROR, filename=error.filename, strerror=error.strerror
            )
        )
        return EXIT_INPUT
    say(
        _(
            "{error}this is a defect of vitsdeck ({sentence}); run again with --debug for the traceback"
        ).format(error=_ERROR, sentence=sentence)
    )
    return EXIT_DEFECT


def is_debug() -> bool:
    """Whether --debug was given, to this process or the one that started it."""
    return bool(os.environ.get(DEBUG_VARIABLE))
