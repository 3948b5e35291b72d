"""What a worker thread does: one chunk from its samples to its text, booked in the ledger before and after."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.i18n import _
from engine.transcribe.chunking import Piece, resampled
from engine.transcribe.jobconfig import SendPolicy
from engine.transcribe.ledger import Answer, Ask, Ledger
from engine.transcribe.pricing import Price, amount
from engine.transcribe.providers.base import CallError, Chunk, Plan, Provider, Recognition

Outcome = Literal["settled", "known", "silent", "failed", "unconfirmed", "stopped", "over_budget"]

# for a chunk that another window has under way, or money that is set aside: at first, and after a while
_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 0.02, 1.0
_PAUSE_LOOK_SECONDS = 0.1
_NOTICED_SECONDS = 2.0  # shorter waits are not shown


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
    def has_text(self) -> bool:
        """Whether its text is known, be it empty."""
        return self.outcome in ("settled", "known", "silent")


class ChunkWorker:
    """Sends chunks; shared by all threads of a job. `stop` ends waiting, never a call that is under way.

    While `is_paused` nothing new is reserved; calls under way come back.

    Args:
        provider: None when nothing is to be sent.
        approved: digests of what may be sent, as in the sum that the person accepted; None: anything.
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
        approved: frozenset[str] | None = None,
    ) -> None:
        self.provider = provider
        self.plan = plan
        self.rate = rate
        self.ledger = ledger
        self.price = price
        self.policy = policy
        self.stop = stop
        self.approved = approved if provider is not None else frozenset()
        self.is_paused = False
        self._waits: dict[int, tuple[float, str]] = {}  # by thread: since when, and what for
        self._calls: set[int] = set()  # rows whose reply is waited for

    @property
    def under_way(self) -> int:
        """How many calls were sent and have no reply yet."""
        return len(self._calls)

    @property
    def waits_for(self) -> str:
        """What has been waited for longest; empty while no wait has lasted two seconds."""
        since, what = min(list(self._waits.values()), default=(0.0, ""))
        return what if what and time.monotonic() - since >= _NOTICED_SECONDS else ""

    @contextlib.contextmanager
    def _waiting(self, what: str) -> Iterator[None]:
        thread = threading.get_ident()
        self._waits[thread] = time.monotonic(), what
        try:
            yield
        finally:
            del self._waits[thread]

    def send(self, path: str, piece: Piece) -> ChunkResult:
        """The text of a chunk, paid for at most once; one that shows that the job should end sets `stop`."""
        done = self._send(path, piece)
        if done.stops:
            self.stop.set()
        return done

    def _send(self, path: str, piece: Piece) -> ChunkResult:
        if self.stop.is_set():
            return ChunkResult("stopped")
        if piece.is_silent:
            return ChunkResult("silent")
        ask = self.policy.ask(
            self.plan, self.price, path, piece.digest, piece.length_ms, start_ms=piece.start_ms
        )
        is_approved = self.approved is None or ask.digest in self.approved
        # what will not be sent needs no approval
        if not is_approved and self.ledger.look_up(ask).kind not in ("known", "unconfirmed"):
            reason = _(
                "not sent: the recording has changed since the sum was shown; start again to see the new one"
            )
            return ChunkResult("failed", reason=reason)
        attempt = 0
        while True:
            attempt += 1
            done = self._try(ask, piece, attempt)
            if isinstance(done, ChunkResult):
                return done
            if attempt >= self.policy.tries:
                return ChunkResult("failed", reason=done.reason, fix=done.fix, stops=True)
            if self._pause(ask, attempt, done):
                return ChunkResult("stopped")

    def _try(self, ask: Ask, piece: Piece, attempt: int) -> ChunkResult | CallError:
        """What the ledger knows, or one call; a CallError is one that may be tried again."""
        while self.is_paused and not self.stop.wait(_PAUSE_LOOK_SECONDS):
            pass
        answer = self._reserve(ask)
        if answer is None:
            return ChunkResult("stopped")
        return self._call(answer.row, piece, attempt) if answer.kind == "reserved" else self._unsent(answer)

    def _reserve(self, ask: Ask) -> Answer | None:
        """The ledger's answer, once nobody else is at it; None when the job is to stop meanwhile."""
        if self.stop.is_set():
            return None
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
            return _("{where} waits: the same sound is under way already").format(where=_where(ask))
        return _(
            "{where} waits for room in the budget: with what is under way at its worst "
            "({in_flight} of all windows) it could make the month {needed}"
        ).format(
            where=_where(ask),
            in_flight=answer.in_flight,
            needed=amount(answer.needed_micros, self.price.currency),
        )

    def _unsent(self, answer: Answer) -> ChunkResult:
        if answer.kind == "known":
            return ChunkResult("known", answer.text, answer.confidence)
        if answer.kind == "unconfirmed":
            fix = _("give --retry-unconfirmed to pay for it once more")
            return ChunkResult("unconfirmed", reason=answer.reason, fix=fix)
        reason = _(
            "the budget is reached: {spent} of this month are taken, the next chunk could make it {needed}"
        ).format(
            spent=amount(answer.spent_micros, self.price.currency),
            needed=amount(answer.needed_micros, self.price.currency),
        )
        fix = _("raise --budget, or `vitsdeck cost --account {account} --budget USD`, to go on")
        fix = fix.format(account=self.policy.account)
        return ChunkResult("over_budget", reason=reason, fix=fix, stops=True)

    def _call(self, row: int, piece: Piece, attempt: int) -> ChunkResult | CallError:
        """Send a reserved chunk once; a CallError is one that may be tried again."""
        assert self.provider is not None  # noqa: S101 - without one nothing is approved, so nothing is reserved
        wait = _(
            "no connection to {host} yet; waits for it {seconds:g} s at most, try {attempt} of {tries}"
        ).format(
            host=self.plan.host,
            seconds=self.policy.connect_seconds,
            attempt=attempt,
            tries=self.policy.tries,
        )
        chunk = Chunk(resampled(piece, self.rate), self.rate)
        try:
            with self._waiting(wait):
                self.provider.ready(self.policy.connect_seconds)
        except CallError as error:
            self.ledger.release(row)
            return error
        if self.stop.is_set():
            self.ledger.release(row)
            return ChunkResult("stopped")
        self.ledger.mark_sent(row)
        self._calls.add(row)
        try:
            reply = self.provider.recognise(chunk)
        except CallError as error:
            return self._failed(row, error)
        finally:
            self._calls.discard(row)
        return self._settled(row, reply)

    def _failed(self, row: int, error: CallError) -> ChunkResult | CallError:
        if error.kind == "unknown":
            self.ledger.unconfirm(row, error.reason)
            fix = _("it counts as spent until it is settled")
            return ChunkResult("unconfirmed", reason=error.reason, fix=fix)
        self.ledger.fail(row, error.reason)
        if error.kind == "retry":
            return error
        return ChunkResult("failed", reason=error.reason, fix=error.fix, stops=error.stops)

    def _settled(self, row: int, reply: Recognition) -> ChunkResult:
        billed_ms, excess_ms = self.ledger.settle(
            row, reply.text, billed_ms=reply.billed_ms, confidence=reply.confidence
        )
        if not excess_ms:
            return ChunkResult("settled", reply.text, reply.confidence)
        reason = _(
            "a call was billed for {billed:g} s, {excess:g} s more than the price list allows at worst"
        ).format(billed=billed_ms / 1000, excess=excess_ms / 1000)
        fix = _("write the provider's longest unit into prices.toml as worst_rounding_seconds")
        return ChunkResult("settled", reply.text, reply.confidence, reason=reason, fix=fix, stops=True)

    def _pause(self, ask: Ask, attempt: int, error: CallError) -> bool:
        """Wait before another attempt, unevenly so that workers spread; whether the job is to stop meanwhile."""
        wait_s = min(self.policy.longest_wait_s, self.policy.first_wait_s * 2 ** (attempt - 1))
        wait_s *= random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        wait = _("{where}: {reason}; try {attempt} of {tries} after {seconds:.0f} s").format(
            where=_where(ask),
            reason=error.reason,
            attempt=attempt + 1,
            tries=self.policy.tries,
            seconds=wait_s,
        )
        with self._waiting(wait):
            return self.stop.wait(wait_s)


def _where(ask: Ask) -> str:
    return _("{path} at {seconds:.1f} s").format(path=ask.path, seconds=ask.start_ms / 1000)
