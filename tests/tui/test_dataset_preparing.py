"""Texts, symbols, speakers, fixes and cuts in the dataset pane, with the real processes."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest

from engine.config import voice_file
from engine.text.preprocess import preprocess
from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tests.tui.dataset_support import DATASET, dialog_text, facts, lists, opened, question
from tui.app.app import VitsdeckApp
from tui.dialogs.repair import RepairScreen
from tui.dialogs.slicing import Cuts, Cutting, SliceScreen
from tui.dialogs.text_view import TextScreen
from tui.panes.dataset import open_dialog, session
from tui.panes.dataset.pane import DatasetPane
from tui.panes.dataset.widgets import ClipDetails
from tui.widgets.charts.waveform import Waveform
from tui.widgets.keybar import KeyBar

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)


async def test_a_transcript_is_repaired_beside_its_sound_and_phonemes(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("n")
        assert pane.browser.marked == 2, "digits are suspicious"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, RepairScreen))
        screen = app.screen

        def text(of: str) -> str:
            return str(screen.query_one(of).render())

        await until(lambda: "ˈ" in text("#phonemes"))
        await until(lambda: "1.30 s" in screen.query_one(Waveform).shown_rows()[-1])
        assert "digits" in text("#reasons") and "digits are left" in text("#marks")
        await pilot.press(*["backspace"] * 4, *"May", "enter")
        await until(lambda: app.screen is not screen)
        assert pane.state.clip(2).text == "born in May"
        await until(lambda: not pane.view.issues(2))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, RepairScreen))
        screen = app.screen
        await pilot.press("vertical_line", "enter")
        await until(lambda: "bar" in text("#marks"))
        await pilot.press("escape", "u")
        assert pane.state.clip(2).text == "born in 1853"


async def test_symbols_that_the_table_lacks_are_marked_in_cleaned_lists(place: Workspace) -> None:
    for name, content in lists(place).items():
        preprocess([place.filelists_dir / f"{name}.txt"], cleaners=place.cleaning)  # for its sidecar
        (place.filelists_dir / f"{name}.txt.cleaned").write_text(content.replace("first", "fĭrst"))
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place, "train.txt.cleaned")
        assert [each.kind for each in pane.view.issues(0)] == ["symbols"]
        await pilot.press("enter")
        await until(lambda: "lacks 'ĭ' U+012D" in dialog_text(app, "#marks"))
        marked = app.screen.query_one("#phonemes").render()
        assert str(marked) == "fĭrst of all"
        # a key stores them for the voice, after a question that names the file
        await pilot.press("escape")
        assert "(Y: store them)" in "\n".join(pane.query_one(ClipDetails).shown_rows())
        await pilot.press("Y")
        asked = await question(app)
        assert "hold 'ĭ' U+012D, " in asked and "voice.json changes" in asked
        assert not voice_file.read(place.root).symbols
        await pilot.press("y")
        await until(lambda: facts(pane).startswith(" symbols are stored in voice.json"))
        await until(lambda: not pane.view.issues(0))
        assert "ĭ" in voice_file.read(place.root).symbols


async def test_speakers_that_the_voice_lacks_are_named(place: Workspace) -> None:
    for name, content in lists(place).items():
        lines = [f"{'anna' if i % 2 else 'ben'}|{line}" for i, line in enumerate(content.splitlines())]
        said = "\n".join("{1}|{0}|{2}".format(*line.split("|")) for line in lines)
        (place.filelists_dir / f"{name}.txt").write_text(f"{said}\n")
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place)
        pane.judge_by(place.config_named("small_cpu"))
        await until(lambda: pane.offers("name_speakers"))
        await pilot.press("H")
        assert "anna 0, ben 1" in await question(app)
        await pilot.press("y")
        await until(lambda: facts(pane).startswith(" 2 speakers named in voice.json"))
        await until(lambda: not pane.offers("name_speakers"))
        assert voice_file.read(place.root).speakers == ("anna", "ben")


async def test_a_list_that_was_cleaned_for_another_language_is_named_and_not_judged(place: Workspace) -> None:
    preprocess([place.filelists_dir / "train.txt"], cleaners=["espeak:de"], any_language=True)
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place, "train.txt.cleaned")
        assert pane.session.config is None
        said = "\n".join(str(each.message) for each in app._notifications)
        assert (
            "train.txt.cleaned: was cleaned by espeak:de (German), but the voice uses english_cleaners2"
            in said
        )
        assert "clean it again with `vitsdeck preprocess`" in said


async def test_a_config_that_was_chosen_judges_the_lists_again(place: Workspace) -> None:
    (place.filelists_dir / "odd.txt").write_text("wavs/c0.wav|anna|first\n")
    config, others = place.config_named("small_cpu"), [place.filelists_dir / "train.txt"]

    async def judging(source: Path, *keys: str) -> str:
        """The config by which this is judged, and then that which these keys choose."""
        app = VitsdeckApp(place)
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press(DATASET)
            pane = app.query_one(DatasetPane)
            pane.open([source])
            await until(lambda: pane.session.sources == (source,))
            await pilot.press(*keys)
            return pane.session.config.stem if pane.session.config else ""

    odd = place.filelists_dir / "odd.txt"
    own = await judging(others[0])
    assert await judging(odd) == ""
    assert await judging(odd, "g", *config.stem, "enter") == config.stem
    assert await judging(odd) == config.stem
    assert await judging(others[0]) == own, "another's choice is its own"
    assert await judging(others[0], "g", *"none", "enter") == ""
    assert await judging(place.filelists_dir / "val.txt") == "", "any list of a split stands for all"
    content = config.read_bytes()
    config.write_bytes(b"{")
    assert await judging(odd) == ""
    config.unlink()
    assert await judging(odd) == ""
    config.write_bytes(content)
    assert open_dialog.chosen_config(place.root, odd) == str(config)


async def test_lists_of_phonemes_are_known_by_what_they_hold(place: Workspace) -> None:
    for name, content in lists(place).items():
        said = "".join(f"{line.partition('|')[0]}|fˈɜːst əv ˈɔːl ɪts\n" for line in content.splitlines())
        (place.filelists_dir / f"{name}.txt").write_text(said.replace("ɪts", "ĭts", 1))
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place)
        await until(lambda: [v.kind for v in pane.view.issues(0)][:1] == ["symbols"])
        await pilot.press("enter")
        await until(lambda: "lacks 'ĭ' U+012D" in dialog_text(app, "#marks"))
        await pilot.press("escape", "p")
        assert "these lists are cleaned already" in facts(pane)


async def test_all_of_a_kind_are_fixed_in_copies_and_undone(place: Workspace) -> None:
    original = (place.audio_dir / "c4.wav").read_bytes()
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("f", *"all rate")
        await pilot.press("enter")
        assert "below fixed/" in await question(app)
        await pilot.press("y")
        await until(lambda: pane.state.clip(4).path.startswith("fixed/"))
        assert facts(pane).startswith(" fixed: u takes it back, w writes the lists │")
        assert not list(app._notifications), "what the line says covers no details"
        await until(lambda: pane.view.stats(4) is not None and pane.view.findings.counts[0] == 0)
        assert (place.audio_dir / "c4.wav").read_bytes() == original
        await pilot.press("u")
        assert pane.state.clip(4).path == "wavs/c4.wav"
        await until(lambda: pane.view.findings.counts[0] == 1)
        await pilot.press("end", "d")
        await until(lambda: isinstance(app.screen, TextScreen))
        await pilot.press("escape")


async def test_cuts_are_shown_before_a_recording_is_cut(place: Workspace) -> None:
    tone(place.root / "long.wav", 6.0, pause_s=1.0)
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(DATASET, "z", *"long.wav")
        pane = app.query_one(DatasetPane)
        await until(lambda: "long.wav" in str(app.screen.query_one("Table").shown_rows()))  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, SliceScreen))
        await until(lambda: app.screen.query_one(Cuts).shown_rows()[0].count("└") == 2)
        assert "2 clips of " in dialog_text(app, ".status")
        await pilot.press("ctrl+u", *"2")  # a pause of two seconds is not there
        await until(lambda: app.screen.query_one(Cuts).shown_rows()[0].count("└") == 1)
        await pilot.press("ctrl+u", *"0.4", "enter")
        await until(lambda: len(pane.state) == 2)
        assert [
            json.loads(line)["source"].endswith("long.wav")
            for line in (place.audio_dir / "long" / "slices.jsonl").read_text().splitlines()
        ] == [True, True]
        paths = [pane.state.clip(i).path for i in range(2)]
        assert paths == ["wavs/long/long_0001.wav", "wavs/long/long_0002.wav"]
        assert facts(pane).startswith(" long: 2 clips, ready for")


async def test_cutting_shows_its_clock_and_can_be_stopped(place: Workspace) -> None:
    tone(place.root / "long.wav", 0.0)
    head, size = (place.root / "long.wav").read_bytes(), 2 * 22050 * 3600 * 24
    head = head[:4] + struct.pack("<I", 36 + size) + head[8:40] + struct.pack("<I", size)
    with (place.root / "long.wav").open("wb") as file:  # hours of silence, of which nothing lies on the disk
        file.write(head)
        file.truncate(44 + size)
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        await pilot.press(DATASET)
        pane = app.query_one(DatasetPane)
        pane.start(pane._cut, Cutting(place.root / "long.wav", "wavs/long", ()))
        await until(lambda: pane.jobs.live is not None and pane.jobs.live.state == "running")
        await until(lambda: "cutting" in facts(pane) and " s, S stops it" in facts(pane))
        assert "S stop" in " ".join(app.query_one(KeyBar).shown_rows())
        await pilot.press("S")
        await until(lambda: pane.jobs.live is None)
        assert [run.state for run in app.runs if run.kind == "slice"] == ["stopped"]


async def test_cleaners_that_there_are_not_are_refused_at_once(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("p", "ctrl+u", *"espeak:de,foo", "enter")
        await until(lambda: 'unknown cleaner "foo"' in dialog_text(app, ".status"))
        assert "english_cleaners2" in dialog_text(app, ".status")
        assert session.cleaners_of(pane.session, place) == "normalise:en-1,english_cleaners2"
        await pilot.press("ctrl+u", *"basic_cleaners", "enter")
        await until(lambda: "written: train.txt.cleaned" in facts(pane))
        assert session.cleaners_of(pane.session, place) == "normalise:en-1,basic_cleaners"
