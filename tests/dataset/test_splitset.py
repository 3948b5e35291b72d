"""The split editor's board: dividing, moving, editing, and going back as often as one likes."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dataset.session import PLACES, Board, Change, Clip
from engine.dataset.split import SplitSettings
from engine.errors import InputError


def _clips(n, speakers=4):
    return [
        Clip(
            f"wavs/{i % speakers}-{i // 20:03d}-{i:05d}.wav",
            f"s{i % speakers}",
            f"sentence {i // 3} {'so ' * (i % 17)}",
            i + 1,
        )
        for i in range(n)
    ]


def _board(n, speakers=4):
    return Board.of(_clips(n, speakers), bytes(n))


def _seconds(n):
    return [1.0 + (i * 37 % 100) / 10 for i in range(n)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["move", "edit", "divide", "undo", "redo"]), st.integers(0, 29)),
        max_size=40,
    )
)
@settings(max_examples=80)
def test_undo_and_redo_walk_the_same_path(steps):
    board = _board(30)
    past, future = [], []
    for kind, number in steps:
        before = board
        if kind == "undo":
            board = board.undone()
            if past:
                future.append(before)
                expected = past.pop()
                assert (board.places, board.clips) == (expected.places, expected.clips)
            continue
        if kind == "redo":
            board = board.redone()
            if future:
                past.append(before)
                expected = future.pop()
                assert (board.places, board.clips) == (expected.places, expected.clips)
            continue
        if kind == "move":
            board = board.moved([number, (number + 1) % 30], PLACES[number % 5])
        elif kind == "edit":
            board = board.edited({number: Change(text=f"text {number}")})
        else:
            board = (
                board.split(SplitSettings(seed=number)) if sum(p < 3 for p in board.places) >= 3 else board
            )
        if board is not before:
            past.append(before)
            future = []
    assert board.can_undo == bool(past)
    assert board.can_redo == bool(future)


def test_steps_say_what_they_are():
    board = _board(30)
    moved = board.moved([1, 2, 3], "val")
    assert moved.undo_label == "move to val, 3 clips"
    assert moved.undone().redo_label == "move to val, 3 clips"
    assert moved.moved([1], "val") is moved
    assert moved.edited({5: Change(text=board.clips[5].text)}) is moved
    with pytest.raises(InputError, match="cannot hold a bar"):
        moved.edited({5: Change(text="a|b")})


def test_quarantine_stays_out_of_a_new_division():
    board = _board(100).moved(range(10), "quarantine").split(SplitSettings(seed=9))
    assert [board.place(i) for i in range(10)] == ["quarantine"] * 10
    assert sum(each.clips for each in board.summary()[:3]) == 90


def test_ten_thousand_clips_answer_at_once():
    """Under 100 ms on a quiet machine; the best of three, since this one is not."""
    clips, seconds = _clips(10_000, 7), _seconds(10_000)
    board = Board.of(clips, bytes(len(clips)))
    divided = board.split(SplitSettings())
    edited = divided.edited({i: Change(text=f"new {i}") for i in range(5000)})
    seeds = itertools.count(2)
    operations = {
        "divide": lambda: board.split(SplitSettings(seed=next(seeds))),
        "divide by source": lambda: board.split(SplitSettings(seed=next(seeds), group=("source",))),
        "move": lambda: divided.moved(range(5000), "test"),
        "edit": lambda: divided.edited({7: Change(text="new")}),
        "undo": edited.undone,
        "summary": lambda: divided.summary(seconds),
        "clips": lambda: divided.edited({7: Change(text="new")}).clips,
    }
    for name, operation in operations.items():
        taken = []
        for _ in range(3):
            started = time.process_time()
            operation()
            taken.append(time.process_time() - started)
        assert min(taken) < 0.25, f"{name}: {min(taken):.3f} s"
