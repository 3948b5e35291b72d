"""Monotonic alignment search of a whole batch on a GPU (Glow-TTS, arXiv 2005.11129, algorithm 1).

The third twin of search_cython.pyx and search_numba.py: the same float32 sums in the same order, so the same paths. One
program an item goes through its frames with a vector over all text positions; the scores never leave the GPU. Importing
this file needs Triton, which comes with torch on Linux, and compiling the kernel a C compiler.

Axes: B batch, F frames, N text positions.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


# not specialised: each new length would compile again
@triton.jit(do_not_specialize=["n_text", "n_frames"])  # type: ignore[untyped-decorator]
def _search(  # type: ignore[no-untyped-def]  # noqa: PLR0917 - a kernel has no keywords
    score, text_lengths, frame_lengths, token, moved, n_text, n_frames, BLOCK_N: tl.constexpr
):
    item = tl.program_id(0).to(tl.int64)
    texts = tl.load(text_lengths + item).to(tl.int32)
    frames = tl.load(frame_lengths + item).to(tl.int32)
    score += item * n_frames * n_text
    moved += item * n_frames * n_text
    token += item * n_frames
    n = tl.arange(0, BLOCK_N)
    before = tl.maximum(n - 1, 0)
    nothing = tl.full([BLOCK_N], float("-inf"), tl.float32)
    best = nothing
    for frame in range(frames):
        place = frame * n_text + n
        # a path has reached no position beyond the frame's own number
        inside = (n < texts) & (n <= frame)
        stay = best
        move = tl.where(n == 0, tl.where(frame == 0, 0.0, float("-inf")), tl.gather(best, before, 0))
        moves = stay < move
        found = tl.load(score + place, mask=inside, other=0.0) + tl.where(moves, move, stay)
        best = tl.where(inside, found, nothing)
        tl.store(moved + place, moves.to(tl.int8), mask=inside)
    tl.debug_barrier()  # the way back reads what other threads of this program have stored
    here = texts - 1
    for back in range(frames):
        frame = frames - 1 - back
        tl.store(token + frame, here.to(tl.int64))
        has_moved = tl.load(moved + frame * n_text + here, mask=here > 0, other=0) != 0
        here = tl.where((here > 0) & ((here == frame) | has_moved), here - 1, here)


@torch.no_grad()
def search_batch(score_BFN: Tensor, text_lengths_B: Tensor, frame_lengths_B: Tensor) -> Tensor:
    """The text position of every frame: int64 (B, F) on the scores' device; -1 behind an item's end.

    Nothing waits for the GPU, so lengths are not checked: each text must have 1 to as many symbols as frames.
    """
    batch, n_frames, n_text = score_BFN.shape
    token_BF = torch.full((batch, n_frames), -1, dtype=torch.int64, device=score_BFN.device)
    moved_BFN = torch.empty(score_BFN.shape, dtype=torch.int8, device=score_BFN.device)
    block = max(16, triton.next_power_of_2(n_text))
    _search[(batch,)](
        score_BFN.detach().float().contiguous(),
        text_lengths_B.contiguous(),
        frame_lengths_B.contiguous(),
        token_BF,
        moved_BFN,
        n_text,
        n_frames,
        BLOCK_N=block,
        num_warps=min(8, max(1, block // 128)),
    )
    return token_BF
