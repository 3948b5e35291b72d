"""A trainer without a network: `toy_trainer.py FOLDER MODE [ARGUMENT]`; mode "steps" ends after so many.

It resumes from its checkpoint, reads its commands, obeys signals and hands out its stack. It also
holds a lock of its own, which nothing of ours knows of: two trainers at once in one folder leave a file TWO.
"""

from __future__ import annotations

import faulthandler
import fcntl
import json
import os
import sys
import time
from pathlib import Path

from engine.files import atomic
from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.runs.commands import Inbox
from engine.runs.events import EventWriter
from engine.runs.registry import StateFile
from engine.runs.supervisor.stall import DUMP_SIGNAL
from engine.train.signals import StopRequest

STEP_SECONDS = 0.02
EVERY = 5  # steps from one checkpoint to the next


class Toy:
    """`mode` says what goes wrong: nothing, or one of the methods' names below, at the step `argument`."""

    def __init__(self, folder: Path, mode: str, argument: int) -> None:
        self.folder, self.mode, self.argument = folder, mode, argument
        self.state, self.inbox = StateFile(folder), Inbox(folder)
        self.stop = StopRequest()
        self.step = self.first = self._last_checkpoint()

    def run(self) -> int:
        """Train on until somebody says stop; returns the exit code."""
        registry.record(self.folder, process=ProcessIdentity.current().to_json())  # as every real worker does
        self.state.update(state="running", reason="", device="cpu", rate=1 / STEP_SECONDS)
        with EventWriter(self.folder / "events.jsonl") as events:
            events.resumed(self.step)
            while not self.stop.asked and not (self.mode == "steps" and self.step >= self.argument):
                self.step += 1
                if self.mode == "steps":
                    print(f"step {self.step}", flush=True)
                self._go_wrong()
                time.sleep(STEP_SECONDS)
                events.metric(self.step, 1, {"loss/g/mel": 1 / self.step})
                self.state.update(step=self.step)
                if self.step % EVERY == 0:
                    self.save()
                self.read_commands()
            if not self.stop.asked:
                self.save()
                self.state.update(state="finished")
                return 0
            self.state.update(state="stopping")
            if self.mode == "slow_save":
                (self.folder / "saving").touch()
                time.sleep(self.argument)
            self.save()
        self.state.update(state="stopped", reason=f"step {self.step}")
        return 0

    def read_commands(self) -> None:
        """As the real loop does."""
        for message in self.inbox.poll():
            self.inbox.reply(message, step=self.step)
            if message.command == "stop_now":
                raise KeyboardInterrupt
            if message.command == "stop" and not self.stop.asked:
                self.stop.ask()

    def save(self) -> None:
        """A checkpoint."""
        atomic.write_json(self.folder / "checkpoint.json", {"step": self.step})

    def _last_checkpoint(self) -> int:
        try:
            return int(json.loads((self.folder / "checkpoint.json").read_text())["step"])
        except OSError:
            return 0

    def _go_wrong(self) -> None:
        is_the_step = self.step == self.first + self.argument
        if self.mode == "crash" and is_the_step:
            raise RuntimeError(f"the step after {self.step - 1} failed")
        if self.mode == "exit" and self.step == self.first + 1:
            os._exit(self.argument)
        if self.mode == "hang" and is_the_step:
            (self.folder / "hanging").touch()
            hang()


def hang() -> None:
    """The step that never ends, until somebody touches a file."""
    while not Path(os.environ["TOY_RELEASE"]).exists():
        time.sleep(0.05)


def take_witness_lock(folder: Path) -> int:
    """A lock that only trainers take; returns its handle, which is not handed down."""
    handle = os.open(folder / "witness", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (folder / "TWO").write_text(str(os.getpid()))
    with (folder / "starts").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return handle


def main() -> int:
    os.umask(0o077)
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    witness = take_witness_lock(folder)
    if DUMP_SIGNAL is not None:
        faulthandler.register(DUMP_SIGNAL, all_threads=True)
    toy = Toy(folder, mode, int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    toy.stop.install()
    try:
        return toy.run()
    except KeyboardInterrupt:
        toy.state.update(state="stopped", reason="stopped at once, without a checkpoint")
        return 0
    except RuntimeError as error:
        toy.state.update(state="failed", reason=str(error), exit_code=1)
        return 1
    finally:
        os.close(witness)


if __name__ == "__main__":
    sys.exit(main())
