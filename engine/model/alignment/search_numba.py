"""Monotonic alignment search of one item, compiled by numba (Glow-TTS, arXiv 2005.11129, algorithm 1).

The twin of search_cython.pyx for machines without a compiler.

`best[token + 1]` is the best sum of scores of a path that has reached `token` at the current frame, `last` the same at
the frame before; place 0 stands before the text and is only allowed at the start. For the way back one byte a cell
keeps whether the path moved on. Equal sums stay, as in the reference. Axes: F frames, N text positions.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def search(score_FN: NDArray[np.float32], n_text: int, n_frames: int, token_F: NDArray[np.int64]) -> None:
    """Write the text position of each of the first `n_frames` frames into `token_F`.

    score_FN: log likelihood of every frame under every text position; 1 <= n_text <= n_frames.
    """
    last = np.full(n_text + 1, -np.inf, dtype=np.float32)
    best = np.full(n_text + 1, -np.inf, dtype=np.float32)
    last[0] = 0.0
    moved = np.empty((n_frames, n_text), dtype=np.uint8)
    for frame in range(n_frames):
        first = max(0, n_text + frame - n_frames)
        end = min(n_text, frame + 1)
        # slices and a count from 0 let the compiler see that no index is negative, and take many cells at once
        score, flags = score_FN[frame, first:end], moved[frame, first:end]
        moves, stays, out = last[first:end], last[first + 1 : end + 1], best[first + 1 : end + 1]
        for i in range(end - first):
            flags[i] = stays[i] < moves[i]
            out[i] = score[i] + (moves[i] if stays[i] < moves[i] else stays[i])
        last[0] = -np.inf
        last, best = best, last
    token = n_text - 1
    for frame in range(n_frames - 1, -1, -1):
        token_F[frame] = token
        if token != 0 and (token == frame or moved[frame, token]):
            token -= 1
