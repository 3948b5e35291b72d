"""The log in the training pane: its own keys there, and the file that it becomes."""

from __future__ import annotations

from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run
from tui.panes.training.pane import TrainingPane


async def test_the_lines_that_pass_the_filter_become_a_file_in_the_workspace(empty: Workspace) -> None:
    folder = make_run(empty).folder
    (folder / "train.log").write_bytes(b"INFO one\nERROR \x1b[31mtwo\x1b[0m\nINFO three\nERROR four\n")
    async with dashboard(empty, "training", (120, 40)) as (app, pilot):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.curves.has_points and pane.log_view.source)
        await pilot.press("l", "&", *"error", "enter")
        await until(lambda: "of 2" in pane.log_view.status)
        await pilot.press("o")
        written = empty.root / "exports" / "demo-log.txt"
        await until(written.exists)
        assert written.read_text().splitlines() == ["ERROR two", "ERROR four"]
