"""Monotonic alignment search over a batch: which symbol each frame belongs to.

On a CPU the kernel finds one item's path; the items of a batch are shared out to a few threads, which run at once since
both kernels release the interpreter's lock. Cython's kernel runs where the extension was built, numba's elsewhere.
Scores on a GPU stay there where Triton can compile its kernel; else they come to the CPU and the path goes back.
Axes: B batch, F frames, N text positions.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from torch import Tensor

from engine.cores import cores

try:
    from engine.model.alignment.search_cython import search

    _IMPLEMENTATION = "cython"
except ImportError:
    from engine.model.alignment.search_numba import search

    _IMPLEMENTATION = "numba"

Kernel = Callable[[Any, int, int, Any], None]
BatchKernel = Callable[[Tensor, Tensor, Tensor], Tensor]
# a batch smaller than this is done before a second thread has woken up
CELLS_WORTH_A_THREAD = 50_000


_WORKERS = min(8, cores())
_pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="alignment")  # starts its threads at the first use


def implementation() -> str:
    """Which kernel runs on a CPU: "cython" or "numba"."""
    return _IMPLEMENTATION


@cache
def gpu_kernel() -> BatchKernel | None:
    """Triton's search, tried once on one frame; None without Triton, or without the C compiler that it needs."""
    try:
        from engine.model.alignment.search_triton import search_batch

        one_B = torch.ones(1, dtype=torch.int64, device="cuda")
        search_batch(torch.zeros(1, 1, 1, device="cuda"), one_B, one_B).tolist()
    except Exception:  # noqa: BLE001 - compilers fail in many ways, and the CPU finds the same paths
        return None
    return search_batch


def frame_tokens(
    score_BFN: Tensor, text_lengths_B: Tensor, frame_lengths_B: Tensor, *, kernel: Kernel = search
) -> Tensor:
    """The text position of every frame on the best monotonic path: int64 (B, F) on the CPU.

    -1 stands behind an item's end. The path starts at the first symbol, ends at the last, and gives every
    symbol at least one frame.

    Raises:
        ValueError: an item's text is empty or longer than its frames.
    """
    n_text: list[int] = text_lengths_B.tolist()
    n_frames: list[int] = frame_lengths_B.tolist()
    for item, (texts, frames) in enumerate(zip(n_text, n_frames, strict=True)):
        if not 1 <= texts <= frames:
            raise ValueError(f"item {item}: {texts} symbols cannot be aligned with {frames} frames")
    scores = score_BFN.detach().float().cpu().contiguous().numpy()
    tokens = torch.full(score_BFN.shape[:2], -1, dtype=torch.int64)
    rows = tokens.numpy()

    def work(first: int, step: int) -> None:
        for item in range(first, len(n_text), step):
            kernel(scores[item], n_text[item], n_frames[item], rows[item])

    workers = min(_WORKERS, len(n_text), 1 + scores.size // CELLS_WORTH_A_THREAD)
    waiting = [_pool.submit(work, first, workers) for first in range(1, workers)]
    work(0, workers)
    for future in waiting:
        future.result()
    return tokens


@torch.no_grad()
def maximum_path(score_BFN: Tensor, text_mask: Tensor, frame_mask: Tensor) -> Tensor:
    """The best monotonic path as ones in zeros: float32 (B, F, N) on the score's device.

    The masks, (B, N) and (B, F) or with an axis of one between, say how long each item is. Raises as
    `frame_tokens` does, but not on a GPU: reading the lengths there would wait for it.
    """
    text_lengths = text_mask.flatten(1).sum(1).long()
    frame_lengths = frame_mask.flatten(1).sum(1).long()
    on_gpu = gpu_kernel() if score_BFN.is_cuda else None
    tokens_BF = (on_gpu or frame_tokens)(score_BFN, text_lengths, frame_lengths).to(score_BFN.device)
    path_BFN = torch.zeros(score_BFN.shape, device=score_BFN.device)
    inside_BF = tokens_BF >= 0
    return path_BFN.scatter_(2, (tokens_BF * inside_BF).unsqueeze(2), inside_BF.float().unsqueeze(2))
