"""Parts of the dataset pane: filters, order, a clip in words, fixes, drafts, what to open."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input

from engine.dataset.clips.clip_stats import ClipStats
from engine.dataset.clips.issues import Requirements
from engine.dataset.lists import open_dataset
from engine.dataset.repair import plan as fixes
from engine.dataset.session import Change, DatasetState
from engine.errors import InputError
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.dataset_support import dialog_text, facts, opened, question
from tui.app.app import VitsdeckApp
from tui.dialogs.repair import RepairScreen, Transcript
from tui.dialogs.source import SourceScreen, completions
from tui.dialogs.split import SplitScreen
from tui.panes import number_key
from tui.panes.dataset import clip_view, filtering, open_dialog, session
from tui.panes.dataset.autosave import Autosave, Draft
from tui.panes.dataset.clip_view import ClipView, Findings
from tui.panes.dataset.edit_actions import describe, fixes_for
from tui.panes.dataset.pane import DatasetPane

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)


def view_of(place: Workspace) -> ClipView:
    state = open_dataset.open_source([place.filelists_dir / "train.txt"], place.root)
    stats = [
        ClipStats(22050, 1, 22050 * (i + 1), "PCM_16", -20.0 - i, 0.5, 0, 0.1, 0.1, 0.1, str(i))
        for i in range(len(state))
    ]
    stats[3] = ClipStats(fault="missing", reason="no such file")
    issues = open_dataset.judge(state, stats, Requirements(), place.root)
    return ClipView(state, Findings(stats, issues, open_dataset.characters_per_second(state, stats)))


def test_what_most_clips_suffer_from_is_shown_as_the_fault_of_the_list(place: Workspace) -> None:
    state = view_of(place).state
    stats = [ClipStats(fault="unreadable", reason="cannot be read as audio")] * len(state)
    issues = open_dataset.judge(state, stats, Requirements(), place.root)
    shown = ClipView(state, Findings(stats, issues))
    assert shown.findings.common == ["unreadable"]
    text = clip_view.text_of_clip(shown, 0)
    assert "most of the list has it: are these files recordings?" in text
    assert "fixed by: quarantine" not in text


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("split:val", [5, 6]),
        ("issue:missing", [3]),
        ("issue:bad", [3]),
        ("verdict:bad", [3]),  # its former name
        ("issue:unnormalized", [2]),
        ("FIRST", [0]),
        ("wavs/c1 second", [1]),
        ("is:selected", [6]),
        ("is:edited", []),
        ("split:val is:selected", [6]),
    ],
)
def test_filters(place: Workspace, wanted: str, found: list[int]) -> None:
    assert filtering.order(view_of(place), wanted=wanted, selected={6}) == found


@pytest.mark.parametrize("wanted", ["issue:purple", "colour:red", "is:nice"])
def test_a_filter_that_cannot_be_met_is_refused(place: Workspace, wanted: str) -> None:
    with pytest.raises(InputError, match="there is no"):
        filtering.order(view_of(place), wanted=wanted)


def test_unknown_values_come_last_in_both_orders(place: Workspace) -> None:
    shown = view_of(place)
    assert filtering.order(shown, by="loudness") == [7, 6, 5, 4, 2, 1, 0, 3]
    assert filtering.order(shown, by="loudness", descending=True) == [0, 1, 2, 4, 5, 6, 7, 3]
    assert filtering.order(shown, by="split")[-1] == 7


def test_a_clip_is_explained_in_full(place: Workspace) -> None:
    text = clip_view.text_of_clip(view_of(place), 2)
    assert "born in 1853" in text and "line 3 of train.txt" in text and "digits" in text and "3.000 s" in text
    assert "100.0 %" in clip_view.text_of_speakers(view_of(place))


def test_a_selection_is_fixed_gently_first_and_no_clip_is_taken_away_by_it(place: Workspace) -> None:
    view = view_of(place)
    stats = list(view.findings.stats)
    for index, frames in (
        (1, 2000),
        (4, 16000),
    ):  # the first is too short as well: converting does not suffice
        stats[index] = ClipStats(16000, 1, frames, "PCM_16", -20.0, 0.5, 0, 0.1, 0.1, 0.1, str(index))
    findings = Findings(stats, open_dataset.judge(view.state, stats, Requirements(), place.root))
    rows = [0, 1, 2, 4, 5, 6, 7]
    gentle, moves, *_ = fixes_for(ClipView(view.state, findings), rows, rows, is_selection=True)
    assert (gentle.title, gentle.indices, gentle.takes_away) == ("the selection: convert", (1, 4), False)
    assert (moves.title, moves.indices, moves.takes_away) == ("the selection: drop", (1,), True)
    plan = fixes.plan(view.state, findings.issues, gentle.indices, Requirements(), only=gentle.only)
    assert "2 converted" in describe(plan) and "taken out" not in describe(plan)


async def test_the_split_editor_fits_a_small_screen_and_takes_what_is_typed_at_once(place: Workspace) -> None:
    app: App[None] = App()
    taken: list[DatasetState | None] = []
    async with app.run_test(size=(60, 15)) as pilot:
        app.push_screen(SplitScreen(view_of(place).state, ()), taken.append)
        await until(lambda: app.screen.query(".status") and "would change" in dialog_text(app, ".status"))
        frame = app.screen.query_one(".dialog").content_region
        for each in ("#together", "SplitBars", ".status"):
            assert frame.contains_region(app.screen.query_one(each).region), f"{each} is cut at 60x15"
        assert app.screen.query_one("#together").region.height == 1, "F5 to F7 stand in one row"
        await pilot.press("f7", "enter")  # faster than any preview
        await until(lambda: taken)
        assert taken[0] is not None and taken[0].split_settings.group == ()


def kept(place: Workspace, draft: Draft) -> Autosave:
    autosave = Autosave(place.root)
    autosave.keep(draft)
    autosave.write()
    return autosave


def test_a_draft_finds_its_clips_in_lists_that_changed_meanwhile(place: Workspace) -> None:
    opened, sources = view_of(place).state, (Path("train.txt"),)
    changed = opened.moved([0, 7], "quarantine").edited({1: Change(text="the 2nd")})
    autosave = kept(place, Draft.of(sources, opened, changed, {}))
    content = (place.filelists_dir / "train.txt").read_text().splitlines(keepends=True)
    (place.filelists_dir / "train.txt").write_text("".join(["# a comment\n", *content[2:], content[0]]))
    (path,) = autosave.folder.glob("*.json")
    path.write_text(
        path.read_text().replace('"typed": []', '"typed": [], "steps": 3')
    )  # of an earlier version
    draft = autosave.read(sources)
    assert draft is not None and draft.sentence == "3 clips changed and not saved"
    state, lost = draft.applied(view_of(place).state)
    assert lost == 1, "the edited clip is in no list any more"
    found = {clip.path for i, clip in enumerate(state.clips) if state.split_of(i) == "quarantine"}
    assert found == {"wavs/c0.wav", "wavs/c7.wav"}
    assert len(state.differing(state.undone())) == 2, "they are one step of undo"
    kept(place, Draft.of(sources, opened, opened, {}))
    assert autosave.newest() is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"v": 1, "t": 0, "sources": [], "clips": [1, [2], null]}', b"[]"]
)
def test_a_damaged_draft_is_no_obstacle(place: Workspace, damage: bytes) -> None:
    opened, sources = view_of(place).state, (Path("train.txt"),)
    autosave = kept(place, Draft.of(sources, opened, opened.moved([0], "val"), {}))
    (path,) = autosave.folder.glob("*.json")
    path.write_bytes(damage)
    draft = autosave.read(sources)
    assert draft is None or draft.sentence == ""
    autosave.drop(sources)
    assert not list(autosave.folder.iterdir())


def test_former_lists_are_mentioned_only_where_there_were_some(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("".join(f"wavs/{i}.wav|number {i}\n" for i in range(20)))
    state = open_dataset.open_source([tmp_path / "corpus.txt"], tmp_path)
    saved, said = session.save(state, tmp_path / "filelists", state)
    assert said.startswith("20 lines changed: train.txt 14") and "previous" not in said
    _, said = session.save(saved.moved([0], "quarantine"), tmp_path / "filelists", saved)
    assert "the lists before are kept as NAME.previous" in said


async def test_unsaved_changes_and_what_was_typed_are_asked_about_and_offered_again(place: Workspace) -> None:
    """Escape, another clip, and the end of the dashboard: a letter that was typed is never typed twice."""

    def text(app: VitsdeckApp) -> str:
        return app.screen.query_one(Transcript).text if isinstance(app.screen, RepairScreen) else ""

    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("enter")
        await until(lambda: text(app) == "first of all")
        await pilot.press(*"!?", "escape")
        assert pane.state.clip(0).text == "first of all" and "1 transcript typed" in pane.unsaved()
        await pilot.press("enter")
        await until(lambda: text(app) == "first of all!?")
        await until(lambda: "typed before" in dialog_text(app, "#marks"))
        await pilot.press("ctrl+r", "escape")
        assert not pane.unsaved()
        await pilot.press("v", "ctrl+q")
        assert "1 clip changed and not saved" in await question(app)
        await pilot.press("n")
        assert app.is_running and "unsaved: 1 clip" in facts(pane)
        await pilot.press("enter")
        await until(lambda: text(app) == "the second one")
        await pilot.press(*", kept")
        await until(lambda: (draft := Autosave(place.root).newest()) is not None and draft.typed)
        await pilot.press(*" on")  # the dashboard ends in the middle of it
    again = VitsdeckApp(place)
    async with again.run_test(size=(80, 24)) as pilot:
        await pilot.press(number_key("dataset"))
        assert "1 clip changed and not saved, 1 transcript typed and not kept" in await question(again)
        await pilot.press("y")
        await until(lambda: text(again) == "the second one, kept on")
        pane = again.query_one(DatasetPane)
        assert pane.state.split_of(0) == "val"
        await pilot.press("enter")
        await until(lambda: pane.state.clip(1).text == "the second one, kept on")
        assert "typed" not in pane.unsaved()
        await pilot.press("ctrl+q")
        await question(again)
        await pilot.press("y")
        await until(lambda: not again.is_running)


def test_what_was_opened_last_and_own_data_is_offered_first(place: Workspace) -> None:
    (place.filelists_dir / "anna.txt").write_text("wavs/c0.wav|one\nwavs/c1.wav|two\n")
    (place.audio_dir / "bert").mkdir()
    (place.audio_dir / "bert" / "b.flac").write_bytes(b"fLaC")
    (place.audio_dir / "bert" / "metadata.csv").write_text("b|text\n")
    found = [(each.name, each.note) for each in open_dialog.choices(place)]
    assert found == [
        ("wavs/", "folder of 8 recordings"),
        ("wavs/bert/", "1 recording, manifest"),
        ("anna.txt", "manifest, 2 lines"),
        ("train.txt", "3 lists, 8 lines"),
    ]
    open_dialog.remember(place.root, place.filelists_dir / "train.txt")
    open_dialog.remember(place.root, place.audio_dir / "bert")
    assert [each.name for each in open_dialog.choices(place)][:2] == ["wavs/bert/", "train.txt"]
    for damage in (b"", b"[]", b'{"opened": 3}', b"\xff"):
        (place.root / ".vitsdeck" / "opened.json").write_bytes(damage)
        assert open_dialog.choices(place)[0].name == "wavs/"


def test_folders_are_listed_whatever_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "a" / ".hidden").mkdir(parents=True)
    (tmp_path / "a" / "notes.md").touch()
    for name in (b"bar|bar.wav", b"bad\x1b[2J\nname.wav", b"\xff\xfe.wav"):
        (tmp_path / "a" / os.fsdecode(name)).touch()
    (tmp_path / "a" / "loop").symlink_to("loop")

    def names(typed: str) -> list[str]:
        return [each.name for each in completions(typed, tmp_path, (".wav",))]

    assert names("a/") == ["bad\x1b[2J\nname.wav", "bar|bar.wav", os.fsdecode(b"\xff\xfe.wav")]
    assert names("a/.") == [".hidden/"] and names("a/ba") == names("a/")[:2] and names("a") == ["a/"]
    for nothing in ("none/", "a/notes.md/", f"{'x' * 300}/", "a/loop/"):
        (said,) = completions(nothing, tmp_path, (".wav",))
        assert not said.key and said.name == "cannot be read" and said.note


async def test_odd_names_and_paths_do_not_reach_the_terminal_or_break_the_dialog(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"o\x1b]0;x\x07\xff.wav")
    odd.touch()
    app: App[None] = App()
    taken: list[Path | None] = []
    async with app.run_test(size=(60, 15)) as pilot:
        app.push_screen(SourceScreen("Open", tmp_path, tuple), taken.append)
        await pilot.press(*"./none/", "enter")
        app.screen.query_one(Input).post_message(events.Paste("x" * 300))  # a pilot's key takes 60 ms
        await pilot.press("enter", "tab")
        await pilot.press("ctrl+u", *"./o", "tab")
        await until(lambda: app._notifications)
        assert app.screen.query_one(Input).value == "./o" and not taken
        await pilot.press("enter")  # faster than the disk, and still the right one
        await until(lambda: taken == [odd])
