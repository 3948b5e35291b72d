"""Keys on runs that have ended: resuming a finished one, renaming, archiving, deleting, and what other work offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from engine.process_identity import ProcessIdentity
from engine.runs import manage, registry
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run, notes
from tui.app.command_line import Ended
from tui.dialogs.dialog import ConfirmScreen
from tui.dialogs.form import FormScreen
from tui.dialogs.picker import PickerScreen
from tui.panes.overview.summary import Summary
from tui.panes.training import starting
from tui.panes.training.pane import TrainingPane


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of trainings that were to be started; nothing runs."""
    found: list[list[str]] = []

    async def start(what: starting.Start, root: Path) -> Ended:
        found.append(what.argv())
        return Ended("")

    monkeypatch.setattr(starting, "start", start)
    return found


def finish(place: Workspace, name: str) -> Path:
    """A run that has finished at step 10 of 10, with its checkpoint."""
    run = make_run(place, name, state="finished", steps=10)
    (run.folder / "G_10.pth").touch()
    return run.folder


async def test_resume_of_a_finished_run_asks_how_far_and_of_a_stopped_one_nothing(
    empty: Workspace, started: list[list[str]]
) -> None:
    make_run(empty, "bert")
    finish(empty, "anna")
    async with dashboard(empty, "training") as (app, pilot):
        app.choose_run("anna")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, FormScreen))
        assert app.screen.query_one(Input).value == "20"
        assert not started, "one key starts nothing"
        await pilot.press("backspace", "backspace", "9", "enter")
        assert isinstance(app.screen, FormScreen), "9 is below 10"
        await pilot.press("backspace", "2", "4", "enter")
        await until(lambda: started)
        app.choose_run("bert")
        await pilot.press("r")
        await until(lambda: len(started) == 2)
    assert [argv[2:-2] for argv in started] == [["anna", "--steps=24"], ["bert"]]


async def test_a_run_is_renamed_archived_and_deleted_by_keys(empty: Workspace) -> None:
    for name in ("anna", "bert", "cora"):
        finish(empty, name)

    def names() -> list[str]:
        return sorted(run.name for run in registry.list_runs(empty.logs_dir))

    async with dashboard(empty, "training") as (app, pilot):

        async def choose(run: str, what: str) -> None:
            app.choose_run(run)
            await pilot.press("m")
            await until(lambda: isinstance(app.screen, PickerScreen))
            await pilot.press(*what, "enter")

        await choose("anna", "rename")
        await until(lambda: isinstance(app.screen, FormScreen))
        await pilot.press("2", "enter")
        await until(lambda: names() == ["anna2", "bert", "cora"] and app.chosen_run == "anna2")
        await choose("bert", "archive")
        await until(lambda: names() == ["anna2", "cora"])
        await choose("cora", "delete")
        await until(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(lambda: names() == ["anna2"])
    assert manage.list_archived(empty.logs_dir) == ["bert"]


async def test_a_run_that_is_no_training_offers_no_resume_curves_and_health(
    empty: Workspace, started: list[list[str]]
) -> None:
    make_run(empty, "convert", kind="convert", state="finished")
    async with dashboard(empty, "training", (120, 40)) as (app, pilot):
        pane = app.query_one(TrainingPane)
        offered = ("resume_run", "show_curves", "show_health", "speak", "apply_offer")
        assert not any(map(pane.offers, offered))
        assert all(map(pane.offers, ("show_log", "manage_run", "choose_run")))
        await pilot.press("r", "g", "h")
        await until(lambda: notes(app))
        assert len(app.screen_stack) == 1 and not started
        assert "convert is no training" in notes(app)[0]


async def test_the_overview_says_that_the_next_saves_will_not_fit_on_the_disk(empty: Workspace) -> None:
    folder = finish(empty, "anna")
    registry.record(folder, process=ProcessIdentity.current().to_json())
    registry.StateFile(folder).update(state="running", save_bytes=10**15)
    async with dashboard(empty, size=(120, 40)) as (app, _):
        text = " ".join(" ".join(app.query_one(Summary).shown_rows()).split())
    assert "the next checkpoints of anna need 4333333.3 GB" in text
    assert "training will pause when the disk is full" in text
