"""Clips as tensors: symbol ids, waveform and linear spectrogram.

The spectrogram is computed each time, on a GPU for the whole batch: for a clip of 8 s that takes about 5 ms of a loader
process, reading it from a file of 1.4 MB is no faster, and a corpus of a day would leave 17 GB of them behind.

Axes: N ids, L samples, C frequency bins, F frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from engine.audio.mel import linear_spectrogram
from engine.audio.wav import read
from engine.config import Config
from engine.dataset.clips.clip_stats import ClipStats
from engine.dataset.clips.issues import Requirements, training_issues
from engine.dataset.prepared import PreparedClip
from engine.errors import InputError
from engine.i18n import _

_PCM16_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip.

    Attributes:
        ids_N: symbol ids (int64), with blanks if the config says so.
        wav_L: samples in [-1, 1], float32.
        spec_CF: linear magnitudes; F = L // hop. None where the GPU computes them.
        speaker: its id, or None for a voice of one speaker.
        name: the file, for messages.
    """

    ids_N: Tensor
    wav_L: Tensor
    spec_CF: Tensor | None
    speaker: int | None
    name: str


class Clips(Dataset[Clip]):
    """What validation prepared, read when asked for.

    Args:
        root: the workspace, which paths of clips are relative to.
        is_trained: False for clips that are only validated on, which may have any length.
        has_spectrograms: False leaves them to the GPU (`batch.with_spectrograms`).

    Raises:
        InputError: from `clips[i]`, when a file changed since it was validated and does not train any more.
    """

    def __init__(
        self,
        prepared: Sequence[PreparedClip],
        config: Config,
        root: str | Path = ".",
        *,
        is_trained: bool = True,
        has_spectrograms: bool = True,
    ) -> None:
        self.prepared = prepared
        self.data = config.data
        self.wanted = Requirements.of(config)
        self.root = Path(root).absolute()
        self.is_trained = is_trained
        self.has_spectrograms = has_spectrograms

    def __len__(self) -> int:
        return len(self.prepared)

    def __getitem__(self, index: int) -> Clip:
        clip, data = self.prepared[index], self.data
        path = self.root / clip.path
        samples_L, rate = read(path, data.sampling_rate)
        stats = ClipStats(rate, channels=1, frames=len(samples_L))
        symbols = len(clip.ids) // 2 if data.add_blank else len(clip.ids)
        for issue in training_issues(stats, symbols, self.wanted, is_trained=self.is_trained):
            what = _("changed since it was validated: {reason}").format(reason=issue.reason)
            raise InputError(what, path=path)
        wav_L = torch.from_numpy(np.ascontiguousarray(samples_L))
        if data.max_wav_value != _PCM16_FULL_SCALE:
            wav_L = wav_L * (_PCM16_FULL_SCALE / data.max_wav_value)
        spec_CF = None
        if self.has_spectrograms:
            sizes = (data.filter_length, data.hop_length, data.win_length)
            spec_CF = linear_spectrogram(wav_L.unsqueeze(0), *sizes)[0]
        ids_N = torch.tensor(clip.ids, dtype=torch.int64)
        return Clip(ids_N, wav_L, spec_CF, clip.speaker, str(path))
