"""Parts of the dataset pane without a screen: filters, order, a clip in words, drafts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.data import workshop
from engine.data.figures import Figures
from engine.data.splitset import Change
from engine.data.verdicts import Limits
from engine.errors import InputError
from engine.workspace import Workspace
from tui.panes import number_key
from tui.panes.dataset import desk, telling, view
from tui.panes.dataset.drafts import Drafts, taken_up
from tui.panes.dataset.view import Known, Shown

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)

DATASET = number_key("dataset")
SECONDS = 90.0  # for what starts a process on a busy machine


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
