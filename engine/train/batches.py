"""The batches of a training: in which order, read by which processes, and how long each was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TypeVar

from torch.utils.data import DataLoader

from engine.dataset.loader.ahead import Gpu, one_ahead
from engine.dataset.loader.batch import Batch, collate, collate_waves, with_spectrograms
from engine.dataset.loader.buckets import epoch_batches
from engine.dataset.loader.dataset import Clips
from engine.dataset.prepared import PreparedClip
from engine.train.memory.oom import is_out_of_memory
from engine.train.ranks.collectives import Peers
from engine.train.ranks.parent_death import end_with_parent
from engine.train.state import TrainingState

GPU_WORKERS = 4
T = TypeVar("T")


class DataTimer:
    """Times an iterator of batches. Two readings of the clock a step."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._waited_s = 0.0

    def timed(self, batches: Iterable[T]) -> Iterator[T]:
        """The same batches; the wait for each is counted."""
        iterator = iter(batches)
        while True:
            begin = self._clock()
            batch = next(iterator, None)
            self._waited_s += self._clock() - begin
            if batch is None:
                return
            yield batch

    def take_share(self) -> float:
        """Waiting as a share (0 to 1) of the time since the last call."""
        now = self._clock()
        passed = now - self._since
        share = self._waited_s / passed if passed > 0 else 0.0
        self._since, self._waited_s = now, 0.0
        return min(1.0, max(0.0, share))


class Batches:
    """This rank's batches of training clips, a function of seed, epoch and rank.

    Args:
        workers: processes that read and prepare clips; None chooses: on a CPU every core is busy with the step itself.
    """

    def __init__(
        self, state: TrainingState, clips: list[PreparedClip], peers: Peers, workers: int | None = None
    ) -> None:
        self.state = state
        self.peers = peers
        self.timer = DataTimer()
        self.lengths = [clip.frames for clip in clips]
        self._on_gpu = state.device.type == "cuda"
        self._workers = (GPU_WORKERS if self._on_gpu else 0) if workers is None else workers
        self.clips = Clips(clips, state.config, has_spectrograms=not self._on_gpu)
        self.per_epoch = len(self.of_epoch(1))  # the same number in every epoch

    def of_epoch(self, epoch: int) -> list[list[int]]:
        """The batches of an epoch, as indices of training clips."""
        train, place = self.state.config.train, {"rank": self.peers.rank, "world": self.peers.world}
        return epoch_batches(self.lengths, train.batch_size, train.seed, epoch, **place, limits=train.buckets)

    def longest(self) -> Batch:
        """The batch of the first epoch with the longest clip, as `up_to` brings it to a GPU."""
        longest = max(self.of_epoch(1), key=lambda clips: max(self.lengths[clip] for clip in clips))
        data = self.state.config.data
        waves = collate_waves([self.clips[clip] for clip in longest], data.hop_length)
        return with_spectrograms(waves.to(self.state.device), data)

    def up_to(self, total_steps: int) -> Generator[Batch]:
        """The batches from the present position to the last step, on the device; closing it ends the workers."""
        device, data = self.state.device, self.state.config.data
        loader = DataLoader(
            self.clips,
            batch_sampler=islice(self._schedule(), total_steps - self.state.position.step),
            collate_fn=partial(collate_waves, hop_samples=data.hop_length) if self._on_gpu else collate,
            num_workers=self._workers,
            worker_init_fn=end_with_parent,
            pin_memory=self._on_gpu,
        )
        batches = self.timer.timed(loader)
        yield from one_ahead(batches, Gpu(device, data), is_out_of_memory) if self._on_gpu else batches

    def _schedule(self) -> Iterator[list[int]]:
        """Batches of all epochs; the loader reads ahead across the end of an epoch."""
        epoch, batch = self.state.position.epoch, self.state.position.batch
        while True:
            yield from self.of_epoch(epoch)[batch:]
            epoch, batch = epoch + 1, 0
