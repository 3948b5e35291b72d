"""A transcription under way: recordings in, chunks to the worker threads, texts out, the manifest at the end.

The main thread cuts, reads commands and writes events and manifest; worker threads only send. The ledger is written
first, so a job may be killed at any moment and started again.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.runs import registry
from engine.runs.commands import Inbox, Message
from engine.runs.events import EventWriter
from engine.transcribe.chunking import Piece, cut
from engine.transcribe.jobconfig import PIECES_A_FILE, Config
from engine.transcribe.ledger import Ledger
from engine.transcribe.manifest import Manifest, joined
from engine.transcribe.providers import registry as providers
from engine.transcribe.providers.base import Provider
from engine.transcribe.worker import ChunkResult, ChunkWorker

KIND = "transcribe"
_LOOK_SECONDS = 0.1
_WORDS = {"done": "transcribed", "empty": "without speech", "kept": "kept as they were"}
_STATE_SECONDS = 1.0


@dataclass(slots=True)
class _File:
    """One recording under way."""

    name: str
    results: dict[int, ChunkResult] = field(default_factory=dict)
    pieces: int | None = None  # known once it is cut to the end
    fault: str = ""

    @property
    def is_over(self) -> bool:
        return self.pieces is not None and len(self.results) == self.pieces


class Job:
    """One run of a transcription in a run folder.

    Args:
        provider: the connected provider; None when nothing is to be sent.
        ledger: opened under the run's id.
    """

    def __init__(self, folder: Path, config: Config, provider: Provider | None, ledger: Ledger) -> None:
        self.folder = folder
        self.config = config
        self.ledger = ledger
        self.stop = threading.Event()
        self.ending: ChunkResult | None = None  # why the job ends early
        self.counts = dict.fromkeys(("done", "kept", "empty", "failed", "unconfirmed"), 0)
        self._plan = providers.plan(config.settings)
        self._sender = ChunkWorker(
            provider,
            self._plan,
            config.settings.rate,
            ledger=ledger,
            price=config.price,
            policy=config.policy,
            stop=self.stop,
            agreed=frozenset(config.agreed),
        )
        self._manifest = Manifest(config.manifest)
        self._manifest.made_by = {"provider": self._plan.provider, **self._plan.decides}
        self._events = EventWriter(folder / "events.jsonl")
        self._state = registry.StateFile(folder)
        self._inbox = Inbox(folder)
        self._pending: dict[Future[ChunkResult], tuple[_File, int, Piece]] = {}
        self._done_pieces = 0
        self._total = sum(config.pieces.values())
        self._begun = self._told = time.monotonic()

    def ask_to_stop(self) -> None:
        """End after the calls under way; nothing more is sent. Safe in signal handlers."""
        self.stop.set()

    def run(self) -> str:
        """Transcribe everything; returns the final state, with its reason in state.json.

        Raises:
            InputError: the ledger or the manifest cannot be written. What was paid for is in the ledger.
        """
        self._become("running")
        lost = self.ledger.recover()
        if lost:
            self._alert("warning", f"{lost} chunks of an earlier job are unconfirmed")
        self.ledger.enqueue(self.config.waiting(self._plan))
        pool = ThreadPoolExecutor(self.config.workers, thread_name_prefix="send")
        try:
            self._work(pool)
        except KeyboardInterrupt:  # at once: nobody waits for replies
            self.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            self._wind_down(pool)
            raise
        self._wind_down(pool)
        return self._finish()

    def _wind_down(self, pool: ThreadPoolExecutor) -> None:
        """Wait for the calls under way, keep what they brought, leave nothing open in the ledger."""
        self.stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        try:
            self._take_results()
        finally:
            self.ledger.leave()
            self._manifest.save(now=True)

    def leave_now(self) -> None:
        """Give up what is under way: calls that were sent become unconfirmed."""
        self.ledger.leave()
        self._manifest.save(now=True)
        self._become("stopped", "stopped at once; calls under way are unconfirmed")

    def close(self) -> None:
        """Close the events."""
        self._events.close()

    # --- the main thread --------------------------------------------------------------------------------------

    def _work(self, pool: ThreadPoolExecutor) -> None:
        pieces = self._pieces()
        is_more = True
        while is_more or self._pending:
            self._obey()
            # a few chunks wait cut and ready, so that no worker waits for the disk
            while is_more and not self._sender.is_paused and not self.stop.is_set() and self._has_room():
                found = next(pieces, None)
                if found is None:
                    is_more = False
                    break
                file, index, piece, number = found
                self._pending[pool.submit(self._sender.send, file.name, piece, number)] = file, index, piece
            if self.stop.is_set() and not self._pending:
                return
            if self._pending:
                concurrent.futures.wait(
                    self._pending, _LOOK_SECONDS, return_when=concurrent.futures.FIRST_COMPLETED
                )
            elif self._sender.is_paused:
                self.stop.wait(_LOOK_SECONDS)
            self._take_results()
            self._manifest.save()
            self._tell()

    def _has_room(self) -> bool:
        return len(self._pending) < 2 * self.config.workers

    def _pieces(self) -> Iterator[tuple[_File, int, Piece, int]]:
        """Every piece of every recording; one that cannot be read is reported and skipped."""
        redo = self.config.policy.redo
        for name, fault in self.config.faulty.items():  # never in the sum, so nothing of them is sent
            self._finish_file(_File(name, pieces=0, fault=fault))
        for position, (name, path) in enumerate(self.config.files):
            file = _File(name)
            if self._manifest.has(name) and name not in redo:
                self.counts["kept"] += 1
                continue
            index = -1
            try:
                for index, piece in enumerate(self._cut(path)):
                    yield file, index, piece, position * PIECES_A_FILE + index
            except InputError as error:
                file.fault = error.what
            file.pieces = index + 1
            self._finish_file(file)

    def _cut(self, path: Path) -> Iterator[Piece]:
        plan = self._plan
        return cut(path, plan.longest_seconds, plan.largest_bytes, self.config.settings.rate)

    def _take_results(self) -> None:
        for future in [future for future in self._pending if future.done()]:
            file, index, piece = self._pending.pop(future)
            if future.cancelled():
                continue
            done = future.result()
            if done.stops and self.ending is None:
                self.ending = done
                self.stop.set()
            if done.outcome in ("stopped", "over_budget"):
                continue
            file.results[index] = done
            self._done_pieces += 1
            self._tell_words(file, index, piece, done)
            self._finish_file(file)

    def _tell_words(self, file: _File, index: int, piece: Piece, done: ChunkResult) -> None:
        self._events.transcript(
            file.name,
            done.text,
            piece.length_ms / 1000,
            done.confidence,
            piece=index,
            pieces=self.config.pieces.get(file.name),
            start=piece.start_ms / 1000,
            outcome=done.outcome,
            reason=done.reason,
        )
        where = f"{file.name} at {piece.start_ms / 1000:.1f} s"
        if done.outcome in ("failed", "unconfirmed"):
            self._alert("error" if done.outcome == "failed" else "warning", f"{where}: {done.reason}")

    def _finish_file(self, file: _File) -> None:
        """Once all its pieces are back: into the manifest, or marked with why not."""
        if not file.is_over:
            return
        results = [file.results[index] for index in sorted(file.results)]
        bad = [done for done in results if not done.is_heard]
        if file.fault:
            self._mark(file.name, "failed", reason=file.fault)
            self._alert("error", f"{file.name}: {file.fault}")
        elif bad:
            worst = next((done for done in bad if done.outcome == "failed"), bad[0])
            self._mark(file.name, worst.outcome, reason=worst.reason)
        else:
            text = joined([done.text for done in results], self.config.settings.language)
            sure = [done.confidence for done in results if done.confidence is not None]
            confidence = round(sum(sure) / len(sure), 4) if sure else None
            self._mark(file.name, "done" if text else "empty", text, confidence=confidence)

    def _mark(self, name: str, state: str, text: str = "", **more: Any) -> None:
        self.counts[state] += 1
        attempt = self.config.policy.redo.get(name, 1)
        if state in ("done", "empty") and attempt > 1:
            more["attempt"] = attempt  # the redo of this recording is complete
        self._manifest.set(name, state, text, **more)

    # --- mailbox, events, state ---------------------------------------------------------------------------------

    def _obey(self) -> None:
        for message in self._inbox.poll():
            self._obey_one(message)
        for refusal in self._inbox.take_refusals():
            self._alert("warning", refusal)
        if (
            self.stop.is_set()
            and self.ending is None
            and self._state.read().get("state") in ("running", "paused")
        ):
            self._become("stopping", self._under_way())

    def _obey_one(self, message: Message) -> None:
        if message.command == "stop":
            self.stop.set()
        elif message.command == "stop_now":
            self._inbox.reply(message, done=True)
            raise KeyboardInterrupt
        elif message.command in ("pause", "resume"):
            self._sender.is_paused = message.command == "pause"
            self._become("paused" if self._sender.is_paused else "running")
        elif message.command != "ping":
            self._inbox.reply(message, error=f"a transcription has no {message.command}")
            return
        self._inbox.reply(message, done=True, paused=self._sender.is_paused)

    def _tell(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if not now and moment - self._told < _STATE_SECONDS:
            return
        self._told = moment
        rate = self._done_pieces / max(1e-9, moment - self._begun)
        total = max(self._total, self._done_pieces)
        left = (total - self._done_pieces) / rate if rate > 0 and not self._sender.is_paused else None
        note = self._note()
        self._events.progress(self._done_pieces, total, "chunk", rate, left, note)
        self._state.update(step=self._done_pieces, total_steps=total, rate=rate, eta_s=left, reason=note)

    def _note(self) -> str:
        if self.stop.is_set():
            return self._under_way()
        return "" if self._sender.is_paused else self._sender.waits_for

    def _under_way(self) -> str:
        calls = self._sender.under_way
        return f"{calls:,} call{'' if calls == 1 else 's'} under way" if calls else ""

    def _alert(self, level: str, text: str) -> None:
        self._events.alert(level, text)
        _log(f"{level}: {text}")

    def _become(self, state: str, reason: str = "") -> None:
        self._state.update(state=state, reason=reason)
        self._events.state(state, reason)
        _log(f"{state}: {reason}" if reason else state)

    def _finish(self) -> str:
        self._tell(now=True)
        counted = ", ".join(
            f"{count:,} {_WORDS.get(name, name)}" for name, count in self.counts.items() if count
        )
        if self.ending is not None:
            words = f"{self.ending.reason}; {self.ending.fix}" if self.ending.fix else self.ending.reason
            self._alert("error", words)
            state = "stopped" if self.ending.outcome == "over_budget" else "failed"
            self._become(state, words)
            return state
        is_complete = sum(self.counts.values()) == len(self.config.files) + len(self.config.faulty)
        state = "finished" if is_complete else "stopped"
        self._become(state, counted)
        return state


def _log(line: str) -> None:
    """A line for the run's log; a full disk must not end what was paid for."""
    with contextlib.suppress(OSError):
        print(line, flush=True)  # noqa: T201
