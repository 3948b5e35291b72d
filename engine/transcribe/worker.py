"""What a worker thread does: one chunk from its samples to its text, booked in the ledger before and after."""

from __future__ import annotations

import contextlib
import random
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.errors import InputError
from engine.transcribe.chunking import Piece, resampled
from engine.transcribe.jobconfig import SendPolicy
from engine.transcribe.ledger import Answer, Ask, BudgetReachedError, Ledger, Settled
from engine.transcribe.pricing import Price, amount
from engine.transcribe.providers.base import CallError, Chunk, Plan, Provider, Recognition

Outcome = Literal["settled", "known", "silent", "failed", "unconfirmed", "stopped", "over_budget"]

_NOT_AGREED = "not sent: the recording has changed since the sum was shown; start again to see the new one"
# for a chunk that another window has under way, or money that is set aside: at first, and after a while
_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.02, 1.0
_PAUSE_LOOK_SECONDS = 0.1
_NOTICED_SECONDS = 2.0  # shorter waits are not shown
_LEDGER_ATTEMPTS = 6  # a full disk may be freed, and the reply has been paid for


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """How a chunk ended. `stops`: the job should end, for `reason`; `fix` is what the person can do."""

    outcome: Outcome
    text: str = ""
    confidence: float | None = None
    reason: str = ""
    fix: str = ""
    stops: bool = False

    @property
    def is_heard(self) -> bool:
        """Whether its text is known, be it empty."""
        return self.outcome in ("settled", "known", "silent")


class ChunkWorker:
    """Sends chunks; shared by all threads of a job. `stop` ends waiting, never a call that is under way.

    While `is_paused` nothing is sent or set aside; calls under way come back.

    Args:
        provider: None when nothing is to be sent.
        agreed: digests of what may be sent, as the person has seen and agreed to the sum; None: anything.
    """

    def __init__(
        self,
        provider: Provider | None,
        plan: Plan,
        rate: int,
        *,
        ledger: Ledger,
        price: Price,
        policy: SendPolicy,
        stop: threading.Event,
        agreed: frozenset[str] | None = None,
    ) -> None:
        self.provider = provider
        self.plan = plan
        self.rate = rate
        self.ledger = ledger
        self.price = price
        self.policy = policy
        self.stop = stop
        self._waits: dict[int, tuple[float, str]] = {}  # by thread: since when, and what for
        self.is_paused = False
        self._calls: set[int] = set()  # rows whose reply is waited for
        self.agreed = agreed if provider is not None else frozenset()

    @property
    def under_way(self) -> int:
        """How many calls were sent and have no reply yet."""
        return len(self._calls)

    @property
    def waits_for(self) -> str:
        """What has been waited for longest; empty while no wait has lasted two seconds."""
        begun, what = min(list(self._waits.values()), default=(0.0, ""))
        return what if what and time.monotonic() - begun >= _NOTICED_SECONDS else ""

    @contextlib.contextmanager
    def _waiting(self, what: str) -> Iterator[None]:
        thread = threading.get_ident()
        self._waits[thread] = time.monotonic(), what
        try:
            yield
        finally:
            del self._waits[thread]

    def send(self, path: str, piece: Piece, number: int) -> ChunkResult:
        """The text of a chunk, paid for at most once; one that shows that the job should end sets `stop`."""
        if self.stop.is_set():
            return ChunkResult("stopped")
        done = self._send(path, piece, number)
        if done.stops:
            self.stop.set()
        return done

    def _send(self, path: str, piece: Piece, number: int) -> ChunkResult:
        if piece.is_silent:
            return ChunkResult("silent")
        ask = self.policy.ask(self.plan, self.price, path, piece, number)
        if not self._is_agreed(ask):
            return ChunkResult("failed", reason=_NOT_AGREED)
        done: ChunkResult | CallError | None = None
        for attempt in range(self.policy.tries):
            if isinstance(done, CallError) and self._pause(ask, attempt, done):
                return ChunkResult("stopped")
            done = self._try(ask, piece, attempt)
            if isinstance(done, ChunkResult):
                return done
        assert done is not None  # noqa: S101 - at least one attempt is made
        return ChunkResult("failed", reason=done.reason, fix=done.fix, stops=True)

    def _try(self, ask: Ask, piece: Piece, attempt: int) -> ChunkResult | CallError:
        """What the ledger knows, or one call; a pause before it is sent begins anew, with nothing set aside."""
        done: ChunkResult | CallError | None = None
        while done is None:
            if self._is_ended_while_paused():
                return ChunkResult("stopped")
            answer = self._reserve(ask)
            if answer is None:
                return ChunkResult("stopped")
            reserved = answer.kind == "reserved"
            done = self._call(answer.row, piece, attempt) if reserved else self._unsent(answer)
        return done

    def _is_ended_while_paused(self) -> bool:
        """Wait as long as the job is paused; whether it is to stop."""
        while self.is_paused and not self.stop.wait(_PAUSE_LOOK_SECONDS):
            pass
        return self.stop.is_set()

    def _is_agreed(self, ask: Ask) -> bool:
        """Whether the person has agreed to this very sound; what will not be sent needs no agreement."""
        if self.agreed is None or ask.digest in self.agreed:
            return True
        return self.ledger.look_up(ask).kind in ("known", "unconfirmed")

    def _reserve(self, ask: Ask) -> Answer | None:
        """The ledger's answer, once nobody else is at it; None when the job is to stop meanwhile."""
        answer = self.ledger.reserve(ask, budget_micros=self.policy.budget_micros)
        if not answer.may_change:
            return answer
        look_s = _LOOK_SECONDS
        with self._waiting(self._what_for(ask, answer)):
            while not self.stop.wait(look_s):
                if self.is_paused:
                    continue
                look_s = min(_LONGEST_LOOK_SECONDS, 1.5 * look_s)
                self.ledger.recover()  # whoever holds it may have died
                answer = self.ledger.reserve(ask, budget_micros=self.policy.budget_micros)
                if not answer.may_change:
                    return answer
        return None

    def _what_for(self, ask: Ask, answer: Answer) -> str:
        if answer.kind == "busy":
            return f"{_where(ask)} waits: the same sound is under way already"
        needed = amount(answer.needed_micros, self.price.currency)
        return (
            f"{_where(ask)} waits for room in the budget: with what is under way at its worst "
            f"({answer.in_flight} of all windows) it could make the month {needed}"
        )

    def _unsent(self, answer: Answer) -> ChunkResult:
        if answer.kind == "known":
            return ChunkResult("known", answer.text, answer.confidence)
        if answer.kind == "unconfirmed":
            fix = "give --retry-unconfirmed to pay for it once more"
            return ChunkResult("unconfirmed", reason=answer.reason, fix=fix)
        spent, needed = (
            amount(each, self.price.currency) for each in (answer.spent_micros, answer.needed_micros)
        )
        reason = (
            f"the budget is reached: {spent} of this month are taken, the next chunk could make it {needed}"
        )
        fix = f"raise --budget, or `vitsdeck cost --account {self.policy.account} --budget USD`, to go on"
        return ChunkResult("over_budget", reason=reason, fix=fix, stops=True)

    def _call(self, row: int, piece: Piece, attempt: int) -> ChunkResult | CallError | None:
        """Send a reserved chunk once; a CallError is one that may be tried again, None one that was not sent as the
        job was paused or stopped meanwhile.
        """
        assert self.provider is not None  # noqa: S101 - `_is_agreed` lets nothing through without one
        chunk = Chunk(resampled(piece, self.rate), self.rate)
        patience = f"{self.policy.connect_seconds:g} s at most, try {attempt + 1} of {self.policy.tries}"
        try:
            with self._waiting(f"no connection to {self.plan.place} yet; waits for it {patience}"):
                self.provider.ready(self.policy.connect_seconds)
        except CallError as error:
            self.ledger.release(row)
            return error
        if self.is_paused or self.stop.is_set():
            self.ledger.release(row)
            return None
        try:
            self.ledger.mark_sent(row, budget_micros=self.policy.budget_micros)
        except BudgetReachedError:
            reason = "a new month has begun, and its budget has no room"
            return ChunkResult("over_budget", reason=reason, fix="raise the budget to go on", stops=True)
        self._calls.add(row)
        try:
            heard = self.provider.recognise(chunk)
        except CallError as error:
            return self._failed(row, error)
        except Exception as error:  # noqa: BLE001 - a library's defect: the call may have been made and billed
            traceback.print_exc()  # into the run's log
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            self.ledger.unconfirm(row, reason)
            return ChunkResult(
                "unconfirmed", reason=reason, fix="this is a defect; nothing more is sent", stops=True
            )
        finally:
            self._calls.discard(row)
        return self._settled(row, heard)

    def _failed(self, row: int, error: CallError) -> ChunkResult | CallError:
        if error.kind == "unknown":
            self.ledger.unconfirm(row, error.reason)
            return ChunkResult(
                "unconfirmed", reason=error.reason, fix="it counts as spent until it is settled"
            )
        self.ledger.fail(row, error.reason)
        if error.kind == "retry":
            return error
        return ChunkResult("failed", reason=error.reason, fix=error.fix, stops=error.stops)

    def _settled(self, row: int, heard: Recognition) -> ChunkResult:
        settled = self._keep(row, heard)
        if settled.excess_ms:
            reason = (
                f"a call was billed for {settled.billed_ms / 1000:g} s, "
                f"{settled.excess_ms / 1000:g} s more than the price list allows at worst"
            )
            fix = "write the provider's longest unit into prices.toml as worst_rounding_seconds"
            return ChunkResult("settled", heard.text, heard.confidence, reason=reason, fix=fix, stops=True)
        return ChunkResult("settled", heard.text, heard.confidence)

    def _keep(self, row: int, heard: Recognition) -> Settled:
        """Write the reply down, patiently."""
        attempt = 0
        while True:
            try:
                return self.ledger.settle(
                    row, heard.text, billed_ms=heard.billed_ms, confidence=heard.confidence
                )
            except InputError:
                attempt += 1
                if attempt == _LEDGER_ATTEMPTS:
                    raise
                time.sleep(0.1 * 2**attempt)

    def _pause(self, ask: Ask, attempt: int, error: CallError) -> bool:
        """Wait before another attempt, unevenly so that workers spread; whether the job is to stop meanwhile."""
        wait_s = min(self.policy.longest_wait_s, self.policy.first_wait_s * 2 ** (attempt - 1))
        wait_s *= random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        turn = f"try {attempt + 1} of {self.policy.tries} after {wait_s:.0f} s"
        with self._waiting(f"{_where(ask)}: {error.reason}; {turn}"):
            return self.stop.wait(wait_s)


def _where(ask: Ask) -> str:
    return f"{ask.path} at {ask.start_ms / 1000:.1f} s"
