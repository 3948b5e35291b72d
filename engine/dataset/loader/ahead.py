"""Brings batches to a GPU, each while the step before it is being computed.

Waves are copied from pinned memory and their spectrograms computed on a stream of their own:

    own stream:    copy 1, spectrograms 1 | copy 2, spectrograms 2 | ...
    main stream:                            step 1                 | step 2 ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import torch

from engine.config import DataConfig
from engine.dataset.loader.batch import Batch, Waves, with_spectrograms


class Device(Protocol):
    """Where batches go."""

    def start(self, waves: Waves) -> Batch:
        """Begin to bring the batch there. Raises RuntimeError where memory is too short."""

    def release(self) -> None:
        """Give cached memory back: libraries as cuFFT take theirs beside torch's cache."""

    def finish(self, batch: Batch) -> None:
        """Let the device's next work wait until the batch is there."""


class Gpu:
    """A CUDA device with a stream for what is brought to it."""

    def __init__(self, device: torch.device, data: DataConfig) -> None:
        self.device = device
        self.data = data
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        # the window of the spectrograms was made on the main stream, if the longest batch was tried before
        self.stream.wait_stream(torch.cuda.current_stream(device))

    def start(self, waves: Waves) -> Batch:
        with torch.cuda.stream(self.stream):
            return with_spectrograms(waves.to(self.device), self.data)

    def release(self) -> None:
        torch.cuda.synchronize(self.device)
        torch.cuda.empty_cache()

    def finish(self, batch: Batch) -> None:
        main = torch.cuda.current_stream(self.device)
        main.wait_stream(self.stream)
        for tensor in batch.tensors().values():
            tensor.record_stream(main)  # its memory is not reused before the step is done with it


def one_ahead(
    batches: Iterable[Waves], device: Device, is_out_of_memory: Callable[[BaseException], bool]
) -> Iterator[Batch]:
    """The batches on the device; while one is used, the next one is on its way.

    Where memory is too short for both, the next one starts when the step has freed its own.

    Args:
        is_out_of_memory: whether an error of the device means that.
    """
    ready: Batch | None = None
    coming: Batch | None
    for waves in batches:
        if ready is not None:
            device.finish(ready)  # first: the step must not wait for the batch behind it
        try:
            coming = device.start(waves)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            coming = None
        if ready is not None:
            yield ready
        ready = coming
        if ready is None:
            device.release()
            ready = device.start(waves)
    if ready is not None:
        device.finish(ready)
        yield ready
