"""The speech pane converts a recording where the voice has several speakers."""

from __future__ import annotations

import pytest
import soundfile
from textual.widgets import Input, Static

from engine.workspace import Workspace
from tests.train.conftest import TINY, TWO, write_clip, write_run
from tests.tui.conftest import until
from tests.tui.run_support import dashboard
from tui.app import key_table
from tui.dialogs.form import FormScreen
from tui.panes.speech import converting
from tui.panes.speech.pane import SpeechPane
from tui.widgets.keybar import KeyBar


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_recording_is_converted_and_shown(empty: Workspace, size: tuple[int, int]) -> None:
    write_run(empty.logs_dir / "pair", TWO)
    write_clip(empty.root / "in.wav", 2.0, 1, 16000)
    async with dashboard(empty, "speech", size) as (app, pilot):
        pane = app.query_one(SpeechPane)
        await until(lambda: pane.offers("convert_voice"))
        await pilot.pause()
        assert ("^t", "convert") in app.query_one(KeyBar).keys
        await pilot.press("ctrl+t")
        await until(lambda: isinstance(app.screen, FormScreen) and bool(app.screen.query("#form-file")))
        file, source, target = (
            app.screen.query_one(f"#form-{name}", Input) for name in ("file", "from", "to")
        )
        status = app.screen.query_one(".status", Static)
        file.value, source.value, target.value = "in.wav", "anna", "zoe"
        await until(lambda: file.has_focus)
        await pilot.press("enter")
        await until(
            lambda: "no speaker zoe; choose one from 0 to 1 or one of anna, ben" in str(status.content)
        )
        file.value, target.value = "out.wav", "1"
        await pilot.press("enter")
        await until(lambda: "out.wav: no such file" in str(status.content))
        file.value = "in.wav"
        await pilot.press("enter")
        await until(lambda: list(empty.spoken_dir.glob("pair-*.wav")))
        shown = pane.query_one("#status", Static)
        await until(lambda: "2.00 s of sound" in str(shown.content) and pane.offers("listen"))
        assert pane._conversion == {"file": "in.wav", "from": "anna", "to": "1"}
    (made,) = empty.spoken_dir.iterdir()
    assert soundfile.info(made).samplerate == 22050


async def test_a_voice_of_one_speaker_has_no_such_key(empty: Workspace) -> None:
    write_run(empty.logs_dir / "alone", TINY)
    async with dashboard(empty, "speech") as (app, pilot):
        pane = app.query_one(SpeechPane)
        await until(lambda: pane.offers("speak"))
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert not isinstance(app.screen, FormScreen)
        assert key_table.key_of("speech.convert_voice") not in dict(app.query_one(KeyBar).keys)


def test_progress_says_the_time_that_is_left() -> None:
    assert converting.busy(3.0, 0, 600) == "converting, 3.0 s"
    assert converting.busy(30.0, 300, 600) == "converting, 300 of 600 s, about 30 s left"
