"""A transcription under way: recordings in, chunks to the worker threads, texts out, the manifest at the end.

The main thread cuts, reads commands and writes events and manifest; worker threads only send. The ledger is written
first, so a job may be killed at any moment and started again.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.i18n import _, plural
from engine.jobs import job as jobs
from engine.runs.commands import Message
from engine.transcribe.chunking import Piece, cut
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import Ledger
from engine.transcribe.manifest import Manifest, joined
from engine.transcribe.providers import registry as providers
from engine.transcribe.providers.base import Provider
from engine.transcribe.worker import ChunkResult, ChunkWorker

KIND = "transcribe"
_LOOK_SECONDS = 0.1
_STATE_SECONDS = 1.0
_COUNTED = {
    "done": _("{n:,} transcribed"),
    "kept": _("{n:,} kept as they were"),
    "empty": _("{n:,} without speech"),
    "failed": _("{n:,} failed"),
    "unconfirmed": _("{n:,} unconfirmed"),
}


@dataclass(slots=True)
class _File:
    """One recording under way."""

    name: str
    results: dict[int, ChunkResult] = field(default_factory=dict)
    pieces: int | None = None  # known once it is cut to the end
    fault: str = ""


class Job(jobs.Job):
    """One run of a transcription in a run folder.

    Args:
        provider: the connected provider; None when nothing is to be sent.
        ledger: opened under the run's id.
    """

    def __init__(self, folder: Path, config: Config, provider: Provider | None, ledger: Ledger) -> None:
        super().__init__(folder, "chunk")
        self.config = config
        self.ledger = ledger
        self.ending: ChunkResult | None = None  # why the job ends early
        self.counts = dict.fromkeys(_COUNTED, 0)
        self._plan = providers.plan(config.settings)
        self._worker = ChunkWorker(
            provider,
            self._plan,
            config.settings.rate,
            ledger=ledger,
            price=config.price,
            policy=config.policy,
            stop=self.stop,
            approved=frozenset(config.approved),
        )
        self._manifest = Manifest(config.manifest)
        self._manifest.made_by = {"provider": self._plan.provider, **self._plan.decides}
        self._pending: dict[Future[ChunkResult], tuple[_File, int, Piece]] = {}
        self._done_pieces = 0
        self._total = sum(config.pieces.values())
        self._started = self._reported = time.monotonic()

    def run(self) -> str:
        """Transcribe everything; returns the final state, with its reason in state.json.

        Raises:
            InputError: the ledger or the manifest cannot be written. What was paid for is in the ledger.
        """
        self._become("running")
        if lost := self.ledger.recover():
            self.alert(
                "warning",
                plural(
                    "{n} chunk of an earlier job is unconfirmed",
                    "{n} chunks of an earlier job are unconfirmed",
                    lost,
                ),
            )
        self.ledger.enqueue(self.config.queue(self._plan))
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
        self._become("stopped", _("stopped at once; calls under way are unconfirmed"))

    def ask_to_stop(self) -> None:
        """End after the calls under way; the second time, end now (KeyboardInterrupt)."""
        if self.stopping:
            raise KeyboardInterrupt
        self.stop.set()

    # --- the main thread --------------------------------------------------------------------------------------

    def _work(self, pool: ThreadPoolExecutor) -> None:
        pieces = self._pieces()
        is_more = True
        while is_more or self._pending:
            self._read_commands()
            # a few chunks wait cut and ready, so that no worker waits for the disk
            while is_more and not self._is_held and len(self._pending) < 2 * self.config.workers:
                found = next(pieces, None)
                if found is None:
                    is_more = False
                    break
                file, _index, piece = found
                self._pending[pool.submit(self._worker.send, file.name, piece)] = found
            if self._pending:
                concurrent.futures.wait(
                    self._pending, _LOOK_SECONDS, return_when=concurrent.futures.FIRST_COMPLETED
                )
            elif self.stop.wait(_LOOK_SECONDS if self._worker.is_paused else 0):
                return
            self._take_results()
            self._manifest.save()
            self._report_progress()

    @property
    def _is_held(self) -> bool:
        return self._worker.is_paused or self.stopping

    def _pieces(self) -> Iterator[tuple[_File, int, Piece]]:
        """Every piece of every recording; one that cannot be read is reported and skipped."""
        plan, config = self._plan, self.config
        for name, fault in config.faulty.items():  # never in the sum, so nothing of them is sent
            self._finish_file(_File(name, pieces=0, fault=fault))
        for name, path in config.files:
            file = _File(name)
            if self._manifest.has(name) and name not in config.policy.redo:
                self.counts["kept"] += 1
                continue
            index = -1
            try:
                pieces = cut(path, plan.longest_seconds, plan.largest_bytes, config.settings.rate)
                for index, piece in enumerate(pieces):
                    yield file, index, piece
            except InputError as error:
                file.fault = error.what
            file.pieces = index + 1
            self._finish_file(file)

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
            self._report_piece(file, index, piece, done)
            self._finish_file(file)

    def _report_piece(self, file: _File, index: int, piece: Piece, done: ChunkResult) -> None:
        start_s = piece.start_ms / 1000
        self._events.transcript(
            file.name,
            done.text,
            piece.length_ms / 1000,
            done.confidence,
            piece=index,
            pieces=self.config.pieces.get(file.name),
            start=start_s,
            outcome=done.outcome,
            reason=done.reason,
        )
        if not done.has_text:
            text = _("{path} at {seconds:.1f} s: {reason}")
            text = text.format(path=file.name, seconds=start_s, reason=done.reason)
            self.alert("error" if done.outcome == "failed" else "warning", text)

    def _finish_file(self, file: _File) -> None:
        """Once all its pieces are back: into the manifest, or marked with why not."""
        if file.pieces is None or len(file.results) < file.pieces:
            return
        results = [file.results[index] for index in sorted(file.results)]
        bad = sorted(
            (done for done in results if not done.has_text), key=lambda done: done.outcome != "failed"
        )
        if file.fault:
            self._mark(file.name, "failed", reason=file.fault)
            self.alert("error", f"{file.name}: {file.fault}")
        elif bad:
            self._mark(file.name, bad[0].outcome, reason=bad[0].reason)
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

    # --- commands, events, state --------------------------------------------------------------------------------

    def _read_commands(self) -> None:
        for message in self._inbox.poll():
            self._execute(message)
        for refusal in self._inbox.take_refusals():
            self.alert("warning", refusal)
        is_stopping = self.stopping and self.ending is None
        if is_stopping and self._state.read().get("state") in ("running", "paused"):
            self._become("stopping", self._note())

    def _execute(self, message: Message) -> None:
        if message.command == "stop":
            self.stop.set()
        elif message.command == "stop_now":
            self._inbox.reply(message, done=True)
            raise KeyboardInterrupt
        elif message.command in ("pause", "resume"):
            self._worker.is_paused = message.command == "pause"
            self._become("paused" if self._worker.is_paused else "running")
        elif message.command != "ping":
            error = _("a transcription has no {command}").format(command=message.command)
            self._inbox.reply(message, error=error)
            return
        self._inbox.reply(message, done=True, paused=self._worker.is_paused)

    def _report_progress(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if not now and moment - self._reported < _STATE_SECONDS:
            return
        self._reported = moment
        rate = self._done_pieces / max(1e-9, moment - self._started)
        total = max(self._total, self._done_pieces)
        left = (total - self._done_pieces) / rate if rate > 0 and not self._worker.is_paused else None
        note = self._note()
        self._events.progress(self._done_pieces, total, self.unit, rate, left, note)
        self._state.update(step=self._done_pieces, total_steps=total, rate=rate, eta_s=left, reason=note)

    def _note(self) -> str:
        """What the job waits for."""
        if self.stopping:
            calls = self._worker.under_way
            return plural("{n:,} call under way", "{n:,} calls under way", calls) if calls else ""
        return "" if self._worker.is_paused else self._worker.waits_for

    def _become(self, state: str, reason: str = "") -> None:
        self.set_state(state, reason)
        self.log(f"{state}: {reason}" if reason else state)

    def _finish(self) -> str:
        self._report_progress(now=True)
        if self.ending is not None:
            reason = "; ".join(filter(None, (self.ending.reason, self.ending.fix)))
            self.alert("error", reason)
            state = "stopped" if self.ending.outcome == "over_budget" else "failed"
        else:
            reason = ", ".join(_COUNTED[name].format(n=count) for name, count in self.counts.items() if count)
            is_complete = sum(self.counts.values()) == len(self.config.files) + len(self.config.faulty)
            state = "finished" if is_complete else "stopped"
        self._become(state, reason)
        return state
