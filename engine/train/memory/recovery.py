"""Out-of-memory recovery.

    0. before the first step, on a GPU: a dry run of the longest batch finds its pieces (2.)
    1. free caches and try the same step again
    2. split the batch into 2 pieces, 4, 8, ...: the loss of the whole; kept for batches of that length
    3. one clip alone does not fit: name it, write a memory snapshot, suggest a change of the config, end

A half of a step that runs out of memory has changed nothing (`engine.train.step`). Each retry runs outside the
`except` block: torch's own error would keep the step's tensors alive.
"""

from __future__ import annotations

import contextlib
import pickle
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil  # type: ignore[import-untyped,unused-ignore]
import torch
from torch import Tensor

from engine.dataset.loader.batch import Batch
from engine.dataset.loader.buckets import bounds_of, bucket_of
from engine.errors import HopelessRun
from engine.files import atomic
from engine.runs.disk_space import size_text
from engine.train.memory import suggestions
from engine.train.memory.free_memory import release_memory
from engine.train.memory.oom import OutOfMemory, is_out_of_memory
from engine.train.memory.parts import rows
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.reporter import Reporter
from engine.train.state import TrainingState
from engine.train.step import TrainingStep

T = TypeVar("T")
Half = Callable[[Batch, int], dict[str, Tensor]]  # in so many pieces; raises OutOfMemory with nothing changed


class ClipTooLarge(HopelessRun):
    """A single clip does not fit into memory. The voice is as the step before left it."""


class OomRecovery:
    """A training step that recovers when memory runs out; called like the step, by all ranks together.

    Args:
        lengths: frames of every training clip, for the suggestion.
    """

    def __init__(
        self,
        step: TrainingStep,
        state: TrainingState,
        folder: Path,
        reporter: Reporter,
        *,
        lengths: Sequence[int],
        peers: Peers = ALONE,
    ) -> None:
        self.step = step
        self.state = state
        self.folder = folder
        self.reporter = reporter
        self.lengths = lengths
        self.peers = peers
        self.pieces: dict[int, int] = {}  # by bucket, where it is more than one
        self.longest_fit = 0  # frames

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """One step.

        Raises:
            ClipTooLarge: not even one clip fits.
        """
        return self._half(self.step.train_discriminators, batch) | self._half(
            self.step.train_generator, batch
        )

    def rehearse(self, batch: Batch) -> None:
        """Find in how many pieces a batch fits, and keep them for batches of its length; no weight changes."""
        pieces = 1
        while not self.step.fits(batch, pieces) and pieces < len(batch):
            release_memory(self.state.device, self.peers.rank)
            pieces = min(2 * pieces, len(batch))
        if pieces > 1:
            self._keep(batch, pieces)

    def _half(self, train: Half, batch: Batch) -> dict[str, Tensor]:
        usual = pieces = min(self.pieces.get(self._bucket(batch), 1), len(batch))
        is_again = False
        while True:
            try:
                values = train(batch, pieces)
            except OutOfMemory as error:
                failure = error.with_traceback(None)
                failure.__context__ = None
            else:
                break
            # here, where the error is no longer handled
            released = release_memory(self.state.device, self.peers.rank)
            held, left = max(failure.held_bytes, int(released["before_bytes"])), int(released["after_bytes"])
            if not is_again:
                is_again = True
                freed = size_text(max(0, held - left))
                self._alert(
                    "warning", f"ran out of memory at {size_text(held)}; trying again after freeing {freed}"
                )
            elif pieces < len(batch):
                pieces = min(2 * pieces, len(batch))
                each = -(-len(batch) // pieces)
                self._alert(
                    "warning",
                    f"ran out of memory again, at {size_text(held)}; "
                    f"trying in {pieces} pieces of {each} utterance{'s' * (each > 1)}",
                )
            else:
                self._give_up(failure, held)
        self.longest_fit = max(self.longest_fit, batch.spec_BCF.shape[2])
        if pieces > usual:
            self._keep(batch, pieces)
        return values

    def _keep(self, batch: Batch, pieces: int) -> None:
        bucket = self._bucket(batch)
        self.pieces[bucket] = pieces
        low, high = bounds_of(bucket, self.state.config.train.buckets)
        lengths = f"{low} to {high} frames" if high else f"{low} frames or more"
        self._alert(
            "info",
            f"went through in {pieces} pieces; batches of {lengths} take {pieces} from now on: "
            "slower, with the same batch and loss",
        )

    def _give_up(self, failure: OutOfMemory, held: int) -> None:
        """Report the clip and what would help; all ranks call it, and at least one of them has the clip."""
        mine: dict[str, Any] | None = None
        if failure.batch is not None:
            mine = self._describe(rows(failure.batch, 0, 1), failure, held)
        clip = next(one for one in self.peers.all_gather_object(mine) if one is not None)
        nothing = "no smaller segment fits either: a smaller model or more memory is needed"
        what, (fix, changes) = clip["what"], clip["offer"] or (nothing, None)
        if self.peers.is_main:
            self.reporter.alert("error", f"{what}; {fix}")
            if changes:
                self.reporter.events.offer(uuid.uuid4().hex[:12], fix, changes)
        raise ClipTooLarge(what, fix=fix)

    def _describe(self, one: Batch, failure: OutOfMemory, held: int) -> dict[str, Any]:
        number = self.state.position.step + 1
        seconds = int(one.wav_lengths_B[0]) / self.state.config.data.sampling_rate
        rank = f".rank{self.peers.rank}" if self.peers.rank else ""
        write_snapshot(self.folder / f"memory_{number}{rank}.json", one, self.state.device, str(failure))
        what = (
            f"step {number} ran out of memory with one utterance alone: {one.names[0]}, {seconds:.1f} s, "
            f"at {size_text(held)} ({failure})"
        )
        offer = suggestions.find(self.state, one, self.lengths, self.longest_fit)
        return {"what": what, "offer": offer}

    def _bucket(self, batch: Batch) -> int:
        return bucket_of(batch.spec_BCF.shape[2], self.state.config.train.buckets)

    def _alert(self, level: str, what: str) -> None:
        if self.peers.is_main:
            self.reporter.alert(level, f"step {self.state.position.step + 1} {what}")


def skip_on_oom(work: Callable[[], T], what: str, reporter: Reporter, device: torch.device) -> T | None:
    """The result of `work`; None, with a warning, if it failed or ran out of memory: training goes on without."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - reported with its traceback; tried again at the next checkpoint
        if not is_out_of_memory(error):
            reporter.defect(what, error)
            return None
    release_memory(device, 0)
    reporter.alert("warning", f"{what} ran out of memory and was left out; training continues")
    return None


def write_snapshot(path: Path, batch: Batch, device: torch.device, error: str) -> None:
    """What was in memory, as JSON; on a GPU also torch's own record, a `.pickle` for its memory viewer."""
    process, system = psutil.Process().memory_info(), psutil.virtual_memory()
    found: dict[str, Any] = {
        "v": 1,
        "t": time.time(),
        "error": error,
        "device": str(device),
        "resident_bytes": process.rss,
        "virtual_bytes": process.vms,
        "system_bytes": system.total,
        "system_available_bytes": system.available,
        "utterances": list(batch.names),
        "frames": batch.spec_lengths_B.tolist(),
        "text_positions": batch.x_lengths_B.tolist(),
        "samples": batch.wav_lengths_B.tolist(),
    }
    # the run is about to end with a sentence; a disk that is full as well must not take its place
    with contextlib.suppress(OSError, RuntimeError):
        if device.type == "cuda":
            found["gpu"] = torch.cuda.memory_stats(device)
            with atomic.replacing(path.with_suffix(".pickle")) as file:
                pickle.dump(torch.cuda.memory._snapshot(device), file)
        atomic.write_json(path, found)
