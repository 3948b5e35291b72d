"""What the tests of panes share: runs as a worker leaves them behind, and a dashboard that has read them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from engine.runs import registry
from engine.runs.events import EventWriter
from engine.runs.registry import RunSnapshot
from engine.workspace import Workspace
from tests.tui.conftest import until
from tui.app.app import VitsdeckApp


def make_run(
    place: Workspace, name: str = "demo", *, kind: str = "train", state: str = "stopped", steps: int = 3
) -> RunSnapshot:
    """A run with a real config and `steps` logged steps of 10; one that is "running" is this process."""
    folder = place.logs_dir / name
    config = (place.configs_dir / "small_cpu.json").read_text()
    registry.prepare(folder, kind=kind, argv=["train", "--steps", "10"], config_json=config)
    with EventWriter(folder / "events.jsonl") as events:
        for step in range(1, steps + 1):
            events.metric(step, 0, {"loss/g/mel": 50.0 - step, "loss/g/total": 60.0, "learning_rate": 2e-4})
    (folder / "train.log").write_text("one\ntwo\n")
    reason = "asked to stop" if state == "stopped" else ""
    registry.StateFile(folder).update(state=state, reason=reason, step=steps, epoch=0, total_steps=10)
    return registry.read_run(folder)


def add_event(run: RunSnapshot, kind: str, **fields: object) -> None:
    """A line of the run's events as another process writes it."""
    with (run.folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"v": 1, "t": time.time(), "kind": kind, **fields}) + "\n")


@asynccontextmanager
async def dashboard(
    place: Workspace, pane: str = "overview", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[VitsdeckApp, Pilot[object]]]:
    """A dashboard without a terminal that shows a pane and has read the runs and the path."""
    app = VitsdeckApp(place)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.runs_read and app.progress is not None)
        await pilot.pause()  # a live run brings its curves to the front
        await app.show_pane(pane)
        await pilot.pause()
        yield app, pilot


def notes(app: VitsdeckApp) -> list[str]:
    """The notifications, oldest first."""
    return [note.message for note in app._notifications]
