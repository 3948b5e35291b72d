"""A voice's network as functions of arrays, and one sentence through them; without torch.

    ids -> read -> durations, mean, deviation -> laid out along the frames -> flow -> decode -> samples
                                                 noise ----^

The noise is numpy's, so a seed gives the same sound with every runtime and on every device.

Axes: N text positions, C channels, F frames, L samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import default_rng  # loaded here: numpy loads it at first use, and a Ctrl+C in that is lost
from numpy.typing import NDArray

from engine.errors import InputError
from engine.i18n import _
from engine.speak.windows import Array, growing, in_windows

NDArrayInt = NDArray[np.int64]
LONGEST_S = 120.0  # of one sentence; longer ones are a fault of the weights
OLDER = _("speak with an older checkpoint")


@dataclass(frozen=True, slots=True)
class Scales:
    """How much the sound and the rhythm vary, and how slowly it is spoken."""

    noise: float = 0.667
    rhythm: float = 0.8
    length: float = 1.0


@dataclass(frozen=True, slots=True)
class Windows:
    """Sizes of the windows in which the flow and the decoder work; they go on growing from sentence to sentence."""

    flow: Iterator[int] = field(default_factory=lambda: growing(64))
    decoder: Iterator[int] = field(default_factory=lambda: growing(16))


class Network(ABC):
    """What a runtime makes of a voice.

    Attributes:
        runtime: "torch" or "onnx"; precision: "fp32", "bf16" or "int8".
        rate: samples a second; hop: samples a frame.
    """

    runtime: str
    precision: str
    rate: int
    hop: int

    @abstractmethod
    def say(
        self, ids: Sequence[int], speaker: int, scales: Scales, seed: Sequence[int], windows: Windows | None
    ) -> Iterator[Array]:
        """Speak one sentence: samples (L,), in one piece or in `windows`.

        Args:
            seed: numbers that decide on the noise.

        Raises:
            InputError: durations that are no numbers or too long, as weights that have diverged make them.
        """

    def for_workers(self, threads: int) -> Network | None:
        """The same network for several callers at once, `threads` each; None where that is no faster."""
        del threads
        return None


class WindowedNetwork(Network):
    """A network in three parts, of which the flow and the decoder can work in windows.

    Attributes:
        flow_context, decoder_context: frames before and behind one that decide on it.
    """

    flow_context: int
    decoder_context: int

    @abstractmethod
    def read(self, ids: Sequence[int], speaker: int, noise_2N: Array) -> tuple[Array, Array, Array]:
        """Frames of each id (N,), not yet whole, and mean and log deviation (C, N) of the latent."""

    @abstractmethod
    def flow(self, z_p_CF: Array, speaker: int) -> Array:
        """The prior's latent to the decoder's: (C, F)."""

    @abstractmethod
    def decode(self, z_CF: Array) -> Array:
        """The latent to samples (L,)."""

    def say(
        self, ids: Sequence[int], speaker: int, scales: Scales, seed: Sequence[int], windows: Windows | None
    ) -> Iterator[Array]:
        """As `Network.say`."""
        z_p_CF = self.prior(ids, speaker, scales, seed)
        if windows is None:
            yield self.decode(self.flow(z_p_CF, speaker))
            return
        latents = in_windows([z_p_CF], lambda z: self.flow(z, speaker), self.flow_context, windows.flow)
        yield from in_windows(
            latents, self.decode, self.decoder_context, windows.decoder, samples_out=self.hop
        )

    def prior(self, ids: Sequence[int], speaker: int, scales: Scales, seed: Sequence[int]) -> Array:
        """A sentence's latent (C, F) before the flow. Raises InputError: as `say`."""
        noise = default_rng(list(seed))
        rhythm_2N = scales.rhythm * noise.standard_normal((2, len(ids)), dtype=np.float32)
        durations_N, mean_CN, logs_CN = self.read(ids, speaker, rhythm_2N)
        frames_N = whole_frames(durations_N * np.float32(scales.length), self.rate // self.hop)
        mean_CF, logs_CF = (_along(stats_CN, frames_N) for stats_CN in (mean_CN, logs_CN))
        drawn_FC = noise.standard_normal(mean_CF.shape[::-1], dtype=np.float32)
        z_p_CF: Array = mean_CF + drawn_FC.T * np.exp(logs_CF) * np.float32(scales.noise)
        return z_p_CF


def whole_frames(durations_N: Array, rate: int) -> NDArrayInt:
    """Durations rounded up. Raises InputError: not finite, or more than `LONGEST_S` at `rate` frames a second."""
    if not np.isfinite(durations_N).all():
        raise InputError(_("durations are not finite: the weights are damaged"), fix=OLDER)
    frames_N = np.ceil(durations_N)
    if frames_N.sum() > LONGEST_S * rate:
        raise too_long()
    return frames_N.astype(np.int64)


def _along(stats_CN: Array, frames_N: NDArrayInt) -> Array:
    """A symbol's statistics for each of its frames (C, F); one frame of zeros where there is none."""
    stats_CF = np.repeat(stats_CN, frames_N, axis=1)
    return stats_CF if stats_CF.shape[1] else np.zeros((len(stats_CN), 1), np.float32)


def too_long() -> InputError:
    """The error for a sentence of more than `LONGEST_S`."""
    what = _("one sentence would last more than {longest_s:g} s").format(longest_s=LONGEST_S)
    return InputError(what, fix=OLDER)


def check_sound(wave: Array) -> None:
    """Raises InputError: samples that are no numbers, as weights that have diverged make them."""
    if not np.isfinite(wave).all():
        raise InputError(_("the sound is not finite: the weights are damaged"), fix=OLDER)
