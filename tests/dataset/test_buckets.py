"""Batches are a pure function of lengths, size, seed and epoch."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dataset.loader.buckets import bounds_of, bucket_of, epoch_batches

_LENGTHS = st.lists(st.integers(32, 1600), min_size=1, max_size=200)


def test_boundaries_are_the_familys_and_go_on_for_longer_clips():
    assert [bounds_of(bucket)[1] for bucket in range(10)] == list(range(300, 1201, 100))
    lengths = (1, 32, 300, 301, 400, 401, 1000, 1001, 1500)
    assert [bucket_of(frames) for frames in lengths] == [0, 0, 0, 1, 1, 2, 7, 8, 12]


@given(st.integers(1, 10_000))
def test_a_clip_lies_within_the_bounds_of_its_bucket(frames):
    fewest, most = bounds_of(bucket_of(frames))
    assert fewest <= frames <= most


def test_limits_of_ones_own_make_the_buckets():
    limits = (100, 400)
    assert [bucket_of(frames, limits) for frames in (1, 100, 101, 400, 401, 5000)] == [0, 0, 1, 1, 2, 2]
    assert [bounds_of(bucket, limits) for bucket in range(3)] == [(1, 100), (101, 400), (401, None)]
    lengths = [50 + (i * 37) % 950 for i in range(2000)]
    batches = epoch_batches(lengths, 16, 1, 1, limits=limits)
    mixed = [batch for batch in batches if len({bucket_of(lengths[i], limits) for i in batch}) > 1]
    assert len(mixed) <= 3
    assert {index for batch in batches for index in batch} == set(range(2000))
    assert batches != epoch_batches(lengths, 16, 1, 1)


def test_the_familys_limits_written_out_give_the_same_batches():
    lengths = [50 + (i * 37) % 950 for i in range(2000)]
    written_out = range(300, 1001, 100)
    assert epoch_batches(lengths, 16, 1, 1, limits=written_out) == epoch_batches(lengths, 16, 1, 1)


@given(_LENGTHS, st.integers(1, 40), st.integers(0, 9))
def test_every_clip_comes_and_only_the_last_batch_is_filled_up(lengths, size, epoch):
    batches = epoch_batches(lengths, size, 1234, epoch)
    seen = Counter(index for batch in batches for index in batch)
    assert set(seen) == set(range(len(lengths)))
    assert seen.total() - len(lengths) < size
    assert {len(batch) for batch in batches} == {min(size, len(lengths))}
    assert all(len(set(batch)) == len(batch) for batch in batches)


@given(_LENGTHS, st.integers(1, 8), st.integers(1, 4))
def test_processes_get_as_many_batches_of_equal_size_and_together_all_clips(lengths, size, world):
    shares = [epoch_batches(lengths, size, 1, 2, rank=rank, world=world) for rank in range(world)]
    assert len({len(share) for share in shares}) == 1
    for together in zip(*shares, strict=True):
        assert len({len(batch) for batch in together}) == 1
    assert {index for share in shares for batch in share for index in batch} == set(range(len(lengths)))


def test_epochs_and_seeds_differ():
    lengths = [100 + i % 800 for i in range(500)]
    first = epoch_batches(lengths, 16, 1, 1)
    assert first != epoch_batches(lengths, 16, 1, 2)
    assert first != epoch_batches(lengths, 16, 2, 1)


def test_clips_of_a_batch_are_of_one_bucket_but_for_the_rests():
    lengths = [50 + (i * 37) % 950 for i in range(2000)]
    batches = epoch_batches(lengths, 16, 1, 1)
    mixed = [batch for batch in batches if len({bucket_of(lengths[i]) for i in batch}) > 1]
    assert len(mixed) <= 1 + bucket_of(1000)
    assert len(batches) == 125


def test_six_clips_train_with_any_batch_size():
    """The family's sampler divides by zero here."""
    for size in (1, 4, 6, 64):
        batches = epoch_batches([400, 90, 900, 310, 650, 40], size, 1234, 0)
        assert {index for batch in batches for index in batch} == set(range(6))
    assert len(epoch_batches([400, 90, 900, 310, 650, 40], 64, 1234, 0)) == 1


def test_batches_are_the_same_in_every_python():
    """A value computed once; a resumed run depends on it."""
    assert epoch_batches([100 * i for i in range(1, 8)], 3, 1234, 5) == [[6, 4, 5], [3, 4, 5], [2, 0, 1]]


def test_nothing_gives_nothing_and_impossible_sizes_are_refused():
    assert epoch_batches([], 4, 1, 1) == []
    for bad in ({"batch_size": 0}, {"batch_size": 1, "rank": 2, "world": 2}, {"batch_size": 1, "world": 0}):
        with pytest.raises(ValueError, match="batch_size"):
            epoch_batches([100], seed=1, epoch=1, **bad)
