"""The dataset pane on real files, with the real analysis and helper."""

from __future__ import annotations

import sys

import pytest
from textual.events import MouseMove

from engine.dataset.split import SplitSettings
from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tests.tui.dataset_support import (
    DATASET,
    dialog_text,
    facts,
    fixes_offered,
    lists,
    opened,
    question,
    table,
)
from tui.app.app import VitsdeckApp
from tui.dialogs.repair import RepairScreen
from tui.dialogs.split import SplitScreen
from tui.dialogs.text_view import TextScreen
from tui.panes.dataset.autosave import Autosave
from tui.panes.dataset.clip_browser import ClipTable
from tui.panes.dataset.pane import DatasetPane
from tui.panes.dataset.widgets import ClipDetails, SplitBars
from tui.widgets.statusline import StatusLine

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)


async def test_clips_are_measured_sorted_filtered_and_selected(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(130, 40)) as pilot:
        pane = await opened(pilot, place)
        assert "8 clips" in facts(pane) and "1 bad" in facts(pane) and "by " in facts(pane)
        header, first = table(pane)[:2]
        assert " ".join(header.split()) == "clip split speaker s rate LUFS peak sil% ch/s issue text"
        cells = first.split()
        assert cells[:6] == ["›", "c0", "train", "–", "1.20", "22050"]
        assert -40 < float(cells[6]) < 0
        shares = pane.query_one(SplitBars).shown_rows()
        assert "62.5%" in shares[0] and "5 clips" in shares[0] and "25.0%" in shares[1]
        assert " 1 clip  " in shares[2] and shares[2].index("min") == shares[0].index("min")
        # by a click on a title, and again the other way round
        await pilot.click(ClipTable, offset=(table(pane)[0].index(" s ") + 1, 0))
        await until(lambda: pane.browser.sorted_by == "seconds")
        assert "▲" in table(pane)[0]
        await pilot.click(ClipTable, offset=(table(pane)[0].index(" s ▲") + 1, 0))
        await until(lambda: pane.browser.rows[0] == 7)
        await pilot.press("slash", *"issue:rate")
        await until(lambda: pane.browser.rows == [4])
        await pilot.press("enter", "down")
        assert "1 of 8 shown" in facts(pane)
        await pilot.press("slash", *" colour:red")
        await until(lambda: "there is no field" in facts(pane))
        assert pane.browser.rows == [4], "what was shown stays"
        await pilot.press("escape", "escape")
        await until(lambda: len(pane.browser.rows) == 8)
        await pilot.press("home", "space", "shift+down", "shift+down")
        await until(lambda: len(pane.browser.targets) == 4)
        await pilot.press("escape", "home", "m", "down", "down", "m")
        await until(lambda: pane.browser.targets == [5, 6, 7])
        await pilot.press("a")
        assert len(pane.browser.targets) == 8
        await pilot.press("escape")
        await pilot.click(ClipTable, offset=(5, 3), control=True)
        await until(lambda: pane.browser.targets == [5] and pane.browser.table.selected)
        # by a click and another with shift, and by dragging, downwards and upwards
        await pilot.press("escape")
        await pilot.click(ClipTable, offset=(5, 2))
        await pilot.click(ClipTable, offset=(5, 4), shift=True)
        await until(lambda: pane.browser.targets == [pane.browser.rows[i] for i in (3, 2, 1)])
        await pilot.click(ClipTable, offset=(5, 7))
        await pilot.click(ClipTable, offset=(5, 8), shift=True)
        await until(lambda: len(pane.browser.targets) == 5)
        await pilot.press("escape")
        await pilot.mouse_down(ClipTable, offset=(5, 6))
        for y in (5, 4):
            await pilot._post_mouse_events([MouseMove], ClipTable, offset=(5, y), button=1)
        await pilot.mouse_up(ClipTable, offset=(5, 4))
        await until(lambda: pane.browser.targets == sorted(pane.browser.rows[i] for i in (3, 4, 5)))


async def test_a_bare_folder_shows_its_sound_and_can_be_split_and_fixed(place: Workspace) -> None:
    raw = place.root / "raw"
    for number in range(6):
        tone(raw / f"r{number}.wav", 0.6 + number / 20, 16000 if number > 3 else 22050)
    (raw / "torn.wav").write_bytes((raw / "r0.wav").read_bytes()[:5000])
    tone(raw / "we|ird.wav", 0.7)
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        await pilot.press(DATASET)
        pane = app.query_one(DatasetPane)
        pane.open([raw])
        await until(lambda: pane.view.findings.issues and not pane.view.findings.unmeasured)
        assert "no texts yet: 4 transcribes" in facts(pane) and "4 bad" in facts(pane)
        cells = {row.split()[0]: row for row in (row.lstrip("› ") for row in table(pane)[1:9])}
        assert "sound ok" in cells["r0"] and "✘ rate" in cells["r4"] and "✘ truncated" in cells["torn"]
        assert "empty" not in "".join(cells.values()) and "✘ unlistable" in cells["we|ird"]
        # they are split as those of a manifest; what no list can name stays out, and says what to do
        assert [each.clips for each in pane.state.summary()] == [4, 2, 1, 0, 1]
        await pilot.press("end", "A")
        assert "all 8 clips are measured but 1, which no list can name: rename" in facts(pane)
        assert "a bar, which separates the columns" in "\n".join(pane.query_one(ClipDetails).shown_rows())
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, SplitScreen))
        await until(lambda: "would change lists" in dialog_text(app, ".status"))
        await pilot.press("tab", "tab", "tab", "ctrl+u", *"7", "enter")
        await until(lambda: pane.state.split_settings.seed == 7)
        # enter alone takes no clip away, and a kind is fixed wherever its clips are
        await pilot.press("home", "down", "a", "x")
        titles = [each.title for each in fixes_offered(pane)]
        assert "all rate: convert" in titles and "all truncated: quarantine" in titles
        await pilot.press("escape", "slash", *"issue:truncated", "enter", "f", "enter")
        assert "convert" in await question(app)
        await pilot.press("n")


async def test_steps_are_undone_redone_and_saved(place: Workspace) -> None:
    before = lists(place)
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("v", "v", "Q", "e", "u", "r", "u")
        assert [pane.state.split_of(i) for i in range(4)] == ["val", "val", "quarantine", "train"]
        assert "unsaved: 3 clips" in facts(pane)
        assert "in quarantine" in pane.query_one(SplitBars).shown_rows()[3]
        await until(lambda: Autosave(place.root).newest() is not None)
        await pilot.press("w")
        await until(lambda: "unsaved" not in facts(pane))
        assert lists(place)["val"].splitlines()[-2:] == [
            "wavs/c0.wav|first of all",
            "wavs/c1.wav|the second one",
        ]
        assert (place.filelists_dir / "quarantine.txt").read_text() == "wavs/c2.wav|born in 1853\n"
        assert (place.filelists_dir / "train.txt.previous").read_text() == before["train"]
        assert Autosave(place.root).newest() is None
        await pilot.press("u", "u", "u", "w")  # undo continues behind the save
        await until(lambda: lists(place) == before)
        # somebody else writes: nothing is written over without a question
        (place.filelists_dir / "val.txt").write_text(before["val"] + "wavs/c9.wav|new\n")
        await pilot.press("home", "v", "w")
        await question(app)
        await pilot.press("n")
        assert "c9" in lists(place)["val"] and "c0" not in lists(place)["val"]


async def test_keys_go_clip_by_clip_and_what_was_done_stays_to_be_read(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press(
            "v", "e", "e", "x"
        )  # the second of the keys changes nothing of its clip: but continues
        await pilot.press("home", "v", "t", "x")
        assert [pane.state.split_of(i) for i in range(5)] == ["val", "train", "out", "out", "train"]
        await pilot.press("home", "slash", *"split:val", "enter")
        await until(lambda: pane.browser.rows == [0, 5, 6])
        await pilot.press("t", "t")  # the clips leave the table, and the next of it is marked
        assert [pane.state.split_of(i) for i in (0, 5, 6)] == ["train", "train", "val"]
        await until(lambda: pane.browser.rows == [6])
        await pilot.press("u")
        assert pane.browser.rows == [5, 6] and pane.browser.marked == 5, "what came back is marked"
        before = pane.view
        await until(lambda: pane.view is not before and pane.view.findings is not before.findings)
        assert facts(pane).startswith(" undone: move to train, 1 clip │")
        await pilot.press("r")
        assert facts(pane).startswith(" done again: move to train, 1 clip │")
        await pilot.press("slash", *" nothing", "enter")
        await until(lambda: not pane.browser.rows)
        assert "hides all of 8 clips" in pane.query_one(ClipDetails).shown_rows()[0]
        # over another corpus it does not stand
        (place.filelists_dir / "odd.txt").write_text("wavs/c0.wav|one\n")
        await pilot.press("u")
        assert facts(pane).startswith(" undone")
        pane.open([place.filelists_dir / "odd.txt"])
        await until(lambda: len(pane.state) == 1)
        await until(lambda: "undone" not in facts(pane), 3.0)


async def test_a_narrow_screen_has_two_pages_of_columns_and_a_preview_of_a_split(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, place)
        assert table(pane)[0].split() == ["clip", "split", "s", "ch/s", "issue", "text"]
        await pilot.press("right")
        assert table(pane)[0].split() == ["clip", "speaker", "rate", "LUFS", "peak", "sil%", "issue"]
        assert all(len(row) <= 80 for row in table(pane))
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, SplitScreen))
        await until(lambda: "would change lists" in dialog_text(app, ".status"))
        await pilot.press("ctrl+u", *"50")
        await until(lambda: "add" in dialog_text(app, ".status") and "100" in dialog_text(app, ".status"))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, SplitScreen), "ratios that do not add to 100 are not taken"
        await pilot.press("tab", "ctrl+u", *"25", "down", "ctrl+u", *"25", "f7")
        await until(lambda: "50.0%" in app.screen.query_one(SplitBars).shown_rows()[0])
        await pilot.press("enter")
        wanted = SplitSettings((50.0, 25.0, 25.0), 1234, ())
        await until(lambda: pane.state.split_settings == wanted)
        assert [place.clips for place in pane.state.summary()[:3]] == [4, 2, 2]
        await pilot.press("u")
        assert not pane.state.is_changed


async def test_foreign_text_cannot_harm_the_screen(place: Workspace) -> None:
    (place.filelists_dir / "train.txt").write_bytes(
        b"wavs/\x1b[2Jc0.wav|a \x1b]0;title\x07 b [red]c[/]\nwavs/c1.wav|\xff\xfe\nno columns\n"
    )
    app = VitsdeckApp(place)
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await opened(pilot, place)
        shown = "\n".join([*table(pane), *pane.query_one(ClipDetails).shown_rows()])
        assert "\x1b" not in shown and "[red]c[/]" in shown
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, TextScreen))
        await pilot.press("escape", "enter")
        await until(lambda: isinstance(app.screen, RepairScreen))
        await pilot.press("escape")
        assert app.is_running


async def test_leaving_while_clips_are_judged_ends_quietly(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, place)
        await pane.query_one(ClipTable).remove()  # as closing does it, the widgets before their pane
        pane.judge_now()
        await until(lambda: all(worker.is_finished for worker in app.workers))


async def test_what_keys_say_covers_nothing_that_it_speaks_of(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no player
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("l")
        await until(lambda: facts(pane).startswith(" its path is copied: no player is here"))
        await pilot.press("end", "enter")
        await until(lambda: isinstance(app.screen, RepairScreen) and app.screen.query(StatusLine))
        await until(lambda: facts(app.screen).startswith(" test │ 1."))
        await pilot.press("ctrl+l")
        await until(lambda: facts(app.screen).startswith(" its path is copied: no player"))
        await pilot.press("ctrl+t")
        await until(lambda: facts(app.screen).startswith(" its path is copied │ test"))
        for _ in range(len(pane.state)):
            await pilot.press("ctrl+n")
        await until(lambda: facts(app.screen).startswith(" no other transcript here is suspicious │"))
        await pilot.press("a", "escape")
        await until(lambda: facts(pane).startswith(" not kept yet; enter shows what you typed"))
        assert not list(app._notifications)
