"""How far an exported file is from the voice that it was made of, on the same ids and without noise.

Axes: L samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.audio.mel import mel_spectrogram
from engine.audio.resample import resample
from engine.config import DataConfig
from engine.model.voice import Voice
from engine.quality.distances import mel_distance
from engine.quality.judges import RATE, OpinionJudge
from engine.speak.onnx.quantise import signal_to_noise
from engine.speak.onnx.session import run, sentence_feed

Wave = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A line spoken twice: samples of both, and the largest difference of any two."""

    torch_samples: int
    file_samples: int
    difference: float


@dataclass(frozen=True, slots=True)
class Loss:
    """What a smaller file loses against another one, the mean over sentences.

    Attributes:
        mel: mean difference of natural-log mels; None where the durations differ.
        snr_db: signal to noise over all samples; None where the durations differ.
        opinions: predicted opinion of the other file and of the smaller one; None without the extra `quality`.
    """

    mel: float | None
    snr_db: float | None
    opinions: tuple[float, float] | None


def compare(voice: Voice, session: Any, ids: Sequence[int]) -> Comparison:
    """Speak ids by torch and by the file, by the first of the speakers."""
    ids_BN, lengths_B = torch.tensor([ids]), torch.tensor([len(ids)])
    speaker_B = None if voice.emb_g is None else torch.tensor([0])
    spoken = voice.infer(ids_BN, lengths_B, speaker_B, noise_scale=0.0, noise_scale_w=0.0)
    wave_L, other_L = spoken.wave_B1L[0, 0].numpy(), _spoken(session, ids)
    size = min(len(wave_L), len(other_L))
    return Comparison(len(wave_L), len(other_L), float(np.abs(wave_L[:size] - other_L[:size]).max()))


def loss(before: Any, after: Any, texts: Sequence[Sequence[int]], data: DataConfig) -> Loss:
    """What a file loses against another one on ids of texts."""
    pairs = [(_spoken(before, ids), _spoken(after, ids)) for ids in texts]
    opinions = _opinions(pairs, data.sampling_rate) if OpinionJudge.is_installed() else None
    if any(len(one_L) != len(other_L) for one_L, other_L in pairs):
        return Loss(None, None, opinions)
    mels = [mel_distance(_mel(one_L, data), _mel(other_L, data)) for one_L, other_L in pairs]
    one_L, other_L = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return Loss(float(np.mean(mels)), signal_to_noise(one_L, other_L), opinions)


def _spoken(session: Any, ids: Sequence[int]) -> Wave:
    wave_L: Wave = run(session, sentence_feed(ids))[0, 0]
    return wave_L


def _mel(wave_L: Wave, data: DataConfig) -> NDArray[np.float32]:
    mel_MF: NDArray[np.float32] = mel_spectrogram(torch.from_numpy(wave_L)[None], data)[0].numpy()
    return mel_MF


def _opinions(pairs: Sequence[tuple[Wave, Wave]], rate: int) -> tuple[float, float]:
    judge = OpinionJudge()
    heard = [[np.asarray(resample(wave_L, rate, RATE), np.float32) for wave_L in pair] for pair in pairs]
    one, other = (float(np.mean([judge.score(pair[side]) for pair in heard])) for side in (0, 1))
    return one, other
