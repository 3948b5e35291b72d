"""Mel spectrograms and alignments as PNG files and as images for TensorBoard."""

from __future__ import annotations

import io

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

# dark violet, blue, green, yellow: lightness rises all the way, so it reads in grey too
_RAMP = np.array(
    [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]],
    dtype=np.float32,
)
_MIN_HEIGHT = 160


def colour(values_HW: torch.Tensor) -> NDArray[np.uint8]:
    """Values (height, width) of any range, row 0 at the bottom, to RGB bytes (height, width, 3)."""
    values = values_HW.detach().float().cpu().flip(0)
    low, high = values.aminmax()
    scaled = ((values - low) / (high - low).clamp_min(1e-8)).nan_to_num().numpy()
    stops = np.linspace(0, 1, len(_RAMP))
    channels = [np.interp(scaled, stops, channel) for channel in _RAMP.T]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def png(values_HW: torch.Tensor) -> bytes:
    """A PNG file of `colour(values_HW)`, scaled up by a whole factor so that small ones can be seen."""
    pixels = colour(values_HW)
    factor = max(1, -(-_MIN_HEIGHT // pixels.shape[0]))
    buffer = io.BytesIO()
    Image.fromarray(pixels.repeat(factor, 0).repeat(factor, 1)).save(buffer, "PNG")
    return buffer.getvalue()
