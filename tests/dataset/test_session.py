"""The state of a dataset: splitting, moving, editing, undo and redo."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dataset.session import ALL_SPLITS, Change, Clip, DatasetState
from engine.dataset.split import SplitSettings
from engine.errors import InputError


def _state(n):
    clips = (Clip(f"{i:05d}.wav", f"s{i % 4}", f"sentence {i // 3}") for i in range(n))
    return DatasetState(tuple(clips), bytes(n)).as_saved({})


@given(
    st.lists(
        st.tuples(st.sampled_from(["move", "edit", "split", "undo", "redo"]), st.integers(0, 29)),
        max_size=40,
    )
)
@settings(max_examples=80)
def test_undo_and_redo_walk_the_same_path(steps):
    state = _state(30)
    history, here = [state], 0
    for kind, number in steps:
        if kind == "undo":
            state, here = state.undone(), max(0, here - 1)
        elif kind == "redo":
            state, here = state.redone(), min(len(history) - 1, here + 1)
        else:
            following = _step(state, kind, number)
            if following is not state:
                history[here + 1 :], here = [following], here + 1
            state = following
        assert (state.splits, state.clips) == (history[here].splits, history[here].clips)
        assert (state.can_undo, state.can_redo) == (here > 0, here < len(history) - 1)


def _step(state, kind, number):
    if kind == "move":
        return state.moved([number, (number + 1) % 30], ALL_SPLITS[number % 5])
    if kind == "edit":
        return state.edited({number: Change(text=f"text {number}")})
    return state.split(SplitSettings(seed=number)) if sum(each < 3 for each in state.splits) >= 3 else state


def test_what_is_on_the_disk_is_known_behind_undo():
    saved = _state(9).moved([0], "val").as_saved({"val": b"1"})
    before = saved.undone()
    assert not saved.is_changed and before.is_changed and before.written == {"val": b"1"}
    assert not before.redone().is_changed
    meanwhile = _state(9).moved([0], "val").moved([1], "val").on_disk_as(saved)
    assert meanwhile.is_changed and not meanwhile.undone().is_changed


def test_steps_say_what_they_are():
    state = _state(30)
    moved = state.moved([1, 2, 3], "val")
    assert moved.label == "move to val, 3 clips"
    assert moved.undone().redone().label == "move to val, 3 clips"
    assert moved.moved([1], "val") is moved
    assert moved.edited({5: Change(text=state.clips[5].text)}) is moved
    with pytest.raises(InputError, match="cannot hold a bar"):
        moved.edited({5: Change(text="a|b")})


def test_quarantine_stays_out_of_a_new_split():
    state = _state(100).moved(range(10), "quarantine").split(SplitSettings(seed=9))
    assert [state.split_of(i) for i in range(10)] == ["quarantine"] * 10
    assert sum(each.clips for each in state.summary()[:3]) == 90
