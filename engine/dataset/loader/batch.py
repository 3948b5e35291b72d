"""Clips of different lengths as tensors of one shape, zeros behind their ends.

Axes: B batch, N ids, L samples, C frequency bins, F frames; 1 is a channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from engine.audio.mel import linear_spectrogram
from engine.config import DataConfig
from engine.dataset.loader.dataset import Clip


@dataclass(frozen=True, slots=True)
class Waves:
    """Padded clips, longest first, whose spectrograms are still to be computed (`with_spectrograms`).

    `names` are the files, in the same order.
    """

    x_BN: Tensor
    x_lengths_B: Tensor
    spec_lengths_B: Tensor
    wav_B1L: Tensor
    wav_lengths_B: Tensor
    speaker_B: Tensor | None
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def to(self, device: torch.device | str) -> Self:
        """The batch on a device; from pinned memory without waiting."""
        return self._with(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """The batch in memory that a GPU can fetch from by itself; the loader calls this."""
        return self._with(Tensor.pin_memory)

    def tensors(self) -> dict[str, Tensor]:
        """The tensors by their names."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Tensor)}

    def _with(self, move: Callable[[Tensor], Tensor]) -> Self:
        moved: dict[str, Any] = {name: move(tensor) for name, tensor in self.tensors().items()}
        return dataclasses.replace(self, **moved)


@dataclass(frozen=True, slots=True)
class Batch(Waves):
    """Padded clips with their spectrograms."""

    spec_BCF: Tensor


def collate(clips: Sequence[Clip]) -> Batch:
    """Clips as a batch, sorted by length of their spectrograms, longest first, as in the family.

    Clips of one batch all have a speaker or none has. Ties keep their order, so the batch is a function of its clips.
    """
    ordered = sorted(clips, key=lambda clip: -_spectrogram(clip).shape[1])
    specs = [_spectrogram(clip) for clip in ordered]
    return Batch(**_shared(ordered, _lengths(specs)), spec_BCF=_padded(specs))


def collate_waves(clips: Sequence[Clip], hop_samples: int) -> Waves:
    """The same batch of clips that come without spectrograms."""
    ordered = sorted(clips, key=lambda clip: -(len(clip.wav_L) // hop_samples))
    frames_B = torch.tensor([len(clip.wav_L) // hop_samples for clip in ordered])
    return Waves(**_shared(ordered, frames_B))


def with_spectrograms(waves: Waves, data: DataConfig) -> Batch:
    """The batch with its spectrograms, computed on its device from all waves at once."""
    spec_BCF = linear_spectrogram(
        waves.wav_B1L.squeeze(1), data.filter_length, data.hop_length, data.win_length, waves.wav_lengths_B
    )
    values = {each.name: getattr(waves, each.name) for each in dataclasses.fields(Waves)}
    return Batch(**values, spec_BCF=spec_BCF)


def _spectrogram(clip: Clip) -> Tensor:
    if clip.spec_CF is None:
        raise ValueError(f"{clip.name} comes without its spectrogram")
    return clip.spec_CF


def _shared(ordered: Sequence[Clip], frames_B: Tensor) -> dict[str, Any]:
    """What both kinds of batches hold."""
    ids = [clip.ids_N for clip in ordered]
    wavs = [clip.wav_L.unsqueeze(0) for clip in ordered]
    speakers = [clip.speaker for clip in ordered if clip.speaker is not None]
    if speakers and len(speakers) != len(ordered):
        raise ValueError("some clips of the batch have a speaker, others have none")
    return {
        "x_BN": _padded(ids),
        "x_lengths_B": _lengths(ids),
        "spec_lengths_B": frames_B,
        "wav_B1L": _padded(wavs),
        "wav_lengths_B": _lengths(wavs),
        "speaker_B": torch.tensor(speakers, dtype=torch.int64) if speakers else None,
        "names": tuple(clip.name for clip in ordered),
    }


def _padded(tensors: Sequence[Tensor]) -> Tensor:
    """Stacked along a new first axis, the last axis padded with zeros to the longest."""
    longest = max(tensor.shape[-1] for tensor in tensors)
    padded = tensors[0].new_zeros(len(tensors), *tensors[0].shape[:-1], longest)
    for row, tensor in zip(padded, tensors, strict=True):
        row[..., : tensor.shape[-1]] = tensor
    return padded


def _lengths(tensors: Sequence[Tensor]) -> Tensor:
    return torch.tensor([tensor.shape[-1] for tensor in tensors], dtype=torch.int64)
