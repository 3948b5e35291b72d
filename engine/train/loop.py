"""The training loop: epochs of batches, what happens between steps, and how a run ends."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from engine.data.batch import Batch, collate
from engine.data.buckets import epoch_batches
from engine.data.dataset import Clips
from engine.data.preflight import Report
from engine.run.mailbox import Inbox, Message
from engine.train import checkpoint, evaluate
from engine.train.metrics import Reporter, device_bytes
from engine.train.seeds import seed_step
from engine.train.signals import StopRequest
from engine.train.state import TrainingState
from engine.train.step import TrainingStep
from engine.train.waits import DataWait

INBOX_EVERY_S = 0.25


@dataclass
class Training:
    """One run being trained: a state, its data, and the people who listen.

    `total_steps` is where to stop, counted from the start of the voice, not of this process.
    """

    folder: Path
    state: TrainingState
    data: Report
    reporter: Reporter
    stop: StopRequest
    total_steps: int

    def __post_init__(self) -> None:
        config = self.state.config
        self.clips = Clips(self.data.train, config)
        self.validation = Clips(self.data.val, config)
        self.step = TrainingStep(self.state)
        self.data_wait = DataWait()
        self.inbox = Inbox(self.folder)
        self._inbox_read = 0.0
        self._saved_step: int | None = None

    def run(self) -> str:
        """Train until the last step or until asked to stop.

        Returns:
            the final state, "finished" or "stopped"; a checkpoint of the last step is on disk.
        """
        position = self.state.position
        self._saved_step = position.step if position.step else None
        while position.step < self.total_steps and not self.stop.asked:
            self.state.apply_learning_rate()
            for batch in self._rest_of_epoch():
                self._train_on(batch)
                if self.stop.asked or position.step >= self.total_steps:
                    break
            else:
                position.epoch, position.batch = position.epoch + 1, 0
        return self._end()

    def batches_of_epoch(self) -> list[list[int]]:
        """All batches of the current epoch, as indices of training clips; a function of seed and epoch."""
        train = self.state.config.train
        lengths = [utterance.frames for utterance in self.data.train]
        return epoch_batches(lengths, train.batch_size, train.seed, self.state.position.epoch)

    def _rest_of_epoch(self) -> Iterator[Batch]:
        batches = self.batches_of_epoch()[self.state.position.batch :]
        cuda = self.state.device.type == "cuda"
        loader = DataLoader(
            self.clips,
            batch_sampler=batches,
            collate_fn=collate,
            num_workers=4 if cuda else 0,  # on a CPU every core is busy with the step itself
            pin_memory=cuda,
        )
        for batch in self.data_wait.timed(loader):
            yield batch.to(self.state.device)

    def _train_on(self, batch: Batch) -> None:
        position, train = self.state.position, self.state.config.train
        seed_step(train.seed, position.step)
        losses = self.step(batch)
        position.step += 1
        position.batch += 1
        if position.step % train.log_interval == 0:
            values = {tag: float(value) for tag, value in losses.items()}
            values["learning_rate"] = self.state.learning_rate()
            values["time/data_wait"] = self.data_wait.take_share()
            self.reporter.metric(self.state, values)
        self.reporter.stepped(self.state)
        if position.step % train.eval_interval == 0 and position.step < self.total_steps:
            self._evaluate_and_save()
        self._read_inbox()

    def _evaluate_and_save(self) -> None:
        """Validation loss, spoken samples, then the checkpoint that they describe."""
        state = self.state
        mel = evaluate.validation_mel(state, self.validation, self.reporter)
        evaluate.speak_samples(state, self.folder, self.data.val, self.reporter)
        self._save(mel)

    def _save(self, mel: float | None = None) -> None:
        state = self.state
        best = mel is not None and (state.best_mel is None or mel < state.best_mel)
        if best:
            state.best_mel = mel
        saved = checkpoint.save(state, self.folder, mel)
        self._saved_step = saved.step
        self.reporter.flush_boards()
        self.reporter.events.checkpoint(saved.step, saved.epoch, list(saved.files), saved.bytes, best, mel)
        self.reporter.health.checkpoint(saved.step, saved.bytes)
        megabytes = saved.bytes / 1e6
        self.reporter.say(f"checkpoint {saved.step} saved, {megabytes:.0f} MB" + (" (best)" if best else ""))

    def _end(self) -> str:
        position = self.state.position
        if position.step >= self.total_steps:
            if self._saved_step != position.step:
                self._evaluate_and_save()
            self.reporter.stepped(self.state, force=True)
            return "finished"
        self.reporter.become("stopping")
        if self._saved_step != position.step:
            self._save()
        self.reporter.stepped(self.state, force=True)
        return "stopped"

    def _read_inbox(self) -> None:
        now = time.monotonic()
        if now - self._inbox_read < INBOX_EVERY_S:
            return
        self._inbox_read = now
        for message in self.inbox.poll():
            self._obey(message)
        for refusal in self.inbox.take_refusals():
            self.reporter.alert("warning", refusal)

    def _obey(self, message: Message) -> None:
        """One command of the mailbox; every one is answered."""
        step = self.state.position.step
        if message.command in ("stop", "stop_now"):
            self.inbox.reply(message, step=step)
            if message.command == "stop_now":
                raise KeyboardInterrupt
            if not self.stop.asked:
                self.stop.ask()
            return
        reply: dict[str, object] = {"step": step}
        if message.command == "checkpoint":
            if self._saved_step != step:
                self._save()
        elif message.command == "sample":
            evaluate.speak_samples(self.state, self.folder, self.data.val, self.reporter)
        elif message.command == "free_memory":
            reply |= free_memory(self.state.device)
        self.inbox.reply(message, **reply)


def free_memory(device: torch.device) -> dict[str, object]:
    """Give cached device memory back to the system; only the process that cached it can."""
    before = device_bytes(device)
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return {"before_bytes": before, "after_bytes": device_bytes(device)}
