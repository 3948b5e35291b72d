"""Work that outlives the pane: runs of `engine.work`, and commands as a person would type them, beside the screen."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import safe_text, words

if TYPE_CHECKING:
    from engine.run.registry import RunSnapshot
    from engine.workspace import Workspace

_LONGEST_SECONDS = 6 * 3600.0  # cutting many hours of recordings
VERBS = {"analyse": "analysing", "convert": "converting", "mend": "mending", "clean": "cleaning"}


def start(workspace: Workspace, job: str, arguments: Sequence[str]) -> RunSnapshot:
    """Start a run of `engine.work`; call it beside the screen's thread.

    Raises:
        InputError: such a run is under way, or it cannot be started.
    """
    from engine.run import launch

    folder = workspace.run_folder(job)
    argv = [sys.executable, "-P", "-m", "engine.work", job, "--run", str(folder), *arguments]
    return launch.start(folder, kind=job, argv=argv, cwd=workspace.root)


def progress(run: RunSnapshot) -> str:
    """`analysing 1,200 of 13,100, 2 min left`."""
    doing = VERBS.get(run.kind, run.kind)
    if run.state == "stopping":
        return f"{doing}: stopping"
    if run.step is None or not run.total_steps:
        return f"{doing} …"
    left = (
        f", {words.duration(run.eta_s)} left" if run.eta_s is not None and run.step < run.total_steps else ""
    )
    return f"{doing} {run.step:,} of {run.total_steps:,}{left}"


def ending(run: RunSnapshot) -> str:
    """What became of a run, with its first complaints."""
    text = safe_text.clean(run.reason) or run.state
    complaints = alerts(run.folder)
    if complaints:
        more = f" (and {len(complaints) - 2} more)" if len(complaints) > 2 else ""
        text = f"{text}\n" + "\n".join(safe_text.clean(each) for each in complaints[:2]) + more
    return text


def alerts(folder: Path) -> list[str]:
    """What a run complained about."""
    from engine.run.events import EventTail

    events = EventTail(folder / "events.jsonl").read_new()
    begin = max((i for i, event in enumerate(events) if _begins(event)), default=0)
    return [str(event.get("text")) for event in events[begin:] if event.get("kind") == "alert"]


def _begins(event: dict[str, Any]) -> bool:
    return event.get("kind") == "state" and event.get("state") == "running"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command printed; `fault` is its sentence when it failed."""

    output: str
    fault: str = ""

    @property
    def json(self) -> Any:
        """Its answer where it was asked with `--json`."""
        return json.loads(self.output)


async def command(root: Path, *argv: str) -> Outcome:
    """Run `vitsdeck ARGV` in the workspace, in a session of its own."""
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tui.cli",
            *argv,
            cwd=root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Outcome("", f"{argv[0]} cannot be started: {reason}")
    try:
        output, errors = await asyncio.wait_for(child.communicate(), _LONGEST_SECONDS)
    except TimeoutError:
        return Outcome("", f"{argv[0]} has not ended within {words.duration(_LONGEST_SECONDS)}")
    said = [
        line for raw in errors.decode(errors="replace").splitlines() if (line := safe_text.clean(raw).strip())
    ]
    faults = [line.removeprefix("error: ") for line in said if line.startswith("error: ")]
    fault = "" if child.returncode == 0 else "\n".join(faults[:3] or said[-1:] or [f"{argv[0]} failed"])
    return Outcome(output.decode(errors="replace"), fault.replace(f"{root}/", ""))
