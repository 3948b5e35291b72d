"""What a start would send, what that costs, and what it adds to the month: the one place that computes it.

Light enough for the dashboard, which shows the same sums for selected recordings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.ledger import Usage
from engine.transcribe.pricing import MINUTE_MS, Price, added, free_left_ms, month_micros

# What becomes of a piece: it is sent, or it is known, silent, unconfirmed, or under way in another window (busy).
SENT = frozenset({"send"})
RETRIED = SENT | {"unconfirmed"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording by the digest of its samples."""

    digest: str
    length_ms: int
    state: str = "send"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file: its name in the manifest, where it lies, its pieces, or the fault for which it cannot be read.

    Attributes:
        warnings: repairs of its sound.
    """

    name: str
    path: Path
    pieces: tuple[Piece, ...] = ()
    fault: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def length_ms(self) -> int:
        """Of its sound."""
        return sum(piece.length_ms for piece in self.pieces)

    def has(self, *states: str) -> bool:
        """Whether a piece is in one of these states."""
        return any(piece.state in states for piece in self.pieces)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` reads them."""
        pieces = [[piece.digest, piece.length_ms, piece.state] for piece in self.pieces]
        about = {"name": self.name, "path": self.path.absolute(), "fault": self.fault}
        return {**about, "warnings": list(self.warnings), "pieces": pieces}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Recording:
        """What `to_json` made."""
        pieces = tuple(Piece(str(digest), int(ms), str(state)) for digest, ms, state in plain["pieces"])
        return cls(str(plain["name"]), Path(plain["path"]), pieces, str(plain["fault"]))


@dataclass(frozen=True)
class Quote:
    """What a start would do; times in milliseconds, money in millionths of the price's currency.

    A sound that stands in several recordings is sent and paid for once.

    Attributes:
        usage: the month before the start.
        states: of the pieces that it would send.
    """

    recordings: Sequence[Recording]
    price: Price
    usage: Usage
    states: frozenset[str] = field(default=SENT)

    def of(self, names: Collection[str]) -> Quote:
        """Of these recordings alone; of all when none are named."""
        if not names:
            return self
        return replace(self, recordings=[each for each in self.recordings if each.name in names])

    @property
    def readable(self) -> list[Recording]:
        """Recordings without a fault."""
        return [each for each in self.recordings if not each.fault]

    @property
    def faulty(self) -> list[Recording]:
        """Recordings that cannot be read or named."""
        return [each for each in self.recordings if each.fault]

    @cached_property
    def sent(self) -> dict[str, Piece]:
        """Pieces that would be sent, by digest."""
        found: dict[str, Piece] = {}
        for each in self.readable:
            for piece in each.pieces:
                if piece.state in self.states:
                    found.setdefault(piece.digest, piece)
        return found

    @property
    def chunks(self) -> int:
        """How many pieces would be sent."""
        return len(self.sent)

    @property
    def sending(self) -> list[Recording]:
        """Recordings of which something is sent."""
        return [each for each in self.readable if each.has(*self.states)]

    def count(self, state: str) -> int:
        """How many pieces are in a state."""
        return sum(piece.state == state for each in self.readable for piece in each.pieces)

    @property
    def repeated(self) -> int:
        """Pieces whose sound this start sends already."""
        return sum(self.count(state) for state in self.states) - self.chunks

    @property
    def length_ms(self) -> int:
        """Of all readable recordings."""
        return sum(each.length_ms for each in self.readable)

    @property
    def send_ms(self) -> list[int]:
        """The length of each piece that would be sent."""
        return [piece.length_ms for piece in self.sent.values()]

    @property
    def billed_ms(self) -> int:
        """What they would be billed for, each rounded up."""
        return sum(map(self.price.billed_ms, self.send_ms))

    @property
    def free_ms(self) -> int:
        """How much of that this month's free time covers."""
        return min(self.billed_ms, free_left_ms(added(self.usage.promised, {self.price: 0}), self.price))

    @property
    def currency(self) -> str:
        """Of all sums here."""
        return self.usage.currency if self.price.is_free else self.price.currency

    @property
    def before_micros(self) -> int:
        """What the month costs without this start, with all that is under way or waits in any window."""
        return month_micros(added(self.usage.promised, {self.price: 0}), self.currency)

    @property
    def after_micros(self) -> int:
        """What it costs with this start."""
        return month_micros(added(self.usage.promised, {self.price: self.billed_ms}), self.currency)

    @property
    def micros(self) -> int:
        """What this start adds to the month."""
        return self.after_micros - self.before_micros

    @property
    def enough_micros(self) -> int:
        """A budget for the month that lets the start finish, with what waits in other windows sent before it."""
        # the last chunk must fit with the most that it could be billed for
        margin = max((self.price.worst_ms(ms) - self.price.billed_ms(ms) for ms in self.send_ms), default=0)
        more = {self.price: self.billed_ms + margin}
        return month_micros(added(self.usage.worst, self.usage.queued, more), self.currency)

    @property
    def refusal(self) -> InputError | None:
        """Why the month cannot hold this start whatever the budget is; None when it can."""
        price, month = self.price, self.usage.promised
        if price.is_free or not self.chunks:
            return None
        if others := {row.currency for row in month if not row.is_free} - {price.currency}:
            what = _("this month's money is in {currency}, and {price} is priced in {other}").format(
                currency=min(others), price=price.name, other=price.currency
            )
            return InputError(what, fix=_("wait for the next month, or name another --account"))
        limit_ms = price.up_to_minutes * MINUTE_MS
        if limit_ms and month.get(price, 0) + self.billed_ms > limit_ms:
            what = _(
                "the price of {price} holds for {minutes:,} minutes a month, and this passes them"
            ).format(price=price.name, minutes=price.up_to_minutes)
            return InputError(what, fix=_("send fewer recordings, or name another --account"))
        return None
