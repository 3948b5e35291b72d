"""From what a person asked for to a run: recordings found and cut, the sum worked out, nothing sent yet."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.audio.recordings import recordings_below
from engine.errors import InputError
from engine.i18n import _
from engine.runs import launch
from engine.runs.registry import RunSnapshot
from engine.transcribe.chunking import cut
from engine.transcribe.job import KIND
from engine.transcribe.jobconfig import Config, SendPolicy
from engine.transcribe.ledger import DEFAULT_ACCOUNT, Ledger
from engine.transcribe.manifest import Manifest, name_fault
from engine.transcribe.pricing import OWN_NAME, Price, PriceTable
from engine.transcribe.providers import registry as providers
from engine.transcribe.providers.base import Plan, Settings
from engine.transcribe.quote import Piece, Quote, Recording

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for.

    Attributes:
        source: a folder of recordings, or one.
        manifest: what is to be made.
        ledger: the ledger file; the person's own prices lie beside it.
        root: the workspace, if there is one: names of clips are relative to it.
        runs: the folder that run folders lie in.
        budget_micros: the most that the account's month may cost.
        only: these recordings of `source` alone; None: all of it.
        redo: transcribe what has a transcript once more. retry_unconfirmed: pay once more for what is unconfirmed.
    """

    source: Path
    manifest: Path
    settings: Settings
    ledger: Path
    runs: Path
    root: Path | None = None
    account: str = DEFAULT_ACCOUNT
    budget_micros: int | None = None
    workers: int = 4
    redo: bool = False
    retry_unconfirmed: bool = False
    only: frozenset[Path] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that could be started now, and what it would cost.

    Attributes:
        kept: recordings that have a transcript and keep it. redo: those whose transcript would be replaced.
        missing: the library or the credentials that a start needs and does not find.
        notice: what was changed in the person's price list.
    """

    request: Request
    plan: Plan
    quote: Quote
    folder: Path
    config: Config
    kept: list[str]
    redo: list[str]
    missing: InputError | None = None
    notice: str = ""

    @property
    def price(self) -> Price:
        """Of the provider."""
        return self.quote.price

    @property
    def limit(self) -> tuple[int, str] | None:
        """The lowest budget that holds for the month, in millionths, and whose it is: `budget` (the request's own) or
        `account`; None where there is none, or nothing costs anything."""
        given = ((self.request.budget_micros, "budget"), (self.quote.usage.budget_micros, "account"))
        limits = [(micros, whose) for micros, whose in given if micros is not None]
        return None if self.price.is_free else min(limits, default=None)


def prepare(request: Request, on_progress: Progress | None = None) -> Prepared:
    """Find, cut and price what was asked for; nothing is sent and no run folder is made.

    Raises:
        InputError: settings that make no sense, no recordings, a manifest that cannot be written, a month that the
            price does not hold for.
    """
    settings = request.settings
    plan = providers.plan(settings)
    files = [(_name(path, request), path) for path in _wanted(request)]
    manifest = Manifest(request.manifest)
    every = request.redo or request.retry_unconfirmed
    table = PriceTable.load(request.ledger.with_name(OWN_NAME))
    price = table.find(plan.provider, plan.api, plan.model, settings.logging)
    wanted = [(name, path) for name, path in files if every or not manifest.has(name)]
    recordings = []
    for number, (name, path) in enumerate(wanted, 1):
        recordings.append(_survey(name, path, plan, settings.rate))
        if on_progress is not None:
            on_progress(number, len(wanted), name)
    folder = run_folder(request.runs, request.manifest)
    with Ledger(request.ledger) as ledger:
        open_redo = _open_redo(folder, manifest, plan)
        asked = [each for each in recordings if manifest.has(each.name)]
        redo: dict[str, int] = {}
        if request.redo:
            redo = _redo(asked, manifest, plan, ledger, open_redo)
        if request.retry_unconfirmed:
            policy = SendPolicy(request.account, redo=open_redo)
            for each in _quote(asked, plan, price, policy, ledger).recordings:
                if each.has("unconfirmed"):
                    redo.setdefault(each.name, open_redo.get(each.name, 1))
        retry_upto = ledger.newest_row() if request.retry_unconfirmed else 0
        policy = SendPolicy(request.account, request.budget_micros, redo, retry_upto)
        recordings = [each for each in recordings if each.name in redo or not manifest.has(each.name)]
        quote = _quote(recordings, plan, price, policy, ledger)
    if quote.refusal is not None:
        raise quote.refusal
    nameable = [each for each in quote.recordings if not name_fault(each.name)]
    readable = [each for each in nameable if not each.fault]
    # what is busy in another window may come back to us
    busy = [piece.digest for each in readable for piece in each.pieces if piece.state == "busy"]
    approved = tuple(dict.fromkeys([*quote.sent, *busy]))
    config = Config(
        settings=settings,
        price=price,
        manifest=request.manifest.absolute(),
        source=request.source.absolute(),
        ledger=request.ledger.absolute(),
        policy=policy,
        # what no file can name, config.json included, is in the quote alone
        files=tuple((each.name, each.path.absolute()) for each in readable),
        faulty={each.name: each.fault for each in nameable if each.fault},
        waiting=tuple((piece.digest, piece.length_ms) for piece in quote.sent.values()),
        approved=approved,
        pieces={each.name: len(each.pieces) for each in readable},
        open_redo={**open_redo, **{name: attempt for name, attempt in redo.items() if attempt > 1}},
        workers=request.workers,
    )
    kept = [name for name, _unused in files if manifest.has(name) and name not in redo]
    missing = None
    if approved:
        try:
            providers.check(settings)
        except InputError as error:
            missing = error
    return Prepared(request, plan, quote, folder, config, kept, sorted(redo), missing, table.notice)


def start(prepared: Prepared) -> RunSnapshot:
    """Start the run, which outlives this process. Credentials reach it by the environment alone.

    Raises:
        InputError: something is missing, a run of this manifest is going on, or its folder cannot be written.
    """
    if prepared.missing is not None:
        raise prepared.missing
    argv = [sys.executable, "-P", "-m", "engine.transcribe", "--run", str(prepared.folder.absolute())]
    run = launch.start(prepared.folder, kind=KIND, argv=argv, config_json=prepared.config.to_json())
    # so that the next quote counts it at once; a ledger that cannot be written is the run's own error
    with contextlib.suppress(InputError), Ledger(prepared.config.ledger, job=run.id) as ledger:
        ledger.enqueue(prepared.config.queue(prepared.plan), owner=run.process)
    return run


def micros_now(prepared: Prepared) -> int:
    """What the start would add to the month by now, in millionths: another window may have started since."""
    config = prepared.config
    with Ledger(prepared.request.ledger) as ledger:
        recordings = prepared.quote.recordings
        return _quote(recordings, prepared.plan, config.price, config.policy, ledger).micros


def run_folder(runs: Path, manifest: Path) -> Path:
    """The run folder of a manifest: `transcribe-NAME`, with a mark when another manifest has that name."""
    stem = re.sub(r"[^\w.-]", "_", manifest.stem)[:60] or "manifest"
    folder = runs / f"transcribe-{stem}"
    if folder.exists() and not _is_of(folder, manifest):
        mark = hashlib.sha256(os.fsencode(manifest.absolute())).hexdigest()[:6]
        folder = runs / f"transcribe-{stem}-{mark}"
    return folder


def _quote(
    recordings: Sequence[Recording], plan: Plan, price: Price, policy: SendPolicy, ledger: Ledger
) -> Quote:
    """What a start would do and cost, with each piece in the state that the ledger knows."""
    usage = ledger.usage(policy.account, also=[price])  # recovers what dead jobs left behind

    def judged(recording: Recording, piece: Piece) -> Piece:
        if piece.state == "silent":
            return piece
        ask = policy.ask(plan, price, recording.name, piece.digest, piece.length_ms)
        kind = ledger.look_up(ask).kind
        return replace(piece, state="send" if kind == "reserved" else kind)

    found = [replace(each, pieces=tuple(judged(each, piece) for piece in each.pieces)) for each in recordings]
    return Quote(found, price, usage)


def _survey(name: str, path: Path, plan: Plan, rate: int) -> Recording:
    """A recording cut as it would be sent; what cannot be read is noted, not raised."""
    if fault := name_fault(name):
        return Recording(name, path, fault=fault)
    warnings = list[str]()
    try:
        pieces = tuple(
            Piece(piece.digest, piece.length_ms, "silent" if piece.is_silent else "send")
            for piece in cut(path, plan.longest_seconds, plan.largest_bytes, rate, warnings=warnings)
        )
    except InputError as error:
        return Recording(name, path, fault=error.of(path))
    return Recording(name, path, pieces, warnings=tuple(warnings))


def _wanted(request: Request) -> list[Path]:
    source = request.source
    found = [source] if source.is_file() else recordings_below(source)
    if request.only is None:
        return found
    chosen = [path for path in found if Path(os.path.normpath(path.absolute())) in request.only]
    if not chosen:
        raise InputError(_("holds none of the recordings that were named"), path=request.source)
    return chosen


def _is_of(folder: Path, manifest: Path) -> bool:
    """Raises InputError: it has a config that cannot be read, so what it paid for is not known."""
    path = folder / "config.json"
    return path.exists() and Config.read(path).manifest == manifest.absolute()


def _name(path: Path, request: Request) -> str:
    """A recording as the manifest names it: as seen from the workspace, else from the manifest's folder."""
    absolute = Path(os.path.normpath(path.absolute()))
    for base in (request.root, request.manifest.absolute().parent):
        if base is not None and absolute.is_relative_to(base):
            return absolute.relative_to(base).as_posix()
    return str(absolute)


def _open_redo(folder: Path, manifest: Manifest, plan: Plan) -> dict[str, int]:
    """Recordings whose redo the last run of this manifest has not completed, each with its attempt number.

    A run with other settings ends it: its attempts are others in the ledger.
    """
    if not folder.exists() or not _is_of(folder, manifest.path):
        return {}
    config = Config.read(folder / "config.json")
    if providers.plan(config.settings).settings_id != plan.settings_id:
        return {}
    return {name: attempt for name, attempt in config.open_redo.items() if manifest.attempt(name) < attempt}


def _redo(
    asked: Sequence[Recording], manifest: Manifest, plan: Plan, ledger: Ledger, open_redo: Mapping[str, int]
) -> dict[str, int]:
    """The attempt number of each recording to be redone.

    A redo resumes the open one where some of its recordings are left; else it is a new attempt at all of them.
    """
    resumed = {each.name: open_redo[each.name] for each in asked if each.name in open_redo}
    if resumed:
        return resumed
    digests = [piece.digest for each in asked for piece in each.pieces]
    made = [ledger.attempts(digests, plan.provider, plan.settings_id)]
    newest = max(made + [manifest.attempt(each.name) for each in asked])
    return {each.name: newest + 1 for each in asked}
