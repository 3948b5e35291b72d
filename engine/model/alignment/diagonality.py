"""How straight an alignment runs from the first sound to the last.

Speech takes its sounds one after the other at a fairly even pace, so the path from text to frames stays near the
diagonal. A voice whose alignment has failed gives nearly all frames to one token and rushes through the others:

    tokens  . . . . . # #        tokens  . . . . . . #
            . . . # # . .                . . . . . . #
            # # # . . . .                # # # # # # .
            frames: 0.9 and more         frames: 0.3 and less

B batch, F frames, N text positions.
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def diagonality(path_BFN: Tensor, x_lengths_B: Tensor, spec_lengths_B: Tensor) -> Tensor:
    """One minus twice the mean distance of the path from the diagonal, both sides scaled to 1.

    Args:
        path_BFN: hard alignment, a single 1 in each frame's row; 0 in the padding.
        x_lengths_B, spec_lengths_B: true numbers of positions and frames.

    Returns:
        a 0-d tensor in [0, 1], the mean over the batch: 1 is the diagonal itself, 0 all frames on the first token.
    """
    frames, positions = path_BFN.shape[1:]
    frame_F = torch.arange(frames, device=path_BFN.device, dtype=torch.float32)
    token_N = torch.arange(positions, device=path_BFN.device, dtype=torch.float32)
    token_BF = path_BFN.float() @ token_N
    across_BF = token_BF / (x_lengths_B[:, None] - 1).clamp(min=1)
    along_BF = frame_F / (spec_lengths_B[:, None] - 1).clamp(min=1)
    mask_BF = frame_F < spec_lengths_B[:, None]
    distance_B = ((across_BF - along_BF).abs() * mask_BF).sum(1) / spec_lengths_B.clamp(min=1)
    return (1 - 2 * distance_B).clamp(0, 1).mean()
