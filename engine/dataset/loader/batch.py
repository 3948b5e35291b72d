"""Clips of different lengths as tensors of one shape, zeros behind their ends.

Axes: B batch, N ids, L samples, C frequency bins, F frames; 1 is a channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.dataset.loader.dataset import Clip


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded clips, longest spectrogram first. `names` are the files, in the same order."""

    x_BN: Tensor
    x_lengths_B: Tensor
    spec_BCF: Tensor
    spec_lengths_B: Tensor
    wav_B1L: Tensor
    wav_lengths_B: Tensor
    speaker_B: Tensor | None
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def to(self, device: torch.device | str) -> Batch:
        """The batch on a device; from pinned memory without waiting."""
        return self._with(lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> Batch:
        """The batch in memory that a GPU can fetch from by itself; the loader calls this."""
        return self._with(Tensor.pin_memory)

    def _with(self, move: Callable[[Tensor], Tensor]) -> Batch:
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        moved: dict[str, Any] = {
            name: move(value) for name, value in values.items() if isinstance(value, Tensor)
        }
        return dataclasses.replace(self, **moved)


def collate(clips: Sequence[Clip]) -> Batch:
    """Clips as a batch, sorted by length of their spectrograms, longest first, as in the family.

    Clips of one batch all have a speaker or none has. Ties keep their order, so the batch is a function of its clips.
    """
    ordered = sorted(clips, key=lambda clip: -clip.spec_CF.shape[1])
    ids = [clip.ids_N for clip in ordered]
    specs = [clip.spec_CF for clip in ordered]
    wavs = [clip.wav_L.unsqueeze(0) for clip in ordered]
    speakers = [clip.speaker for clip in ordered if clip.speaker is not None]
    if speakers and len(speakers) != len(ordered):
        raise ValueError("some clips of the batch have a speaker, others have none")
    return Batch(
        x_BN=_padded(ids),
        x_lengths_B=_lengths(ids),
        spec_BCF=_padded(specs),
        spec_lengths_B=_lengths(specs),
        wav_B1L=_padded(wavs),
        wav_lengths_B=_lengths(wavs),
        speaker_B=torch.tensor(speakers, dtype=torch.int64) if speakers else None,
        names=tuple(clip.name for clip in ordered),
    )


def _padded(tensors: Sequence[Tensor]) -> Tensor:
    """Stacked along a new first axis, the last axis padded with zeros to the longest."""
    longest = max(tensor.shape[-1] for tensor in tensors)
    padded = tensors[0].new_zeros(len(tensors), *tensors[0].shape[:-1], longest)
    for row, tensor in zip(padded, tensors, strict=True):
        row[..., : tensor.shape[-1]] = tensor
    return padded


def _lengths(tensors: Sequence[Tensor]) -> Tensor:
    return torch.tensor([tensor.shape[-1] for tensor in tensors], dtype=torch.int64)
