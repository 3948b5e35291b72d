"""What a transcription would send and cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.audio.recordings import recordings_below
from engine.errors import InputError
from engine.transcribe.cutting import cut
from engine.transcribe.ledger import Ask, Ledger
from engine.transcribe.manifest import name_fault
from engine.transcribe.pricing import Price
from engine.transcribe.providers.base import Plan

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a recording by its digest; times in milliseconds."""

    digest: str
    start_ms: int
    length_ms: int
    is_silent: bool


@dataclass(slots=True)
class Recording:
    """One file: its name in the manifest, where it lies, its pieces, or why it cannot be read."""

    name: str
    path: Path
    cuts: list[Cut] = field(default_factory=list)
    fault: str = ""
    stamp: tuple[int, ...] = ()  # of the file before it was read
    warnings: list[str] = field(default_factory=list)  # what was found of its sound, and done

    @property
    def length_ms(self) -> int:
        """Of the sound in it."""
        return sum(each.length_ms for each in self.cuts)


@dataclass(slots=True)
class Quote:
    """What a start would do; times in milliseconds, money in millionths of the price's currency.

    Attributes:
        send_ms: lengths of the pieces that would be sent. billed_ms: what they would be billed for, rounded.
        free_ms: how much of that this month's free time covers.
        micros: what it adds to this month. spent_micros: what the month costs before it, with all that is under way or
            waits in any window. queued_ms: what waits there, at prices that cost something.
        least_micros, enough_micros: a budget for the month that lets anything be sent at all, and one that lets it
            finish.
        account_micros: the account's own budget for a month; None: no limit. budget_note: what no budget of the month
            counts, since it was spent in another currency.
        known, silent, unconfirmed: pieces that are not sent, since they are done, still, or in doubt.
        repeated: pieces whose sound this start sends already. busy: pieces that another window has under way.
        kinds: for each name what became of its pieces: send, known, silent, unconfirmed, busy. A sound that stands in
            several files has `send` in each.
        agreed: digests of what is sent, in the order of `new`; then of what another window has under way, which may
            come back to us.
        new: for each name the pieces that are sent: (piece, length in ms).
    """

    recordings: list[Recording]
    send_ms: list[int]
    billed_ms: int
    free_ms: int
    micros: int
    spent_micros: int
    currency: str
    least_micros: int = 0
    enough_micros: int = 0
    account_micros: int | None = None
    queued_ms: int = 0
    budget_note: str = ""
    known: int = 0
    silent: int = 0
    unconfirmed: int = 0
    repeated: int = 0
    busy: int = 0
    kinds: dict[str, list[str]] = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)
    new: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def faulty(self) -> list[Recording]:
        """Recordings that cannot be read."""
        return [each for each in self.recordings if each.fault]


def find(path: str | Path) -> list[Path]:
    """Every recording in a folder and below, by name; or the one file.

    Raises:
        InputError: no such folder, or no recordings in it.
    """
    source = Path(path)
    if source.is_file():
        return [source]
    return recordings_below(source)


def survey(
    files: Sequence[tuple[str, Path]], plan: Plan, rate: int, on_progress: Progress | None = None
) -> list[Recording]:
    """Cut every file as it would be sent; what cannot be read is noted, not raised.

    Args:
        files: name in the manifest, and path.
    """
    recordings = []
    for number, (name, path) in enumerate(files, 1):
        recording = Recording(name, path, fault=name_fault(name), stamp=stamp(path))
        try:
            limits = plan.longest_seconds, plan.largest_bytes, rate
            pieces = () if recording.fault else cut(path, *limits, told=recording.warnings)
            recording.cuts = [
                Cut(piece.digest, piece.start_ms, piece.length_ms, piece.is_silent) for piece in pieces
            ]
        except InputError as error:
            recording.fault, recording.cuts = error.of(path), []
        recordings.append(recording)
        if on_progress is not None:
            on_progress(number, len(files), name)
    return recordings


def stamp(path: Path) -> tuple[int, ...]:
    """What changes when a recording does; nothing when it is not there."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size


def quote(
    recordings: Sequence[Recording],
    plan: Plan,
    price: Price,
    *,
    ledger: Ledger,
    account: str,
    again_after: int | None = None,
    resend_upto: int = 0,
) -> Quote:
    """What a start would send and cost; a sound that stands in several files is paid for once."""
    before = ledger.usage(account)
    result = Quote(list(recordings), [], 0, 0, 0, before.with_more(price, 0), price.currency)
    result.account_micros, result.queued_ms = before.budget_micros, before.queued_ms
    result.budget_note = before.budget_note(price.currency)
    seen: set[str] = set()
    busy: list[str] = []
    for recording in recordings:
        if recording.fault:
            continue
        for index, each in enumerate(recording.cuts):
            ask = Ask(
                digest=each.digest,
                provider=plan.provider,
                settings=plan.settings_id,
                account=account,
                price=price,
                path=recording.name,
                start_ms=each.start_ms,
                length_ms=each.length_ms,
                again_after=again_after,
                resend_upto=resend_upto,
            )
            kind = "silent" if each.is_silent else ledger.look_up(ask).kind
            result.kinds.setdefault(recording.name, []).append("send" if kind == "reserved" else kind)
            if kind != "reserved":
                setattr(result, kind, getattr(result, kind) + 1)
            elif each.digest in seen:
                result.repeated += 1
            else:
                result.send_ms.append(each.length_ms)
                result.new.setdefault(recording.name, []).append((index, each.length_ms))
            if kind in ("reserved", "busy") and each.digest not in seen:
                seen.add(each.digest)
                (busy if kind == "busy" else result.agreed).append(each.digest)
    result.agreed += busy
    result.billed_ms = sum(map(price.billed_ms, result.send_ms))
    after = before.with_more(price, result.billed_ms)
    result.micros = after - before.with_more(price, 0)
    free_before = before.free_left_with(price)
    result.free_ms = min(result.billed_ms, free_before)
    result.least_micros, result.enough_micros = ledger.room_needed(account, price, result.send_ms)
    return result
