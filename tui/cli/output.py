"""What the commands print: results on stdout, messages on stderr, without control characters."""

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
from engine.i18n import _, plural, shortened

P = ParamSpec("P")

EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 70, 130, 141
DEBUG_VARIABLE = "VITSDECK_DEBUG"

_document: dict[str, Any] = {}  # the result of the running command, with --json
_errors: list[str] = []  # its error messages


def echo(text: str) -> None:
    """Print a line of the result on stdout."""
    print(safe(text), flush=True)  # noqa: T201


def echo_json(document: Mapping[str, Any]) -> None:
    """Add to the JSON object of a command with --json, which is printed when the command ends."""
    _document.update(document)


def notify(text: str) -> None:
    """Print a message on stderr."""
    print(safe(text), file=sys.stderr, flush=True)  # noqa: T201


def warn(text: str) -> None:
    """Print a warning on stderr."""
    notify(f"warning: {text}")


def error(text: str) -> None:
    """Print an error message on stderr; with --json it is part of the `error` of the answer."""
    _errors.append(text)
    notify(f"error: {text}")


def notify_list(lines: list[str]) -> None:
    """Print the first lines of a list, indented, and how many more there are."""
    for line in shortened(lines):
        notify(f"  {line}")


def clips(n: int) -> str:
    """`1 clip`, `2,000 clips`."""
    return plural("{n:,} clip", "{n:,} clips", n)


def safe(text: str) -> str:
    """Text without control characters."""
    if text.isascii() and text.isprintable():
        return text
    from tui.app.safe_text import clean  # loads textual: 0.15 s

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
        code, exception = _run(function)
        if json:
            answer = {
                "ok": code == 0,
                "error": None if code == 0 else _error_json(code, exception),
            } | _document
            print(dumps(answer, indent=2, default=str), flush=True)  # noqa: T201 - escapes all that is not ASCII
    except BrokenPipeError:  # as with `| head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_PIPE
    return code


def _run(function: Callable[[], int | None]) -> tuple[int, Exception | None]:
    try:
        return function() or 0, None
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        notify(_("interrupted; what was finished is kept, and the same command continues from there"))
        return EXIT_INTERRUPTED, None
    except Exception as exception:  # noqa: BLE001 - top level: prints one line, with --debug the traceback
        return _report(exception), exception


def _report(exception: Exception) -> int:
    """Print an exception and return the exit code."""
    name = f"{type(exception).__name__}: {exception}".splitlines()[0]
    if isinstance(exception, InputError):
        error(str(exception))
        for line in exception.details:
            notify(f"  {line}")
    elif hasattr(exception, "format_message"):  # errors of typer and of click have no common class
        error(_usage(exception))
    elif is_debug():
        traceback.print_exception(exception)
        return EXIT_DEFECT
    elif isinstance(exception, ImportError) and not (exception.name or "").startswith(("engine", "tui")):
        error(_("{error}; `vitsdeck doctor` says what is missing and how to fix it").format(error=name))
    elif isinstance(exception, OSError) and exception.filename is not None:
        path, reason = exception.filename, exception.strerror
        error(_("{path}: {reason}; check its owner and the free space").format(path=path, reason=reason))
    else:
        text = _("this is a defect of vitsdeck ({error}); run again with --debug for the traceback")
        error(text.format(error=name))
        return EXIT_DEFECT
    return EXIT_INPUT


def _usage(exception: Any) -> str:
    """A wrong command line: what is wrong, and where the help is."""
    context = getattr(exception, "ctx", None)
    command = context.command_path if context else "vitsdeck"
    text = _("{message}; see `{command} --help`")
    if hasattr(exception, "option_name") and not getattr(exception, "possibilities", None):
        text = _("{message}; put -- before a word that is no option, or see `{command} --help`")
    return text.format(message=exception.format_message().rstrip("."), command=command)


def _error_json(code: int, exception: Exception | None) -> dict[str, Any]:
    if isinstance(exception, InputError):
        where = {"path": exception.path, "line": exception.line, "fix": exception.fix}
        return {"code": code, "message": str(exception), **where, "details": exception.details}
    usual = {EXIT_PARTLY: _("some inputs are bad"), EXIT_INTERRUPTED: "interrupted"}
    message, *details = _errors or [usual.get(code, _("ended with code {code}").format(code=code))]
    return {"code": code, "message": message, "path": None, "line": None, "fix": "", "details": details}


def is_debug() -> bool:
    """Whether --debug was given, to this process or the one that started it."""
    return bool(os.environ.get(DEBUG_VARIABLE))
