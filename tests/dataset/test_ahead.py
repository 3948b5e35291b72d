"""Batches for a GPU: waves alone, spectrograms of a whole batch at once, the next batch on its way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from engine.audio.mel import linear_spectrogram
from engine.config import DataConfig
from engine.dataset.loader.ahead import Gpu, one_ahead
from engine.dataset.loader.batch import Batch, Waves, collate, collate_waves, with_spectrograms
from engine.dataset.loader.dataset import Clip
from engine.train.memory.oom import is_out_of_memory

DATA = DataConfig()


def clips_of(*samples: int) -> list[Clip]:
    dice = torch.Generator().manual_seed(3)
    found = []
    for index, count in enumerate(samples):
        wav_L = 0.2 * torch.randn(count, generator=dice)
        spec_CF = linear_spectrogram(wav_L[None], DATA.filter_length, DATA.hop_length, DATA.win_length)[0]
        found.append(Clip(torch.arange(1, 6 + index), wav_L, spec_CF, None, f"{index}.wav"))
    return found


# the second length differs from the first within a frame, and the last is just long enough to be mirrored
def test_spectrograms_of_a_batch_are_those_of_each_clip_alone() -> None:
    clips = clips_of(20_000, 20_111, 9_000, 14_336, 385)
    by_loader = collate(clips)
    waves = collate_waves([Clip(c.ids_N, c.wav_L, None, None, c.name) for c in clips], DATA.hop_length)
    on_device = with_spectrograms(waves, DATA)
    assert on_device.names == by_loader.names
    for name, tensor in by_loader.tensors().items():
        torch.testing.assert_close(on_device.tensors()[name], tensor, rtol=1e-6, atol=1e-6, msg=name)
    behind = on_device.spec_BCF[-1, :, int(on_device.spec_lengths_B[-1]) :]
    assert behind.numel() > 0
    assert behind.eq(0).all()


def test_a_clip_without_spectrogram_is_named() -> None:
    with pytest.raises(ValueError, match=r"0\.wav comes without"):
        collate([Clip(torch.ones(3), torch.zeros(600), None, None, "0.wav")])


NO_MEMORY = torch.OutOfMemoryError("no memory")


class Recorder:
    """A device that writes down what is asked of it, and has no memory for some batches at the first try."""

    def __init__(self, too_large: tuple[str, ...] = (), error: Exception = NO_MEMORY) -> None:
        self.log: list[str] = []
        self.too_large = list(too_large)
        self.error = error

    def start(self, waves: Waves) -> Batch:
        if waves.names[0] in self.too_large:
            self.too_large.remove(waves.names[0])
            self.log.append(f"full {waves.names[0]}")
            raise self.error
        self.log.append(f"start {waves.names[0]}")
        return with_spectrograms(waves, DATA)

    def release(self) -> None:
        self.log.append("release")

    def finish(self, batch: Batch) -> None:
        self.log.append(f"finish {batch.names[0]}")


def batches(log: list[str]) -> Iterator[Waves]:
    for clip in clips_of(2000, 2000, 2000):
        log.append(f"load {clip.name}")
        yield collate_waves([clip], DATA.hop_length)


def used(device: Recorder) -> list[str]:
    for batch in one_ahead(batches(device.log), device, is_out_of_memory):
        device.log.append(f"use {batch.names[0]}")
    return [line.removesuffix(".wav") for line in device.log]


def test_the_next_batch_starts_before_a_batch_is_used_and_behind_its_own_wait() -> None:
    assert used(Recorder()) == [
        *["load 0", "start 0"],
        *["load 1", "finish 0", "start 1", "use 0"],
        *["load 2", "finish 1", "start 2", "use 1"],
        *["finish 2", "use 2"],
    ]


@pytest.mark.parametrize("error", [NO_MEMORY, RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED")])
def test_a_batch_without_memory_starts_when_the_one_before_was_used(error: Exception) -> None:
    assert used(Recorder(("1.wav",), error))[2:9] == [
        *["load 1", "finish 0", "full 1", "use 0", "release", "start 1", "load 2"],
    ]
    with pytest.raises(type(error)):
        used(Recorder(("1.wav", "1.wav"), error))


def test_another_error_of_the_device_is_not_tried_again() -> None:
    device = Recorder(("1.wav",), RuntimeError("CUDA error: device-side assert triggered"))
    with pytest.raises(RuntimeError, match="assert"):
        used(device)
    assert "release" not in device.log


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_computes_the_spectrograms_of_the_loader() -> None:
    clips = clips_of(20_000, 9_000)
    waves = collate_waves(clips, DATA.hop_length).pin_memory()
    [first, _second] = one_ahead([waves, waves], Gpu(torch.device("cuda"), DATA), is_out_of_memory)
    torch.testing.assert_close(first.spec_BCF.cpu(), collate(clips).spec_BCF, rtol=1e-4, atol=1e-4)
