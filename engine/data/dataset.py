"""Clips as tensors: symbol ids, waveform and linear spectrogram.

The spectrogram is computed each time: for a clip of 8 s that takes about 5 ms of a loader process, reading it from a
file of 1.4 MB is no faster, and a corpus of a day would leave 17 GB of them behind.

Axes: N ids, L samples, C frequency bins, F frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from engine.audio.mel import linear_spectrogram
from engine.audio.wav import read
from engine.config import Config
from engine.data.preflight import Utterance

_PCM16_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip.

    Attributes:
        ids_N: symbol ids (int64), with blanks if the config says so.
        wav_L: samples in [-1, 1], float32.
        spec_CF: linear magnitudes; F = L // hop.
        speaker: its id, or None for a voice of one speaker.
        name: the file, for messages.
    """

    ids_N: Tensor
    wav_L: Tensor
    spec_CF: Tensor
    speaker: int | None
    name: str


class Clips(Dataset[Clip]):
    """What preflight found fit to train on, read when asked for.

    Raises:
        InputError: from `clips[i]`, when a file changed since it was checked.
    """

    def __init__(self, utterances: Sequence[Utterance], config: Config) -> None:
        self.utterances = utterances
        self.data = config.data

    def __len__(self) -> int:
        return len(self.utterances)

    def __getitem__(self, index: int) -> Clip:
        utterance, data = self.utterances[index], self.data
        samples_L, _ = read(utterance.path, data.sampling_rate)
        wav_L = torch.from_numpy(np.ascontiguousarray(samples_L))
        if data.max_wav_value != _PCM16_FULL_SCALE:
            wav_L = wav_L * (_PCM16_FULL_SCALE / data.max_wav_value)
        spec_BCF = linear_spectrogram(
            wav_L.unsqueeze(0), data.filter_length, data.hop_length, data.win_length
        )
        ids_N = torch.tensor(utterance.ids, dtype=torch.int64)
        return Clip(ids_N, wav_L, spec_BCF[0], utterance.speaker_id, utterance.path)
