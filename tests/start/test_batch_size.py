"""The batch size of a new run: never above the preset's, at most what fits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from engine import batch_size
from engine.config import Config
from engine.dataset.prepared import PreparedClip
from engine.train.memory import batch_probe
from engine.train.state import TrainingState
from tests.train.conftest import TINY, with_train

CLIP = PreparedClip("0.wav", None, (1, 2, 3), 86)


def chosen(wanted: int, clips: int, devices: int = 1, fitting: int | None = 10**6) -> tuple[int, str]:
    """`fitting`: what the device has memory for; None where that cannot be told."""

    def measure(config: Config, clips: Sequence[PreparedClip], sizes: Sequence[int]) -> int | None:
        del config, clips
        return None if fitting is None else max(size for size in sizes if size <= fitting)

    return batch_size.choose(with_train(TINY, batch_size=wanted), [CLIP] * clips, devices, measure)


@pytest.mark.parametrize(
    ("wanted", "clips", "devices", "size"),
    [(6, 17, 1, 4), (6, 24, 1, 6), (64, 8000, 1, 64), (64, 100, 1, 16), (64, 100, 3, 8), (6, 3, 1, 1)],
)
def test_batch_is_lowered_to_a_quarter_of_the_clips_and_never_raised(
    wanted: int, clips: int, devices: int, size: int
) -> None:
    found, why = chosen(wanted, clips, devices)
    assert found == size
    assert ("instead of" in why) == (found != wanted)


def test_batch_is_lowered_to_what_fits_the_gpu_where_that_can_be_measured() -> None:
    assert chosen(64, 8000, fitting=24) == (
        16,
        "batch size 16 instead of 64: it must fit 80% of the GPU's free memory",
    )
    assert chosen(6, 8000, fitting=6) == (6, "batch size 6, as the preset says")
    assert chosen(64, 8000, fitting=None) == (64, "batch size 64: what fits the GPU could not be measured")


def test_child_process_measures_steps_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch_size.measured(TINY, [CLIP], [1, 2], device="cpu") == 2
    monkeypatch.setattr("sys.executable", "/no/such/python")
    assert batch_size.measured(TINY, [CLIP], [1, 2]) is None


def test_memory_that_is_too_small_takes_the_smallest_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter([0, 500, 900])  # bytes: at the start, then after a step of one clip, of two clips

    monkeypatch.setattr(batch_probe, "device_bytes", lambda device: next(held))
    cpu = torch.device("cpu")
    assert batch_probe.largest_fit(TINY, [1, 2, 3], cpu, 1000, frames=90, ids=20) == 1


def test_nothing_is_compiled_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, seen = batch_probe.new_state, list[bool]()

    def spy(config: Config, n_symbols: int, device: torch.device) -> TrainingState:
        seen.append(config.train.compile)
        return usual(config, n_symbols, device)

    monkeypatch.setattr(batch_probe, "new_state", spy)
    config = with_train(TINY, compile=True)
    batch_probe.largest_fit(config, [1], torch.device("cpu"), 1 << 40, frames=90, ids=20)
    assert seen == [False]
