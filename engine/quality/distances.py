"""Distances between the mel spectrograms of two readings of one text, which may differ in their timing.

Axes: M mels, F frames of the recording, G frames of the spoken sentence, P steps of the path between them, C cepstral
coefficients.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

COEFFICIENTS = 13  # without the 0th, which is loudness
_DECIBELS = 10.0 / math.log(10.0) * math.sqrt(2.0)

Mel = NDArray[np.float32]


def mel_distance(recorded_MP: Mel, spoken_MP: Mel) -> float:
    """Mean absolute difference of natural-log mels over bands and frames, unweighted."""
    return float(np.abs(recorded_MP - spoken_MP).mean())


def mel_cepstral_distortion(recorded_MP: Mel, spoken_MP: Mel) -> float:
    """Mel-cepstral distortion in dB, the mean over frames.

    10 / ln 10 * sqrt(2 * sum of squared differences of coefficients 1 to 13) (Kubichek, "Mel-cepstral distance measure
    for objective speech quality assessment", 1993). The coefficients are those of the cosine series of the natural-log
    mels, so that the figure is the root mean square difference in dB of the smoothed spectra.
    """
    bands = len(recorded_MP)
    orders_C1 = np.arange(1, COEFFICIENTS + 1)[:, None]
    cosines_CM = 2.0 / bands * np.cos(np.pi / bands * orders_C1 * (np.arange(bands) + 0.5))
    difference_CP = cosines_CM @ (recorded_MP - spoken_MP)
    return float(_DECIBELS * np.sqrt(np.square(difference_CP).sum(0)).mean())


def aligned(recorded_MF: Mel, spoken_MG: Mel) -> tuple[Mel, Mel]:
    """Both spectrograms (M, P) along the path of dynamic time warping that makes their mel distance least.

    Steps go one frame ahead in either or in both (Sakoe and Chiba 1978, without a slope constraint). librosa has the
    same, but takes three seconds to load.
    """
    total_FG = _path_costs(recorded_MF, spoken_MG)
    f, g = total_FG.shape[0] - 1, total_FG.shape[1] - 1
    f_P, g_P = [f], [g]
    while f or g:
        before = [(f - 1, g - 1), (f - 1, g), (f, g - 1)]
        f, g = min((cell for cell in before if min(cell) >= 0), key=lambda cell: total_FG[cell])
        f_P.append(f)
        g_P.append(g)
    return recorded_MF[:, f_P], spoken_MG[:, g_P]


def _path_costs(recorded_MF: Mel, spoken_MG: Mel) -> NDArray[np.float64]:
    """The cost of the cheapest path to each pair of frames (F, G).

    In row f a path enters at a frame k and goes on to g: total[f, g] is the least entry[k] + cost[k] + ... + cost[g].
    With sums from the row's start this is a running minimum, without a loop over g.
    """
    totals: list[NDArray[np.float64]] = []
    for recorded_M in recorded_MF.T:
        cost_G = np.abs(spoken_MG - recorded_M[:, None]).sum(0, dtype=np.float64)
        sums_G = cost_G.cumsum()
        if totals:
            entry_G = totals[-1].copy()
            entry_G[1:] = np.minimum(entry_G[1:], totals[-1][:-1])
            totals.append(sums_G + np.minimum.accumulate(entry_G - (sums_G - cost_G)))
        else:
            totals.append(sums_G)
    return np.stack(totals)
