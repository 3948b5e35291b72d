"""The command `vitsdeck`: the dashboard without arguments, a command with them.

The dashboard's way in does not even load the command line's library: what is loaded here is paid at every start.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
import tempfile
from typing import NoReturn

from tui.cli.output import DEBUG_VARIABLE, guarded, outcome


def main() -> NoReturn:
    """Run what the command line asks for and end the process."""
    words = _without_debug(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no phonemes shows question marks
            stream.reconfigure(errors="replace")
    _find_room_for_caches()
    # torch's threads wait for each other asleep, not spinning: beside any other work a step took 10 times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not words:
        from tui.cli import dashboard

        guarded(dashboard.dashboard)()
    from tui.cli.table import application

    run = functools.partial(application(), words, prog_name="vitsdeck", standalone_mode=False)
    sys.exit(outcome(run, json="--json" in _options(words)))


def _without_debug(words: list[str]) -> list[str]:
    """The words with --debug taken out, wherever it stands before `--`; the processes that we start see it too."""
    options = _options(words)
    if "--debug" in options:
        os.environ[DEBUG_VARIABLE] = "1"
    return [word for word in options if word != "--debug"] + words[len(options) :]


def _options(words: list[str]) -> list[str]:
    """The words before `--`."""
    return words[: words.index("--")] if "--" in words else words


def _find_room_for_caches() -> None:
    """numba refuses to load librosa's functions when it can write its cache neither to the packages nor to a home."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    if not any(os.access(folder, os.W_OK) for folder in (home, sysconfig.get_path("purelib"))):
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="vitsdeck-numba-")
