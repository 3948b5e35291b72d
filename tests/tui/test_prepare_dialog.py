"""Recordings become lists by the dialog of the next step; what cannot be prepared is said in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import workspace
from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tui.app.app import VitsdeckApp
from tui.app.next_step import PREPARE, PREPARING, TRAIN
from tui.dialogs.prepare import PrepareScreen, fault_here
from tui.panes.overview.summary import Summary
from tui.panes.transcription.pane import TranscriptionPane

ENGLISH = (
    "the keeper counted the ships before breakfast",
    "nobody had told him that the harbour was closed",
    "he wrote the number down as he did every morning",
    "in the afternoon the fog came in from the sea",
    "a small boat waited outside and was ringing its bell",
    "which way would you choose, the short one or the safe one",
)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """An English workspace, and beside it `recordings` with six clips and their texts."""
    for number in range(6):
        tone(tmp_path / "recordings" / f"c{number}.wav", 2.5)
    texts = "".join(f"c{number}|{text}\n" for number, text in enumerate(ENGLISH))
    (tmp_path / "recordings" / "metadata.csv").write_text(texts)
    return workspace.init(tmp_path / "voices")


async def asked(app: VitsdeckApp, pilot, *typed: str) -> PrepareScreen:
    """The dialog, with this typed into its fields, one after the other."""
    await until(lambda: app.step is PREPARE)
    await pilot.press("ctrl+g")
    await until(lambda: isinstance(app.screen, PrepareScreen))
    await pilot.pause()
    for text in typed:
        await pilot.press("end", "ctrl+u", *text, "down")
    await pilot.press("enter")
    assert isinstance(app.screen, PrepareScreen)
    return app.screen


def status(app: VitsdeckApp) -> str:
    return str(app.screen.query_one(".status").render()) if isinstance(app.screen, PrepareScreen) else ""


async def test_a_folder_of_recordings_becomes_lists_and_the_next_step_is_to_train(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, "../recordings")
        await until(lambda: app.step is PREPARING and "◌" in status(app))
        await pilot.press("escape", "ctrl+g")  # it continues, and can be looked at again
        await until(lambda: "◌" in status(app))
        await until(lambda: app.step is TRAIN)
        await until(lambda: not isinstance(app.screen, PrepareScreen))
        assert app.progress is not None
        assert (app.progress.recordings, sum(app.progress.lists)) == (6, 6)
        await until(lambda: any("Next  ^g train" in row for row in app.query_one(Summary).shown_rows()))


async def test_texts_in_another_language_are_said_in_the_dialog_and_a_typed_language_overrides(
    place: Workspace,
) -> None:
    german = workspace.init(place.root, language="de")
    app = VitsdeckApp(german)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, "../recordings")
        await until(lambda: "the texts are not German; is this English? language: en" in status(app))
        await until(lambda: app.preparation is None)
        assert not list(german.audio_dir.iterdir()), "nothing is written"
        await pilot.press("down", "end", "ctrl+u", *"en", "enter")
        await until(lambda: app.step is TRAIN)
        assert app.workspace.language.code == "en"


def test_texts_in_letters_of_no_known_language_ask_for_it_without_a_flag() -> None:
    fault = "a: the texts are not Thai; they are in Latin letters: name their language with --language"
    assert fault_here(fault).endswith("they are in Latin letters: name their language")
    other = "make another workspace: `vitsdeck init DIR --language de`"
    assert fault_here(other) == other, "a command stays whole"


async def test_recordings_without_texts_go_to_the_transcription_pane_by_a_key(place: Workspace) -> None:
    folder = place.root.parent / "recordings"
    (folder / "metadata.csv").unlink()
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, "../recordings")
        await until(lambda: status(app).endswith("6 recordings without transcripts; ^t transcribes them"))
        await pilot.press("ctrl+t")
        pane = app.query_one(TranscriptionPane)
        await until(lambda: pane.state.plan is not None)
        assert pane.state.task is not None and pane.state.task.manifest.name == "metadata.csv"
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, PrepareScreen))
        await pilot.pause()
        assert Path(app.screen.query_one("#prepare-recordings").value).resolve() == folder


async def test_a_folder_that_cannot_be_is_named_and_tab_completes_one_that_is_typed(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        field = (await asked(app, pilot, "")).query_one("#prepare-recordings")
        await until(lambda: "name the folder of your recordings" in status(app))
        field.focus()
        await pilot.press(*"nowhere", "enter")
        await until(lambda: "no such folder" in status(app))
        await pilot.press("end", "ctrl+u", *"../rec")
        await until(lambda: field._suggestion)
        await pilot.press("tab")
        assert field.value == "../recordings" and app.focused is field
        await pilot.press("tab")
        assert app.focused is app.screen.query_one("#prepare-transcripts")
