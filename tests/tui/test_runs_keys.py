"""Keys on runs that have ended: resuming a finished one, renaming, archiving, deleting, and what other work offers."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from engine.runs import manage, registry
from engine.runs.processes.identity import ProcessIdentity
from engine.workspace import Workspace
from tests.tui.conftest import until
from tui.app.app import VitsdeckApp
from tui.app.command_line import Ended
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.form import FormScreen
from tui.dialogs.picker import PickerScreen
from tui.panes import number_key
from tui.panes.overview.board import Board
from tui.panes.training import starting
from tui.panes.training.pane import TrainingPane

TRAINING = number_key("training")


def ended_run(place: Workspace, name: str, kind: str = "train", state: str = "finished") -> Path:
    """A run that has stopped at step 12 of 12."""
    folder = place.logs_dir / name
    registry.prepare(folder, kind=kind, argv=["train", "--steps", "12"], config_json="{}")
    (folder / "train.log").write_text("done\n")
    (folder / "G_12.pth").touch()
    registry.StateFile(folder).update(state=state, step=12, total_steps=12)
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of trainings that were to be started; nothing runs."""
    found: list[list[str]] = []

    async def start(what: starting.Start, root: Path) -> Ended:
        found.append(what.argv())
        return Ended(0, {}, "")

    monkeypatch.setattr(starting, "start", start)
    return found


async def test_resume_of_a_finished_run_asks_how_far_with_twice_the_last_limit(
    place: Workspace, asked: list[list[str]]
) -> None:
    ended_run(place, "anna")
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await until(lambda: app.runs_read)
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, FormScreen))
        assert app.screen.query_one(Input).value == "24"
        assert not asked, "one key starts nothing"
        await pilot.press("backspace", "backspace", "9", "enter")
        assert isinstance(app.screen, FormScreen), "9 is below 12"
        await pilot.press("backspace", "2", "4", "enter")
        await until(lambda: asked)
    assert asked == [["train", "-m", "anna", "--steps=24", "--detach", "--json"]]


async def test_resume_of_a_stopped_run_with_steps_left_asks_nothing(
    place: Workspace, asked: list[list[str]]
) -> None:
    registry.StateFile(ended_run(place, "anna", state="stopped")).update(total_steps=20)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await until(lambda: app.runs_read)
        await pilot.press("r")
        await until(lambda: asked)
    assert asked == [["train", "-m", "anna", "--detach", "--json"]]


async def test_a_run_is_renamed_archived_and_deleted_by_keys(place: Workspace) -> None:
    for name in ("anna", "bert", "cora"):
        ended_run(place, name)
    app = VitsdeckApp(place)

    async def choose(run: str, what: str) -> None:
        app.choose_run(run)
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press(*what, "enter")

    def names() -> list[str]:
        return sorted(run.name for run in registry.list_runs(place.logs_dir))

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await until(lambda: app.runs_read)
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
    assert manage.list_archived(place.logs_dir) == ["bert"]


async def test_a_run_that_is_no_training_offers_no_resume_curves_and_health(
    place: Workspace, asked: list[list[str]]
) -> None:
    ended_run(place, "convert", kind="convert")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(TRAINING)
        await until(lambda: app.runs_read)
        pane = app.pane
        assert isinstance(pane, TrainingPane)
        offered = ("resume_run", "show_curves", "show_health", "speak", "apply_offer")
        assert not any(map(pane.offers, offered))
        assert all(map(pane.offers, ("show_log", "manage_run", "choose_run")))
        await pilot.press("r", "g", "h")
        await pilot.pause()
        assert len(app.screen_stack) == 1 and not asked
        assert "convert is no training" in next(iter(app._notifications)).message


async def test_the_overview_says_that_the_next_saves_will_not_fit_on_the_disk(place: Workspace) -> None:
    folder = ended_run(place, "anna")
    registry.record(folder, process=ProcessIdentity.current().to_json())
    registry.StateFile(folder).update(state="running", save_bytes=10**15)
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.shortage)
        text = " ".join(" ".join(app.query_one(Board).shown_rows()).split())
    assert "the next checkpoints of anna need 5000000.0 GB" in text
    assert "training will pause when the disk is full" in text
