"""Parts of the dataset pane without a screen: filters, order, a clip in words, drafts."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual.app import App

from engine.data import workshop
from engine.data.figures import Figures
from engine.data.splitset import Board, Change, Deal
from engine.data.verdicts import Limits
from engine.errors import InputError
from engine.workspace import Workspace
from tui.panes.dataset import desk, telling, view
from tui.panes.dataset.drafts import Drafts, taken_up
from tui.panes.dataset.view import Known, Shown
from tui.screens.splitedit import SplitScreen

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)

SECONDS = 90.0  # for what starts a process on a busy machine


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not met():
            await asyncio.sleep(0.02)


def said(app: App[None]) -> str:
    return str(app.screen.query_one(".status").render())


def board_of(place: Workspace) -> Shown:
    board = workshop.open_source([place.filelists_dir / "train.txt"], place.root)
    figures = [
        Figures(22050, 1, 22050 * (i + 1), "PCM_16", -20.0 - i, 0.5, 0, 0.1, 0.1, 0.1, str(i))
        for i in range(len(board))
    ]
    figures[3] = Figures(fault="missing", reason="no such file")
    verdicts = workshop.judge(board, figures, Limits(), place.root)
    return Shown(board, Known(figures, verdicts, workshop.characters_per_second(board, figures)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("split:val", [5, 6]),
        ("verdict:missing", [3]),
        ("verdict:bad", [3]),
        ("verdict:digits", [2]),
        ("FIRST", [0]),
        ("wavs/c1 second", [1]),
        ("is:selected", [6]),
        ("is:edited", []),
        ("split:val is:selected", [6]),
    ],
)
def test_filters(place: Workspace, wanted: str, found: list[int]) -> None:
    assert view.order(board_of(place), wanted=wanted, selected={6}) == found


@pytest.mark.parametrize("wanted", ["verdict:purple", "colour:red", "is:nice"])
def test_a_filter_that_cannot_be_met_is_told(place: Workspace, wanted: str) -> None:
    with pytest.raises(InputError, match="there is no"):
        view.order(board_of(place), wanted=wanted)


def test_unknown_figures_come_last_in_both_orders(place: Workspace) -> None:
    shown = board_of(place)
    assert view.order(shown, by="loudness") == [7, 6, 5, 4, 2, 1, 0, 3]
    assert view.order(shown, by="loudness", descending=True) == [0, 1, 2, 4, 5, 6, 7, 3]
    assert view.order(shown, by="split")[-1] == 7


def test_a_clip_is_explained_in_full(place: Workspace) -> None:
    told = telling.of_clip(board_of(place), 2)
    assert "born in 1853" in told and "line 3 of train.txt" in told and "digits" in told and "3.000 s" in told
    assert "100.0 %" in telling.of_speakers(board_of(place))


async def test_what_the_split_editor_shows_is_taken_without_working_it_out_again(place: Workspace) -> None:
    app: App[None] = App()
    taken: list[Deal | None] = []
    dealt: list[Deal] = []

    class Counted(Board):
        def dealt(self, settings: Deal, seconds: Sequence[float | None] = ()) -> Board:
            dealt.append(settings)
            return super().dealt(settings, seconds)

    board = board_of(place).board
    counted = Counted(**{each.name: getattr(board, each.name) for each in dataclasses.fields(board)})
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SplitScreen(counted, ()), taken.append)
        await until(lambda: app.screen.query(".status") and "would change" in said(app))
        shown = len(dealt)
        await pilot.press("enter")
        await until(lambda: taken)
        assert len(dealt) == shown and taken == [dealt[-1]]
        app.push_screen(SplitScreen(counted, ()), taken.append)
        await until(lambda: app.screen.query(".status") and "would change" in said(app))
        await pilot.press("f8", "enter")  # faster than any preview
        await until(lambda: len(taken) == 2)
        assert taken[-1] == dataclasses.replace(board.deal_settings, stratify=False)


def test_a_draft_finds_its_clips_in_lists_that_changed_meanwhile(place: Workspace) -> None:
    drafts = Drafts(place.root)
    opened = board_of(place).board
    changed = opened.moved([0, 7], "quarantine").edited({1: Change(text="the 2nd")})
    drafts.keep([Path("train.txt")], opened, changed)
    content = (place.filelists_dir / "train.txt").read_text().splitlines(keepends=True)
    (place.filelists_dir / "train.txt").write_text("".join(["# a comment\n", *content[2:], content[0]]))
    draft = drafts.read([Path("train.txt")])
    assert draft is not None
    board, lost = taken_up(board_of(place).board, draft)
    assert lost == 1, "the edited clip is in no list any more"
    assert {
        clip.path: board.place(i) for i, clip in enumerate(board.clips) if board.place(i) == "quarantine"
    } == {
        "wavs/c0.wav": "quarantine",
        "wavs/c7.wav": "quarantine",
    }
    assert desk.differs(board, board.undone()) == 2
    drafts.keep([Path("train.txt")], opened, opened)
    assert drafts.newest() is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"v": 1, "t": 0, "sources": [], "clips": [1, [2], null]}', b"[]"]
)
def test_a_damaged_draft_is_no_obstacle(place: Workspace, damage: bytes) -> None:
    drafts = Drafts(place.root)
    path = drafts.path_of([Path("train.txt")])
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    draft = drafts.read([Path("train.txt")])
    assert draft is None or draft.clips == []
