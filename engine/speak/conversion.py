"""A recording by another speaker of a voice (VITS, arXiv 2106.06103, section 4.4).

    wave -> spectrogram -> enc_q -> z -> flow of the one -> flow of the other, backwards -> z -> dec -> wave

Each step works in windows that overlap by what the step looks at, so a recording of any length fits into memory and
gives what it would give as a whole. z is drawn from the posterior, as the family does, not its mean; the noise is
drawn frame after frame, so it does not depend on the windows.

Axes: B batch, L samples, C channels, F frames.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.random import default_rng  # loaded here: numpy loads it at first use, and a Ctrl+C in that is lost
from numpy.typing import NDArray
from torch import Tensor

from engine.audio import sink
from engine.audio.mel import linear_spectrogram
from engine.audio.resample import resampled
from engine.audio.wav import Recording
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.model.voice import Voice
from engine.speak.manner import check_seed
from engine.speak.network import check_sound
from engine.speak.speakers import check_several, check_speaker
from engine.speak.windows import Array, in_windows

WINDOW_FRAMES = 512  # 6 s at 22050 Hz


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was converted, without its samples. `took_s`: seconds of work."""

    rate: int
    seconds: float
    took_s: float
    ratio: float  # seconds of audio for each second of work
    warnings: list[str]


def convert_to_file(
    voice: Voice,
    config: Config,
    source: Path,
    target: Path,
    *,
    from_speaker: int,
    to_speaker: int,
    seed: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Convert a recording of any kind, rate and length into a wav, flac, ogg or mp3 file, written as it is made.

    Args:
        voice: as `engine.speak.torch_network.read_voice` gives it, with its config.
        from_speaker: id of the one who is heard in it; to_speaker: of the one who is to be heard.
        seed: the same seed gives the same sound; None draws a new one.
        on_progress: called with seconds done and in all.

    Raises:
        InputError: a voice with one speaker, a speaker that is not there, a bad seed, the target is the source, a
            recording that is too short, or whatever `Recording` and `engine.audio.sink.write` raise.
    """
    started = time.perf_counter()
    check_several(config)
    for number in (from_speaker, to_speaker):
        check_speaker(config, number)
    check_seed(seed)
    recording = Recording(source)
    if target.exists() and target.samefile(source):
        raise InputError(_("would overwrite its own source"), path=source, fix=_("choose another file"))
    rate = config.data.sampling_rate

    def waves() -> Iterator[NDArray[np.float32]]:
        samples, total = 0, max(1, round(recording.head.seconds))
        for wave_L in converted(voice, config, recording, from_speaker, to_speaker, seed=seed):
            yield wave_L
            samples += len(wave_L)
            if on_progress is not None:
                on_progress(min(samples // rate, total), total)

    seconds = sink.write(target, waves(), rate) / rate
    took_s = time.perf_counter() - started
    return Conversion(rate, seconds, took_s, seconds / took_s, recording.warnings)


@torch.inference_mode()
def converted(
    voice: Voice,
    config: Config,
    recording: Recording,
    from_speaker: int,
    to_speaker: int,
    *,
    seed: int | None = None,
    window_frames: int = WINDOW_FRAMES,
) -> Iterator[NDArray[np.float32]]:
    """A recording by another speaker, in pieces (L,) at the voice's rate; a last part of a frame is left out.

    Raises:
        InputError: too short for one frame, or weights that have diverged.
    """
    data, device = config.data, next(voice.parameters()).device
    source_B, target_B = (torch.tensor([one], device=device) for one in (from_speaker, to_speaker))
    noise = default_rng(seed)
    edge = (data.filter_length - data.hop_length) // 2

    def on_device(function: Callable[[Tensor], Tensor]) -> Callable[[Array], Array]:
        def call(values: Array) -> Array:
            found: Array = function(torch.from_numpy(values).to(device)).float().cpu().numpy()
            return found

        return call

    def spectrogram(wav_BL: Tensor) -> Tensor:
        least = max(edge + 1, data.hop_length)
        if wav_BL.shape[-1] < least:
            what = _("is shorter than {seconds:.2f} s, of which no spectrogram can be made")
            what = what.format(seconds=least / data.sampling_rate)
            raise InputError(what, path=recording.path, fix=_("give a longer one"))
        return linear_spectrogram(wav_BL, data.filter_length, data.hop_length, data.win_length)

    def sampled(stats_BCF: Array) -> Array:
        mean, logs = np.split(stats_BCF, 2, axis=1)
        drawn_FC = noise.standard_normal((mean.shape[2], mean.shape[1]), dtype=np.float32)
        found: Array = mean + drawn_FC.T[None] * np.exp(logs)
        return found

    pieces = resampled(recording.mono(), recording.head.rate, data.sampling_rate)
    spectrograms = in_windows(
        (piece_L[None] for piece_L in pieces),
        on_device(spectrogram),
        -(-edge // data.hop_length),
        window_frames,
        samples_in=data.hop_length,
    )
    stats = in_windows(
        spectrograms,
        on_device(lambda spec_BCF: torch.cat(voice.posterior(spec_BCF, source_B), dim=1)),
        voice.enc_q.context_frames,
        window_frames,
    )
    latents = in_windows(
        (sampled(stats_BCF) for stats_BCF in stats),
        on_device(lambda z_BCF: voice.convert(z_BCF, source_B, target_B)),
        2 * voice.flow.context_frames,
        window_frames,
    )
    decoded = in_windows(
        latents,
        on_device(lambda z_BCF: voice.dec(z_BCF).wave_B1L),
        voice.dec.context_frames,
        window_frames,
        samples_out=data.hop_length,
    )
    for wave_B1L in decoded:
        check_sound(wave_B1L)
        yield wave_B1L[0, 0]
