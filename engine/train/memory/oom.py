"""How torch, CUDA's libraries and the system report that memory ran out."""

from __future__ import annotations

import re

import torch

from engine.dataset.loader.batch import Batch

_SAYS_SO = re.compile(
    r"out of memory"  # CUDA's own, the caching allocator's, NCCL's
    r"|CUBLAS_STATUS_ALLOC_FAILED"
    r"|CUDNN_STATUS_ALLOC_FAILED|CUDNN_STATUS_INTERNAL_ERROR_(?:HOST|DEVICE)_ALLOCATION_FAILED"
    r"|CUFFT_ALLOC_FAILED|CUFFT_INTERNAL_ERROR"  # the second is what torch.stft says when little is free
    r"|CUSOLVER_STATUS_ALLOC_FAILED|CUSPARSE_STATUS_ALLOC_FAILED"
    r"|cudaErrorMemoryAllocation"
    r"|DefaultCPUAllocator: (?:can't allocate|not enough) memory"
    r"|Cannot allocate memory|std::bad_alloc"
    # oneDNN names no reason; seen on a CPU whose address space was full
    r"|could not create a (?:memory object|primitive(?! descriptor))",
    re.IGNORECASE,
)


class OutOfMemory(Exception):  # noqa: N818 - named as torch names it
    """A step ran out of memory; nothing has changed.

    `batch` is the part that was trained on, None if it happened on another rank. `held_bytes` is what this process
    held on its device at that moment.
    """

    def __init__(self, reason: str, batch: Batch | None = None, held_bytes: int = 0) -> None:
        super().__init__(reason.strip().splitlines()[0])
        self.batch = batch
        self.held_bytes = held_bytes


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and _SAYS_SO.search(str(error)) is not None
