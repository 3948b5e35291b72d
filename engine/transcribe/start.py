"""From what a person asked for to a run: recordings found and cut, the sum worked out, nothing sent yet."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.runs import launch
from engine.runs.registry import RunSnapshot
from engine.transcribe import quote
from engine.transcribe.jobconfig import Config
from engine.transcribe.jobs import KIND
from engine.transcribe.ledger import DEFAULT_ACCOUNT, Ledger
from engine.transcribe.ledger_rows import Ask
from engine.transcribe.manifest import Manifest, name_fault
from engine.transcribe.pricing import OWN_NAME, Price, PriceTable
from engine.transcribe.providers import registry as providers
from engine.transcribe.providers.base import Plan, Settings
from engine.transcribe.quote import Quote, Recording
from engine.transcribe.retranscribe import Again, begin

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
        again: do what has a transcript once more. resend: pay once more for what is unconfirmed.
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
    again: bool = False
    resend: bool = False
    only: frozenset[Path] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that could be started now, and what it would cost.

    Attributes:
        kept: recordings that have a transcript and keep it. again: those whose transcript would be replaced.
        missing: the library or the credentials that a start needs and does not find.
    """

    request: Request
    plan: Plan
    price: Price
    quote: Quote
    folder: Path
    config: Config
    kept: list[str]
    again: list[str]
    missing: InputError | None = None

    @property
    def limit(self) -> tuple[int, str] | None:
        """The lowest budget that holds for the month, in millionths, and whose it is: `budget` (the request's own) or
        `account`; None where there is none, or nothing costs anything."""
        given = ((self.request.budget_micros, "budget"), (self.quote.account_micros, "account"))
        limits = [(micros, whose) for micros, whose in given if micros is not None]
        return None if self.price.is_free else min(limits, default=None)


def prepare(request: Request, on_progress: Progress | None = None) -> Prepared:
    """Find, cut and price what was asked for; nothing is sent and no run folder is made.

    Raises:
        InputError: settings that make no sense, no recordings, a manifest that cannot be written.
    """
    plan = providers.plan(request.settings)
    files = [(_name(path, request), path) for path in _wanted(request)]
    manifest = Manifest(request.manifest)
    kept = [name for name, _ in files if manifest.has(name)]
    every = request.again or request.resend
    wanted = files if every else [pair for pair in files if not manifest.has(pair[0])]
    price = PriceTable.load(request.ledger.with_name(OWN_NAME)).find(
        plan.provider, plan.api, plan.model, request.settings.logging
    )
    recordings = quote.survey(wanted, plan, request.settings.rate, on_progress)
    folder = run_folder(request.runs, request.manifest)
    with Ledger(request.ledger) as ledger:
        ledger.recover()
        agains = [again for again in _agains(folder, request.manifest) if again.left(ledger, price)]
        again: Again | None = None
        if request.again:
            again, agains = begin(agains, recordings, plan, price, ledger)
        again_after = None if again is None else again.after
        redo = _redo(request, recordings, manifest, plan, (price, ledger, again_after))
        recordings = [each for each in recordings if each.name in redo or not manifest.has(each.name)]
        kept = [name for name in kept if name not in redo]
        resend_upto = ledger.newest_row() if request.resend else 0
        sums = quote.quote(
            recordings,
            plan,
            price,
            ledger=ledger,
            account=request.account,
            again_after=again_after,
            resend_upto=resend_upto,
        )
    nameable = [each for each in recordings if not name_fault(each.name)]
    readable = [each for each in nameable if not each.fault]
    config = Config(
        settings=request.settings,
        price=price,
        manifest=request.manifest.absolute(),
        source=request.source.absolute(),
        ledger=request.ledger.absolute(),
        # those that cannot be named in a file either, as config.json is, are told of by the quote alone
        files=[(each.name, each.path.absolute()) for each in readable],
        faulty={each.name: each.fault for each in nameable if each.fault},
        stamps={each.name: each.stamp for each in readable},
        new=sums.new,
        agreed=sums.agreed,
        pieces={each.name: len(each.cuts) for each in readable},
        redo=sorted(redo),
        agains=agains,
        workers=request.workers,
        terms={
            "account": request.account,
            "budget_micros": request.budget_micros,
            "again_after": again_after,
            "resend_upto": resend_upto,
        },
    )
    return Prepared(
        request,
        plan,
        price,
        sums,
        folder,
        config,
        kept,
        sorted(redo),
        _missing(request.settings) if sums.agreed else None,
    )


def start(prepared: Prepared) -> RunSnapshot:
    """Start the run, which outlives this process. Credentials reach it by the environment alone.

    Raises:
        InputError: something is missing, a run of this manifest is going on, or its folder cannot be written.
    """
    if prepared.missing is not None:
        raise prepared.missing
    argv = [sys.executable, "-P", "-m", "engine.transcribe", "--run", str(prepared.folder.absolute())]
    run = launch.start(prepared.folder, kind=KIND, argv=argv, config_json=prepared.config.to_json())
    # so that the next quote knows of it at once; where that cannot be written, the run says so
    with contextlib.suppress(InputError), Ledger(prepared.config.ledger, job=run.id) as ledger:
        ledger.enqueue(prepared.config.waiting(prepared.plan), owner=run.process)
    return run


def micros_now(prepared: Prepared) -> int:
    """What the start would add to the month by now, in millionths: another window may have begun since it was shown."""
    with Ledger(prepared.request.ledger) as ledger:
        return quote.quote(
            prepared.quote.recordings,
            prepared.plan,
            prepared.price,
            ledger=ledger,
            account=prepared.request.account,
            again_after=prepared.config.terms["again_after"],
            resend_upto=prepared.config.terms["resend_upto"],
        ).micros


def run_folder(runs: Path, manifest: Path) -> Path:
    """The run folder of a manifest: `transcribe-NAME`, with a mark when another manifest has that name."""
    stem = re.sub(r"[^\w.-]", "_", manifest.stem)[:60] or "manifest"
    folder = runs / f"transcribe-{stem}"
    if folder.exists() and not _is_of(folder, manifest):
        mark = hashlib.sha256(os.fsencode(manifest.absolute())).hexdigest()[:6]
        folder = runs / f"transcribe-{stem}-{mark}"
    return folder


def _wanted(request: Request) -> list[Path]:
    found = quote.find(request.source)
    if request.only is None:
        return found
    chosen = [path for path in found if Path(os.path.normpath(path.absolute())) in request.only]
    if not chosen:
        raise InputError("holds none of the recordings that were named", path=request.source)
    return chosen


def _missing(settings: Settings) -> InputError | None:
    try:
        providers.check(settings)
    except InputError as error:
        return error
    return None


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


def _agains(folder: Path, manifest: Path) -> list[Again]:
    """The wishes that the last run of this manifest knew of."""
    if not folder.exists() or not _is_of(folder, manifest):
        return []
    return Config.read(folder / "config.json").agains


def _redo(
    request: Request,
    recordings: list[Recording],
    manifest: Manifest,
    plan: Plan,
    terms: tuple[Price, Ledger, int | None],
) -> set[str]:
    """Recordings that are done although the manifest has a text for them: for `again` all that this wish has not
    brought into the manifest yet, for `resend` those that the ledger has an open doubt about."""
    price, ledger, again_after = terms
    found = set()
    for each in recordings:
        if not manifest.has(each.name):
            continue
        asks = (
            Ask(one.digest, plan.provider, plan.settings_id, "", price, "", 0, 0, again_after)
            for one in each.cuts
            if not one.is_silent
        )
        kinds = {ledger.look_up(ask).kind for ask in asks}
        is_written = manifest.files.get(each.name, {}).get("again") == again_after
        if kinds - {"known"} or not is_written if request.again else "unconfirmed" in kinds:
            found.add(each.name)
    return found
