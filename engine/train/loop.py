"""The training loop: epochs of batches, commands between steps, and the end of a run.

All ranks run it. Each trains on its own part of every batch; rank 0 alone evaluates, saves, speaks and reads commands
while the others wait in the next collective. A stop and the freeing of memory happen on all ranks at the same step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from engine.cores import cores
from engine.dataset.loader.batch import Batch
from engine.dataset.loader.dataset import Clips
from engine.dataset.prepared import PreparedData
from engine.errors import HopelessRun
from engine.quality.sentences import Sentences
from engine.runs import best, registry
from engine.runs.commands import Inbox, Message
from engine.runs.disk_space import size_text
from engine.runs.folder_watch import FolderWatch
from engine.train import evaluate, nan_guard
from engine.train.batches import Batches
from engine.train.checkpoints.saver import CheckpointSaver
from engine.train.memory.free_memory import release_memory, summed
from engine.train.memory.recovery import ClipTooLarge, OomRecovery, skip_on_oom
from engine.train.ranks import threads
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.ranks.threads import ThreadChooser
from engine.train.reporter import Reporter
from engine.train.signals import StopRequest
from engine.train.state import TrainingState, can_compile, compile_seconds
from engine.train.step import TrainingStep

T = TypeVar("T")
STOP, STOP_NOW, FREE_MEMORY = 1, 2, 4  # commands, merged by all ranks between two steps


@dataclass
class Training:
    """A run that is being trained.

    `total_steps` is where to stop, counted from the start of the voice, not of this process. `workers`: see `Batches`.
    """

    folder: Path
    state: TrainingState
    data: PreparedData
    reporter: Reporter
    stop: StopRequest
    total_steps: int
    peers: Peers = ALONE
    workers: int | None = None

    def __post_init__(self) -> None:
        state, folder, reporter, peers = self.state, self.folder, self.reporter, self.peers
        self.batches = Batches(state, self.data.train, peers, self.workers)
        step, lengths = TrainingStep(state, peers), self.batches.lengths
        self.recovery = OomRecovery(step, state, folder, reporter, lengths=lengths, peers=peers)
        late_check = step.late_check
        self.step = nan_guard.NanGuard(self.recovery, state, folder, reporter, peers, late_check=late_check)
        self._threads: ThreadChooser | None = None
        if not threads.is_chosen_elsewhere(state.device, peers.world, cores()):
            known = registry.recorded(folder, "threads")
            self._threads = ThreadChooser(threads.candidates(cores()), known, self._record_threads)
        self._compiled_s = 0.0  # as last said
        self._saved_step: int | None = None
        self._stopping = False  # on all ranks
        self._orders = 0  # of this rank, merged with the others' after the step
        self._to_free: list[Message] = []
        self._gave_up = False  # no checkpoint can be written: disk full, or the folder is gone
        self.why_unsaved = "no room"
        self.moved = ""  # where the renamed folder is, as a sentence
        if peers.is_main:
            self.validation = Clips(self.data.val, state.config, is_trained=False)
            self.sentences = Sentences(state.config, self.data)
            self.inbox = Inbox(folder)
            self.folder_watch = FolderWatch(folder)
            self.saver = CheckpointSaver(folder, reporter, self._stops_waiting)

    def run(self) -> str:
        """Train until the last step or until asked to stop.

        Returns:
            the final state, "finished" or "stopped"; a checkpoint of the last step is on disk, unless the disk was
            full and somebody would not wait.
        """
        position = self.state.position
        self._saved_step = position.step if position.step else None
        self._execute_commands()
        self.state.apply_learning_rate()
        if self.state.device.type == "cuda" and position.step < self.total_steps:
            self.recovery.rehearse(self.batches.longest())
        batches = self.batches.up_to(self.total_steps)
        while position.step < self.total_steps and not self._stopping:
            self._train_on(next(batches))
        batches.close()  # ends the loader's processes
        self._on_all_ranks(self.step.finish)
        return self._end() if self.peers.is_main else "finished"

    @property
    def is_saved(self) -> bool:
        """Whether a checkpoint of the present step is on disk."""
        return self._saved_step == self.state.position.step

    def _train_on(self, batch: Batch) -> None:
        position, train = self.state.position, self.state.config.train
        if position.batch >= self.batches.per_epoch:
            position.epoch, position.batch = position.epoch + 1, 0
            self.state.apply_learning_rate()
        with self._threads.timed(batch.spec_BCF[:, 0].numel()) if self._threads else nullcontext():
            losses = self._on_all_ranks(partial(self.step, batch))
        position.step += 1
        position.batch += 1
        if self.peers.is_main:
            if losses and position.step % train.log_interval == 0:
                values = {tag: float(value) for tag, value in losses.items()}
                values["learning_rate"] = self.state.learning_rate()
                values["time/data_wait"] = self.batches.timer.take_share()
                # a step skipped on a GPU is reported a step later
                if all(map(math.isfinite, values.values())):
                    self.reporter.metric(self.state, values)
                self._say_compiled()
            self.reporter.stepped(self.state)
            if position.step % train.eval_interval == 0 and position.step < self.total_steps:
                self._evaluate_and_save()
        self._execute_commands()

    def _say_compiled(self) -> None:
        """Say how long compiling has taken, when it has gone on since the last logged step."""
        if not (self.state.config.train.compile and can_compile(self.state.device)):
            return
        seconds = compile_seconds()
        if seconds > self._compiled_s + 1:
            self.reporter.say(f"compiling has taken {seconds:.0f} s up to step {self.state.position.step}")
            self._compiled_s = seconds

    def _on_all_ranks(self, work: Callable[[], T]) -> T:
        """Work on the steps. An error that ends the run is raised on all ranks together."""
        try:
            return work()
        except HopelessRun as error:
            if not self.peers.is_main:
                self.peers.wait()  # rank 0 reports and ends the run
            elif isinstance(error, ClipTooLarge) and not self.is_saved:
                self._save()
            raise

    def _record_threads(self, number: int, text: str) -> None:
        before = registry.recorded(self.folder, "threads")
        with suppress(OSError):  # a full disk: the next start measures again
            registry.record(self.folder, threads=number)
        if before in (None, number):
            self.reporter.say(text)
        else:
            self.reporter.alert("info", f"{text}; losses from here on may differ in their last digits")

    def _evaluate_and_save(self) -> None:
        """Validation loss, spoken samples, then the checkpoint."""
        self._check_folder()
        if self._gave_up:
            return
        state, reporter = self.state, self.reporter
        nan_guard.check_weights(state, self.folder)
        figures = evaluate.validate(state.speaking, self.validation, self.sentences, reporter)
        self._speak_samples()
        self._save(figures)

    def _speak_samples(self) -> None:
        """Speak samples; a failure is a warning."""
        state, reporter = self.state, self.reporter
        speak = partial(evaluate.speak_samples, state.speaking, self.folder, self.data.val, reporter)
        skip_on_oom(speak, "speaking samples", reporter, state.device)

    def _save(self, figures: Mapping[str, float] = MappingProxyType({})) -> None:
        """Save a checkpoint; `figures` of the validation at this step decide whether it is the best one."""
        nan_guard.check_weights(self.state, self.folder)
        saved = self.saver.save(self.state, figures)
        if saved is None:
            return
        self._saved_step, self._gave_up = saved.step, False
        self.reporter.flush_writers()
        events, figure = self.reporter.events, best.deciding(figures)
        epoch, size = self.state.position.epoch, saved.bytes
        events.checkpoint(saved.step, epoch, saved.files, size, False, figure)
        text, found = f"checkpoint {saved.step} saved, {size_text(size)}", best.find(self.folder)
        if found is not None and found.step == saved.step:
            size = found.path.stat().st_size
            events.checkpoint(saved.step, epoch, [found.path.name], size, True, figure)
            text += f"; the best so far: {found}"
        self.reporter.say(text)

    def _end(self) -> str:
        is_last = self.state.position.step >= self.total_steps
        if not is_last:
            self.reporter.set_state("stopping")
        if not self.is_saved and not self._gave_up:
            self._evaluate_and_save() if is_last else self._save()
        self.reporter.stepped(self.state, force=True)
        return "finished" if is_last and self.is_saved else "stopped"

    def _execute_commands(self) -> None:
        """Read commands on each rank, merge them, execute on all ranks."""
        if self.peers.is_main:
            self._check_folder()
            self._read_inbox()
        if self.stop.asked:
            self._orders |= STOP
        orders = self.peers.all_reduce_or(self._orders)
        self._orders = 0
        if orders & FREE_MEMORY:
            self._free_memory()
        if orders & STOP_NOW:
            raise KeyboardInterrupt
        if orders & STOP:
            self._stopping = True

    def _stops_waiting(self) -> bool:
        """Whether the run shall stop instead of waiting for disk space; reads and answers commands."""
        self._check_folder()
        self._read_inbox(waiting=True)
        self._gave_up = bool(self._orders & (STOP | STOP_NOW)) or (self.stop.asked and not self._stopping)
        return self._gave_up

    def _check_folder(self) -> None:
        """Stop when the run folder was renamed; the last checkpoint is saved where the folder is now."""
        if not self.folder_watch.has_moved():
            return
        place = self.folder_watch.path
        self._orders |= STOP
        if place is None:
            self._gave_up, self.why_unsaved = True, "the run folder is gone"
        else:
            self.folder = self.saver.folder = place
            self.reporter.move(place)
            self.moved = (
                f"; its folder was renamed while it trained: continue with `vitsdeck train -m {place.name}`"
            )
        self.reporter.say(f"stopping: the run folder {f'is {place} now' if place else 'is gone'}")

    def _free_memory(self) -> None:
        freed = self.peers.all_gather_object(release_memory(self.state.device, self.peers.rank))
        asked, self._to_free = self._to_free, []
        for message in asked:
            self.inbox.reply(message, step=self.state.position.step, **summed(freed))

    def _read_inbox(self, *, waiting: bool = False) -> None:
        for message in self.inbox.poll():
            self._execute(message, waiting=waiting)
        for refusal in self.inbox.take_refusals():
            self.reporter.alert("warning", refusal)

    def _execute(self, message: Message, *, waiting: bool) -> None:
        """Execute and answer one command. `waiting`: during a save that waits for disk space."""
        step = self.state.position.step
        reply: dict[str, object] = {"step": step}
        if message.command in ("stop", "stop_now"):
            self._orders |= STOP if message.command == "stop" else STOP_NOW
        elif message.command == "free_memory" and not waiting:
            self._orders |= FREE_MEMORY
            self._to_free.append(message)  # answered when all ranks have done it
            return
        elif message.command == "free_memory":  # the other ranks wait in a collective: they cannot be asked
            reply |= summed([release_memory(self.state.device, self.peers.rank)])
        elif message.command == "checkpoint" and not self.is_saved and not waiting:
            self._save()
        elif message.command == "sample" and not waiting:
            self._speak_samples()
        self.inbox.reply(message, **reply)
