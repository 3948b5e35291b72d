"""One key for the next step of the path, in every pane; and panes that open what the workspace holds."""

from __future__ import annotations

import pytest

from engine.runs import registry
from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tests.tui.run_support import dashboard
from tui.app.app import VitsdeckApp
from tui.app.next_step import PREPARE, SPEAK, TRAIN, TRANSCRIBE, WATCH, Step
from tui.dialogs.new_run import NewRunScreen
from tui.dialogs.prepare import PrepareScreen
from tui.panes import PANES, number_key
from tui.panes.dataset.pane import DatasetPane
from tui.panes.overview.summary import Summary
from tui.panes.speech.pane import SpeechPane
from tui.panes.training.pane import TrainingPane
from tui.panes.transcription.pane import TranscriptionPane
from tui.widgets.keybar import KeyBar


def nothing(place: Workspace) -> None:
    """An empty workspace: no key is offered that does nothing."""


def record(place: Workspace) -> None:
    tone(place.audio_dir / "a.wav", 1.2)


def list_clips(place: Workspace) -> None:
    record(place)
    for name in ("train", "val", "test"):
        (place.filelists_dir / f"{name}.txt").write_text("wavs/a.wav|a text\n")


def clean(place: Workspace) -> None:
    list_clips(place)
    for name in ("train", "val"):
        (place.filelists_dir / f"{name}.txt.cleaned").write_text("wavs/a.wav|ɐ tɛkst\n")


def train(place: Workspace) -> None:
    clean(place)
    folder = place.logs_dir / "anna"
    registry.prepare(folder, kind="train", argv=["train"], config_json="{}")
    registry.StateFile(folder).update(state="finished", step=2)
    (folder / "G_2.pth").write_bytes(b"")


def rows(app: VitsdeckApp) -> str:
    return "\n".join(app.query_one(Summary).shown_rows())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize(
    ("done", "step", "said"),
    [
        (nothing, PREPARE, "- recordings"),
        (record, TRANSCRIBE, "✔ recordings 1  - transcripts"),
        (list_clips, PREPARE, "✔ lists 3  - cleaned"),
        (clean, TRAIN, "✔ cleaned 2  - trained"),
        (train, SPEAK, "✔ trained 1  - spoken"),
    ],
    ids=["empty workspace", "recordings", "lists", "cleaned", "trained"],
)
async def test_the_overview_says_what_is_done_and_the_key_of_what_comes_next(
    empty: Workspace, done, step: Step, said: str, size: tuple[int, int]
) -> None:
    done(empty)
    async with dashboard(empty, size=size) as (app, pilot):
        shown = " ".join(rows(app).split())
        assert said in shown.replace("  ", " ").replace(said.replace("  ", " "), said)
        assert f"Next ^g {step.word}: {step.about}" in shown, "nothing of it is cut"
        assert app.query_one(KeyBar).keys[0] == ("^g", f"next: {step.word}")
        if done is nothing:
            await until(lambda: app.query_one(Summary).inventory is not None)
            await pilot.pause()
            assert "…" not in rows(app).partition("\n")[2] and "`" not in rows(app)
            assert [key for key, _ in app.query_one(KeyBar).keys] == ["^g", "?", "^q", "^p"]


async def test_the_key_opens_the_dialog_or_pane_of_the_step_from_every_pane(empty: Workspace) -> None:
    clean(empty)
    async with dashboard(empty, size=(100, 30)) as (app, pilot):
        for entry in PANES:
            await app.show_pane(entry.id)
            assert app.query_one(KeyBar).keys[0] == ("^g", "next: train")
            await pilot.press("ctrl+g")
            await until(lambda: isinstance(app.screen, NewRunScreen))
            await pilot.press("escape")
            await pilot.pause()


async def test_the_key_leads_to_the_speech_pane_with_its_text_ready(empty: Workspace) -> None:
    train(empty)
    async with dashboard(empty) as (app, pilot):
        await until(lambda: app.step is SPEAK)
        await pilot.press("ctrl+g")
        assert isinstance(app.pane, SpeechPane) and app.focused is app.pane.query_one("#text")
        assert app.pane.offers("speak")


async def test_while_a_training_runs_the_key_shows_it(empty: Workspace) -> None:
    clean(empty)
    folder = empty.logs_dir / "anna"
    registry.prepare(folder, kind="train", argv=["train"], config_json="{}")
    async with dashboard(empty) as (app, pilot):
        await until(lambda: app.step is WATCH)
        await pilot.press("ctrl+g")
        assert isinstance(app.pane, TrainingPane) and app.pane.run is not None and app.pane.run.name == "anna"


async def test_the_key_does_nothing_behind_a_dialog(empty: Workspace) -> None:
    async with dashboard(empty) as (app, pilot):
        await until(lambda: app.step is PREPARE)
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, PrepareScreen))
        await pilot.press("ctrl+g", "ctrl+g")
        assert len(app.screen_stack) == 2


# dataset and transcription panes in a workspace that has recordings


@pytest.mark.parametrize(("made", "opened"), [(list_clips, "filelists/train.txt"), (record, "wavs")])
async def test_the_dataset_pane_opens_the_lists_that_there_are_or_the_recordings(
    empty: Workspace, made, opened: str
) -> None:
    made(empty)
    async with dashboard(empty) as (app, pilot):
        await pilot.press(number_key("dataset"))
        pane = app.query_one(DatasetPane)
        await until(lambda: pane.is_open)
        assert pane.session.sources == (empty.root / opened,)


async def test_the_dataset_pane_opens_none_of_the_examples_of_an_earlier_init(empty: Workspace) -> None:
    (empty.filelists_dir / "example_train.txt").write_text("wavs/kitchen_001.wav|The kettle began to sing.\n")
    async with dashboard(empty) as (app, pilot):
        await pilot.press(number_key("dataset"))
        pane = app.query_one(DatasetPane)
        await pilot.pause(0.5)
        assert not pane.is_open and not pane.opening


async def test_the_transcription_pane_opens_the_recordings_that_the_workspace_holds(empty: Workspace) -> None:
    record(empty)
    async with dashboard(empty) as (app, pilot):
        await pilot.press("ctrl+g")
        pane = app.query_one(TranscriptionPane)
        await until(lambda: pane.state.plan is not None)
        assert pane.state.task is not None and pane.state.task.source == empty.audio_dir
        assert [line.name for line in pane._table.lines] == ["wavs/a.wav"]
