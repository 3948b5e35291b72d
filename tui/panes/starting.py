"""Starting a training from the dashboard: the same command that a person would type, run beside the screen."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui import safe_text

if TYPE_CHECKING:
    from engine.run.registry import RunSnapshot

_LONGEST_SECONDS = 600.0  # checking every line of a large filelist takes a while on a slow disk
_DETAILS = 6
_ERROR = "error: "  # how the command line begins the sentence; notes may stand before it


@dataclass(frozen=True, slots=True)
class Start:
    """What to train: `config` is a path or a name in the workspace's configs, "" for the one that the run has already;
    `steps` is "" for as long as the config says."""

    config: str
    name: str
    steps: str = ""

    def argv(self) -> list[str]:
        """The command line behind `vitsdeck`."""
        config = ["-c", self.config] if self.config else []
        steps = ["--steps", self.steps] if self.steps else []
        return ["train", *config, "-m", self.name, *steps, "--detach", "--json"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it did not start: one sentence, and findings of the same fault."""

    sentence: str
    details: tuple[str, ...] = ()


async def start(what: Start, root: Path) -> Refused | None:
    """Run the command in the workspace; None when the run is on its way.

    In a session of its own, so that leaving the dashboard in this very moment does not stop what was asked for.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tui.cli",
            *what.argv(),
            cwd=root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (
        OSError,
        ValueError,
    ) as error:  # no such folder any more, no more processes, a NUL in what was typed
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Refused(f"{what.name} cannot be started in {root}: {reason}")
    try:
        _, errors = await asyncio.wait_for(child.communicate(), _LONGEST_SECONDS)
    except TimeoutError:
        return Refused(f"{what.name} has not started within {_LONGEST_SECONDS / 60:.0f} minutes; see its log")
    if child.returncode == 0:
        return None
    return _refusal(errors.decode(errors="replace").replace(f"{root}/", ""), child.returncode)


def _refusal(errors: str, code: int | None) -> Refused:
    lines = [line for raw in errors.splitlines() if (line := safe_text.clean(raw).strip())]
    if not lines:
        return Refused(f"vitsdeck train ended with code {code} and said nothing")
    first = next((index for index, line in enumerate(lines) if line.startswith(_ERROR)), 0)
    left_out = len(lines) - first - 1 - _DETAILS
    details = [*lines[first + 1 : first + 1 + _DETAILS], *([f"and {left_out} more"] if left_out > 0 else [])]
    return Refused(lines[first].removeprefix(_ERROR), tuple(details))


def resuming(run: RunSnapshot) -> Start:
    """The same command again: the run's own config and, while it is not reached, its number of steps."""
    return Start("", run.name, _steps_left(run))


def _steps_left(run: RunSnapshot) -> str:
    try:
        argv = json.loads((run.folder / "run.json").read_text(encoding="utf-8")).get("argv")
        steps = argv[argv.index("--steps") + 1]
    except (OSError, ValueError, AttributeError, IndexError, TypeError):
        return ""
    reached = run.step is not None and str(steps).isdigit() and run.step >= int(steps)
    return "" if reached or not str(steps).isdigit() else str(steps)


def free_name(config: str, taken: set[str]) -> str:
    """A name for a new run after its config: `small_cpu`, then `small_cpu-2`."""
    stem = re.sub(r"[^\w.-]", "-", Path(config).stem).strip("-_.") or "voice"
    number, name = 2, stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
