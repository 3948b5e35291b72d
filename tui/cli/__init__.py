"""The command `vitsdeck`: the dashboard without arguments, a command with them.

The dashboard starts without the command line's library, which would delay its first frame.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_COMPLETION_VARIABLE = "_VITSDECK_COMPLETE"  # set by the shell when it asks for completions


def main() -> NoReturn:
    """Run what the command line asks for and end the process."""
    if sys.argv[1:] == ["status"]:  # a status bar asks every few seconds
        _print_status()
    import functools

    from tui.cli.output import outcome

    words = _without_debug(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # terminals without phonemes show question marks
            stream.reconfigure(errors="replace")
    _set_cache_folder()
    # torch's threads sleep while they wait: spinning beside other work made a step 10 times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not words and _COMPLETION_VARIABLE not in os.environ:
        from tui.cli.dashboard import dashboard

        sys.exit(outcome(dashboard))
    from tui.cli.table import application

    run = functools.partial(application(), words, prog_name="vitsdeck", standalone_mode=False)
    sys.exit(outcome(run, json="--json" in _options(words)))


def _print_status() -> None:
    """Print the line of `vitsdeck status` and end the process; outside a workspace the command itself says so."""
    from tui.cli.runs.status_line import line

    if (found := line(os.getcwd())) is not None:  # noqa: PTH109
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        print(found)  # noqa: T201
        sys.exit(0)


def _without_debug(words: list[str]) -> list[str]:
    """Remove --debug before `--` and set its variable, which child processes inherit."""
    from tui.cli.output import DEBUG_VARIABLE

    options = _options(words)
    if "--debug" in options:
        os.environ[DEBUG_VARIABLE] = "1"
    return [word for word in options if word != "--debug"] + words[len(options) :]


def _options(words: list[str]) -> list[str]:
    """The words before `--`."""
    return words[: words.index("--")] if "--" in words else words


def _set_cache_folder() -> None:
    """numba needs a writable cache: a temporary folder where neither home nor packages are writable."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    import sysconfig
    import tempfile

    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    if not any(os.access(folder, os.W_OK) for folder in (home, sysconfig.get_path("purelib"))):
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="vitsdeck-numba-")
