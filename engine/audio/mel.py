"""Linear and mel spectrograms as the seed family takes them.

Axes: B batch, L samples, C bins (n_fft / 2 + 1), F frames, M mels.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from engine.config import DataConfig

# What is cached below may be made first under inference mode and used in training later: a tensor born in
# inference mode cannot be saved for a backward pass, hence `inference_mode(False)`.


@lru_cache(maxsize=8)
def _hann(size: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.hann_window(size, device=device)


def linear_spectrogram(
    wav_BL: Tensor, n_fft: int, hop_samples: int, win_samples: int, lengths_B: Tensor | None = None
) -> Tensor:
    """Magnitudes (B, C, L // hop) in float32; sqrt(re^2 + im^2 + 1e-6) keeps the gradient finite at silence.

    Args:
        lengths_B: samples of each wave, where shorter ones are padded: each gets the numbers that it gets alone, and
            zeros in the frames behind its end.

    Raises:
        ValueError: the wave is too short to be mirrored at its ends.
    """
    edge = (n_fft - hop_samples) // 2
    if wav_BL.shape[-1] <= edge:
        raise ValueError(f"a wave of {wav_BL.shape[-1]} samples is too short for n_fft {n_fft}")
    with torch.autocast(wav_BL.device.type, enabled=False):
        wav = wav_BL.float()
        # mirrored by hand: the gradient of torch's reflection is not reproducible on a GPU
        before, after = wav[:, 1 : edge + 1].flip(1), wav[:, -edge - 1 : -1].flip(1)
        if lengths_B is None:
            padded = torch.cat([before, wav, after], dim=1)
        else:
            steps_BE = torch.arange(edge, device=wav.device) + lengths_B[:, None]
            after = wav.gather(1, (2 * lengths_B[:, None] - 2 - steps_BE).clamp_min(0))
            padded = torch.cat([before, wav, torch.zeros_like(before)], dim=1)
            padded = padded.scatter(1, edge + steps_BE, after)
        bins = torch.stft(
            padded,
            n_fft,
            hop_samples,
            win_samples,
            _hann(win_samples, wav_BL.device),
            center=False,
            return_complex=True,
        )
        spec = torch.sqrt(bins.real.square() + bins.imag.square() + 1e-6)
        if lengths_B is not None:
            behind_BF = torch.arange(spec.shape[2], device=spec.device) >= (lengths_B // hop_samples)[:, None]
            spec = spec.masked_fill(behind_BF[:, None], 0.0)
        return spec


def torchaudio_filters(data: DataConfig) -> Tensor:
    """Slaney's mel filter bank (M, C) by torchaudio. Raises ImportError or OSError where it cannot load."""
    from torchaudio.functional import melscale_fbanks

    filters: Tensor = melscale_fbanks(
        data.n_spec_channels,
        data.mel_fmin,
        data.mel_fmax or data.sampling_rate / 2,
        data.n_mel_channels,
        data.sampling_rate,
        norm="slaney",
        mel_scale="slaney",
    )
    return filters.T.contiguous()


def librosa_filters(data: DataConfig) -> Tensor:
    """The same filter bank by librosa: torchaudio refuses to load beside a torch of another CUDA."""
    from librosa.filters import mel

    filters = mel(
        sr=data.sampling_rate,
        n_fft=data.filter_length,
        n_mels=data.n_mel_channels,
        fmin=data.mel_fmin,
        fmax=data.mel_fmax,
    )
    return torch.from_numpy(filters)


@lru_cache(maxsize=8)
def mel_filters(data: DataConfig, device: torch.device) -> Tensor:
    """Slaney's mel filter bank (M, C) on `device`, made once."""
    with torch.inference_mode(False):
        try:
            filters = torchaudio_filters(data)
        except (ImportError, OSError):
            filters = librosa_filters(data)
        return filters.to(device)


def mel_from_linear(spec_BCF: Tensor, data: DataConfig) -> Tensor:
    """Log mels (B, M, F) of a linear spectrogram; silence ends at log(1e-5)."""
    with torch.autocast(spec_BCF.device.type, enabled=False):
        mels = mel_filters(data, spec_BCF.device) @ spec_BCF.float()
        return mels.clamp_min(1e-5).log()


def mel_spectrogram(wav_BL: Tensor, data: DataConfig) -> Tensor:
    """Log mels (B, M, F) of a wave."""
    spec = linear_spectrogram(wav_BL, data.filter_length, data.hop_length, data.win_length)
    return mel_from_linear(spec, data)
