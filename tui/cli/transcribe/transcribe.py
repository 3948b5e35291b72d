"""The command transcribe: texts for recordings that have none; the cost is shown first."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from engine.config.settings import Settings as WorkspaceSettings
from engine.errors import InputError
from engine.i18n import _, plural
from engine.languages import LANGUAGES
from engine.runs.registry import RunSnapshot
from engine.transcribe import start
from engine.transcribe.ledger import Ledger, Usage, default_path
from engine.transcribe.pricing import amount, micros_of
from engine.transcribe.providers.base import Settings
from engine.transcribe.start import Prepared
from tui.app import words
from tui.cli import here
from tui.cli.options import DryRun, Json, LedgerFile, Yes
from tui.cli.output import EXIT_INTERRUPTED, EXIT_PARTLY, echo_json, error, notify
from tui.cli.progress import Progress
from tui.cli.runs.follow import follow_transcription
from tui.cli.runs.training import as_json, exit_code
from tui.cli.transcribe.cost import usage_json
from tui.cli.transcribe.quote import quote_json, show_quote

_LANGUAGE = _("What is spoken, as en-US, de-AT or Japanese; the workspace's language.")
_BUDGET = _("The most that the month may cost, what was spent before included.")
_ONLY = _("These recordings of DIR, one a line of FILE; - reads stdin.")
_MAX_COST = _("Do not ask as long as it adds no more than this to the month.")
_RATE = _("google: samples a second that are sent; the workspace's when left out.")
_LOGGING = _("google: the project takes part in it, so the price is lower; the workspace's when left out.")
_ACCOUNT = _("The billing account, a name of your own; the workspace's when left out.")


def transcribe(
    source: Annotated[
        Path, Argument(metavar="DIR", help=_("Recordings, or one: wav, flac, ogg, mp3 and others."))
    ],
    out: Annotated[Path, Option("--out", metavar="MANIFEST", help=_("The manifest, path|text a line."))],
    provider: Annotated[str, Option(help=_("google, whisper or pocketsphinx."))],
    language: Annotated[str | None, Option(help=_LANGUAGE)] = None,
    budget: Annotated[str | None, Option(metavar="USD", help=_BUDGET)] = None,
    only: Annotated[str | None, Option(metavar="FILE", help=_ONLY)] = None,
    yes: Yes = False,
    max_cost: Annotated[str | None, Option(metavar="USD", help=_MAX_COST)] = None,
    workers: Annotated[int, Option(min=1, max=64, help=_("Calls at the same time."))] = 4,
    redo: Annotated[bool, Option("--redo", help=_("Redo recordings that have a transcript."))] = False,
    retry_unconfirmed: Annotated[
        bool, Option("--retry-unconfirmed", help=_("Pay once more for chunks whose reply was lost."))
    ] = False,
    credentials: Annotated[
        Path | None, Option(metavar="FILE", help=_("google: the key of a service account."))
    ] = None,
    api: Annotated[str, Option(help=_("google: v1 or v2."))] = "",
    model: Annotated[str, Option(help=_("google: a model's name; whisper: a name, or a folder."))] = "",
    rate: Annotated[int | None, Option(help=_RATE)] = None,
    data_logging: Annotated[bool | None, Option("--data-logging/--no-data-logging", help=_LOGGING)] = None,
    project: Annotated[str, Option(help=_("google v2: the project."))] = "",
    location: Annotated[str, Option(help=_("google v2: the region."))] = "global",
    endpoint: Annotated[str, Option(metavar="HOST:PORT", help=_("google: another server."))] = "",
    call_seconds: Annotated[float, Option(help=_("The time limit of one call."))] = 90.0,
    account: Annotated[str | None, Option(help=_ACCOUNT)] = None,
    ledger: LedgerFile = None,
    dry_run: DryRun = False,
    detach: Annotated[bool, Option("--detach", help=_("Do not wait for the end."))] = False,
    json: Json = False,
) -> int:
    """Transcribe recordings into a manifest; shows the cost first.

    Recordings with a transcript keep it, and the same command resumes. Nothing is paid twice unasked: a ledger has
    what was sent, see `vitsdeck cost`.
    """
    if credentials is not None:
        if not credentials.is_file():
            raise InputError(_("no such file with credentials"), path=credentials)
        os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(credentials.absolute())
    workspace = here.maybe_workspace()
    defaults = here.settings() if provider == "google" else WorkspaceSettings()
    request = start.Request(
        source=source,
        manifest=out,
        settings=Settings(
            provider=provider,
            language=_locale(language),
            api=api,
            model=model,
            rate=defaults.sample_rate if rate is None else rate,
            logging=defaults.data_logging if data_logging is None else data_logging,
            project=project,
            location=location,
            endpoint=endpoint,
            call_seconds=call_seconds,
        ),
        ledger=ledger or default_path(),
        runs=workspace.logs_dir if workspace else default_path().with_name("runs"),
        root=workspace.root if workspace else None,
        account=account or here.settings().account,
        budget_micros=None if budget is None else micros_of(budget),
        workers=workers,
        redo=redo,
        retry_unconfirmed=retry_unconfirmed,
        only=None if only is None else _paths_in(only),
    )
    with Progress(_("looking at recordings"), _("files")) as progress:
        prepared = start.prepare(request, progress.update)
    show_quote(prepared)
    answer = quote_json(prepared)
    faulty = EXIT_PARTLY if prepared.quote.faulty else 0
    if dry_run:
        if prepared.missing is not None:
            notify(_("a start would need: {missing}").format(missing=prepared.missing))
        return _end(answer, json, faulty)
    if prepared.missing is not None:
        raise prepared.missing
    if not prepared.config.files and not prepared.config.faulty:
        text = _("every recording has its transcript; --redo would transcribe them again")
        notify(_("no recording is left that could be transcribed") if faulty else text)
        return _end(answer | {"run": None}, json, faulty)
    if max_cost is not None:
        _check_cost(prepared, micros_of(max_cost))
    elif not yes:
        _ask(prepared)
        _check_cost(prepared, prepared.quote.micros)
    started = time.time()
    run = start.start(prepared)
    if detach:
        notify(_("{name} is under way; stop it with `vitsdeck stop {name}`").format(name=run.name))
        return _end(answer | {"run": as_json(run)}, json, 0)
    shown = {f"{each.name}: {each.fault}" for each in prepared.quote.faulty}
    run = follow_transcription(run.folder, started, shown)
    with Ledger(request.ledger) as book:
        usage = book.usage(request.account, also=[prepared.price])
    answer |= {"run": as_json(run), "cost": usage_json(usage)}
    return _end(answer, json, _show_end(prepared, run, shown, usage))


def _end(answer: dict[str, Any], json: bool, code: int) -> int:
    if json:
        echo_json(answer)
    return code


def _locale(language: str | None) -> str:
    """The locale of a language's name, a code as it was typed, or the workspace's."""
    if language is None:
        return here.workspace_or_folder().locale
    named = [row.locale for row in LANGUAGES if language.lower() in (row.name.lower(), *row.aliases)]
    return named[0] if named else language


def _paths_in(only: str) -> frozenset[Path]:
    """The recordings that a file names, a path a line."""
    try:
        text = sys.stdin.read() if only == "-" else Path(only).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(_("cannot be read as a list of recordings"), path=only) from fault
    return frozenset(here.plain(Path(line)) for line in text.splitlines() if line.strip())


def _ask(prepared: Prepared) -> None:
    """Ask before anything is paid for or replaced."""
    quote = prepared.quote
    if not prepared.redo and (prepared.price.is_free or not quote.chunks):
        return
    if not here.is_terminal():
        raise InputError(_("nobody is here to agree to the sum"), fix=_("give --yes"))
    cost = amount(quote.micros, quote.currency)
    chunks = plural("{n:,} chunk", "{n:,} chunks", quote.chunks)
    question = _("Send {chunks} for {cost}?").format(chunks=chunks, cost=cost)
    if prepared.redo:
        transcripts = plural("{n:,} transcript", "{n:,} transcripts", len(prepared.redo))
        question = _("Replace {transcripts}, for {cost}?").format(transcripts=transcripts, cost=cost)
    if not here.confirm(question):
        raise InputError(_("nothing was sent"))


def _check_cost(prepared: Prepared, most_micros: int) -> None:
    """Refuse a start that by now costs more than `most_micros`: another window may have started one meanwhile."""
    micros = start.micros_now(prepared)
    if micros > most_micros:
        cost, most = (amount(each, prepared.quote.currency) for each in (micros, most_micros))
        raise InputError(
            _("it would add {cost} now, more than the {most} that was agreed to").format(cost=cost, most=most)
        )


def _show_end(prepared: Prepared, run: RunSnapshot, shown: set[str], usage: Usage) -> int:
    """Print how the run ended and what the month has cost; returns the exit code."""
    if run.reason in shown or not run.reason:
        notify(run.state)
    elif run.state == "failed":
        error(run.reason)
    else:
        notify(f"{run.state}: {run.reason}")
    if not prepared.price.is_free:
        text = _("this month: {amount} spent")
        if prepared.price.free_minutes:
            text = _("this month: {amount} spent, {duration} of free time left")
        spent, left = amount(usage.spent_micros, usage.currency), words.duration(usage.free_left_ms / 1000)
        notify(text.format(amount=spent, duration=left))
    manifest = here.shortest(prepared.request.manifest)
    if manifest.exists():
        text = _("{manifest} is the manifest; continue with `vitsdeck split {manifest}`")
        notify(text.format(manifest=manifest))
    if run.state == "stopped" and not exit_code(run):
        notify(_("the same command continues from here"))
        return EXIT_INTERRUPTED
    return exit_code(run) or (EXIT_PARTLY if prepared.quote.faulty else 0)
