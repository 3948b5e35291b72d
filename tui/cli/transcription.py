"""transcribe: texts for recordings that have none; the sum is shown first."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.config.settings import Settings as WorkspaceSettings
from engine.errors import InputError
from engine.i18n import _, plural
from engine.languages import LANGUAGES
from tui.app import words
from tui.cli import here
from tui.cli.cost import LedgerFile, usage_json
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, EXIT_PARTLY, say, tell_json
from tui.cli.progress import Progress
from tui.cli.runs.training import as_json, exit_code

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from engine.transcribe.start import Prepared

MOST_NAMES = 20


def transcribe(
    source: Annotated[
        Path, typer.Argument(metavar="DIR", help=_("Recordings: wav, flac, ogg, mp3 and others; or one."))
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="MANIFEST", help=_("The manifest, path|text a line."))
    ],
    provider: Annotated[str, typer.Option(help=_("google, whisper or pocketsphinx."))],
    language: Annotated[
        str | None,
        typer.Option(help=_("What is spoken, as en-US, de-AT or Japanese; the workspace's language.")),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="USD", help=_("The most that the month may cost, what was spent before included.")
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=_("These recordings of DIR, one a line of FILE; - reads stdin.")),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask."))] = False,
    max_cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help=_("Do not ask as long as it adds no more than this to the month.")),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help=_("Calls at the same time."))] = 4,
    redo: Annotated[bool, typer.Option("--redo", help=_("Redo recordings that have a transcript."))] = False,
    retry_unconfirmed: Annotated[
        bool, typer.Option("--retry-unconfirmed", help=_("Pay once more for chunks whose reply was lost."))
    ] = False,
    agreed: Annotated[str | None, typer.Option("--agreed", hidden=True)] = None,
    again: Annotated[bool, typer.Option("--again", hidden=True)] = False,
    resend_unconfirmed: Annotated[bool, typer.Option("--resend-unconfirmed", hidden=True)] = False,
    credentials: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("google: the key of a service account."))
    ] = None,
    api: Annotated[str, typer.Option(help="google: v1 or v2.")] = "",
    model: Annotated[str, typer.Option(help=_("google: a model's name; whisper: a name, or a folder."))] = "",
    rate: Annotated[
        int | None,
        typer.Option(help=_("google: samples a second that are sent; the workspace's when left out.")),
    ] = None,
    data_logging: Annotated[
        bool | None,
        typer.Option(
            "--data-logging/--no-data-logging",
            help=_(
                "google: the project takes part in it, so the price is lower; the workspace's when left out."
            ),
        ),
    ] = None,
    project: Annotated[str, typer.Option(help=_("google v2: the project."))] = "",
    location: Annotated[str, typer.Option(help=_("google v2: the region."))] = "global",
    endpoint: Annotated[str, typer.Option(metavar="HOST:PORT", help=_("google: another server."))] = "",
    call_seconds: Annotated[float, typer.Option(help=_("The time limit of one call."))] = 90.0,
    account: Annotated[
        str | None,
        typer.Option(help=_("The billing account, a name of your own; the workspace's when left out.")),
    ] = None,
    ledger: LedgerFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only say what it would send and cost."))
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help=_("Do not wait for the end."))] = False,
    json: Json = False,
) -> int:
    """Transcribe recordings into a manifest for `vitsdeck split`. Shows the sum first; resumes where it was.

    Recordings with a transcript keep it. Nothing is paid twice unasked: a ledger has what was sent, see
    `vitsdeck cost`.
    """
    from engine.transcribe import start
    from engine.transcribe.ledger import default_path
    from engine.transcribe.pricing import micros_of
    from engine.transcribe.providers.base import Settings

    if credentials is not None:
        if not credentials.is_file():
            raise InputError(_("no such file with credentials"), path=credentials)
        os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(credentials.absolute())
    workspace = here.maybe_workspace()
    request = start.Request(
        source=source,
        manifest=out,
        settings=Settings(
            provider=provider,
            language=_locale(language),
            api=api,
            model=model,
            **_sent_as(provider, rate, data_logging),
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
        redo=redo or again,
        retry_unconfirmed=retry_unconfirmed or resend_unconfirmed,
        only=None if only is None else _named(only),
    )
    with Progress(_("looking at recordings"), "files") as progress:
        prepared = start.prepare(request, progress.update)
    _show(prepared)
    if dry_run:
        if prepared.missing is not None:
            say(_("a start would need: {missing}").format(missing=prepared.missing))
        if json:
            tell_json(quote_json(prepared))
        return EXIT_PARTLY if prepared.quote.faulty else 0
    if prepared.missing is not None:
        raise prepared.missing
    if not prepared.config.files and not prepared.config.faulty:
        is_all_there = not prepared.quote.faulty
        say(
            _("every recording has its transcript; --redo would transcribe them again")
            if is_all_there
            else _("no recording is left that could be transcribed")
        )
        if json:
            tell_json(quote_json(prepared) | {"run": None})
        return 0 if is_all_there else EXIT_PARTLY
    limit = max_cost or agreed
    if limit is not None:
        _check_cost(prepared, micros_of(limit))
    elif not yes:
        _ask(prepared)
        _check_cost(prepared, prepared.quote.micros)
    begun = time.time()
    run = start.start(prepared)
    if detach:
        say(_("{name} is under way; stop it with `vitsdeck stop {name}`").format(name=run.name))
        if json:
            tell_json(quote_json(prepared) | {"run": as_json(run)})
        return 0
    said = {f"{each.name}: {each.fault}" for each in prepared.quote.faulty}
    from tui.cli.runs.follow import follow_job

    run = follow_job(run.folder, begun, said)
    return _end(prepared, run, said, json)


def _locale(said: str | None) -> str:
    """What a provider is told: a code as it was typed, the locale of a language's name, else the workspace's."""
    if said is None:
        return here.workspace_or_folder().locale
    named = [row.locale for row in LANGUAGES if said.lower() in (row.name.lower(), *row.aliases)]
    return named[0] if named else said


def _sent_as(provider: str, rate: int | None, logging: bool | None) -> dict[str, Any]:
    """Rate and data logging: as given, else for google as the workspace says."""
    usual = here.settings() if provider == "google" else WorkspaceSettings()
    return {
        "rate": usual.sample_rate if rate is None else rate,
        "logging": usual.data_logging if logging is None else logging,
    }


def quote_json(prepared: Prepared) -> dict[str, Any]:
    """What a start would do, as plain values; money in millionths, times in milliseconds."""
    quote = prepared.quote
    sums = ("currency", "chunks", "billed_ms", "free_ms", "micros", "enough_micros")
    return {
        "manifest": prepared.request.manifest,
        "provider": prepared.plan.provider,
        "price": prepared.price.name,
        "price_row": prepared.price.to_json(),
        **{name: getattr(quote, name) for name in sums},
        **{state: quote.count(state) for state in ("known", "busy", "silent", "unconfirmed")},
        "length_ms": quote.length_ms,
        "month_micros": quote.before_micros,
        "account": prepared.request.account,
        "kept_names": prepared.kept,
        "redo": prepared.redo,
        "faulty": [{"path": each.path, "reason": each.fault} for each in quote.faulty],
        "missing": None if prepared.missing is None else str(prepared.missing),
        "files": [each.to_json() for each in quote.recordings],
    }


def _show(prepared: Prepared) -> None:
    """What a start would do, with the sum, on stderr."""
    from engine.audio.recordings import passed_over, unread_below

    quote = prepared.quote
    warnings = [prepared.notice, passed_over(unread_below([prepared.request.source]))]
    warnings += [f"{each.path}: {warning}" for each in quote.recordings for warning in each.warnings]
    for warning in filter(None, warnings):
        say(f"warning: {warning}")
    for each in quote.faulty:
        say(f"error: {each.path}: {each.fault}")
    if prepared.kept:
        kept = plural("{n:,} recording", "{n:,} recordings", len(prepared.kept))
        say(_("{kept} of {manifest} kept as they are").format(kept=kept, manifest=prepared.request.manifest))
    if prepared.redo:
        say(
            _("{transcripts} would be redone:").format(
                transcripts=plural("{n:,} transcript", "{n:,} transcripts", len(prepared.redo))
            )
        )
        for name in prepared.redo[:MOST_NAMES]:
            say(f"  {name}")
        if len(prepared.redo) > MOST_NAMES:
            say(f"  and {len(prepared.redo) - MOST_NAMES:,} more")
    if not prepared.config.files:
        return
    counts = {
        "known from before": quote.count("known"),
        "with the same sound as another": quote.repeated,
        "under way in another window": quote.count("busy"),
        "silent": quote.count("silent"),
    }
    parts = [
        _("{recordings}, {duration} of sound").format(
            recordings=plural("{n:,} recording", "{n:,} recordings", len(prepared.config.files)),
            duration=words.duration(quote.length_ms / 1000),
        ),
        _("{chunks} to send").format(chunks=plural("{n:,} chunk", "{n:,} chunks", quote.chunks)),
    ]
    say(", ".join(parts + [f"{count:,} {what}" for what, count in counts.items() if count]))
    if unconfirmed := quote.count("unconfirmed") if "unconfirmed" not in quote.states else 0:
        say(
            _("{chunks} unconfirmed: not sent without --retry-unconfirmed").format(
                chunks=plural("{n:,} chunk", "{n:,} chunks", unconfirmed)
            )
        )
    if prepared.price.is_free:
        say(_("{provider} works on this machine: no cost").format(provider=prepared.plan.provider))
    else:
        _show_cost(prepared)


def _show_cost(prepared: Prepared) -> None:
    """The sum, and whether the month has room for it under the budget of the command or the account's own."""
    from engine.transcribe.pricing import amount

    quote, price, account = prepared.quote, prepared.price, prepared.request.account
    say(
        _(
            "{name}: billed for {duration}, {duration2} of it free; this start: {amount}; month so "
            "far: {amount2}"
        ).format(
            name=price.name,
            duration=words.duration(quote.billed_ms / 1000),
            duration2=words.duration(quote.free_ms / 1000),
            amount=amount(quote.micros, quote.currency),
            amount2=amount(quote.before_micros, quote.currency),
        )
    )
    say(_("prices of {dated}, see {source}").format(dated=price.dated, source=price.source))
    if prepared.limit is None or not quote.chunks:
        return
    micros, whose = prepared.limit
    limit, enough = (amount(each, quote.currency) for each in (micros, quote.enough_micros))
    budget = _("the budget of {limit}").format(limit=limit) + (
        _(" of the account {account}").format(account=account) if whose == "account" else ""
    )
    if micros >= quote.enough_micros:
        say(_("{budget} a month is enough").format(budget=budget))
        return
    change = _("; change it with `vitsdeck cost --account {account} --budget USD`").format(account=account)
    say(
        _("{budget} ends it early; {enough} would be enough{change}").format(
            budget=budget, enough=enough, change=change if whose == "account" else ""
        )
    )


def _ask(prepared: Prepared) -> None:
    """Ask before anything is paid for or replaced."""
    from engine.transcribe.pricing import amount

    quote = prepared.quote
    if not prepared.redo and (prepared.price.is_free or not quote.chunks):
        return
    if not here.is_terminal():
        raise InputError(_("nobody is here to agree to the sum"), fix="give --yes")
    sum_ = amount(quote.micros, quote.currency)
    question = _("Send {chunks} for {sum}?").format(
        chunks=plural("{n:,} chunk", "{n:,} chunks", quote.chunks), sum=sum_
    )
    if prepared.redo:
        question = _("Replace {transcripts}, for {sum}?").format(
            transcripts=plural("{n:,} transcript", "{n:,} transcripts", len(prepared.redo)), sum=sum_
        )
    if not typer.confirm(question, err=True):
        raise InputError(_("nothing was sent"))


def _named(only: str) -> frozenset[Path]:
    """The recordings that a file names, a path a line."""
    try:
        text = sys.stdin.read() if only == "-" else Path(only).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(_("cannot be read as a list of recordings"), path=only) from error
    return frozenset(here.plain(Path(line)) for line in text.splitlines() if line.strip())


def _check_cost(prepared: Prepared, most_micros: int) -> None:
    """Refuse a start that by now costs more than what somebody has agreed to: another window may have started one."""
    from engine.transcribe import start
    from engine.transcribe.pricing import amount

    micros = start.micros_now(prepared)
    if micros > most_micros:
        adds, agreed = (amount(each, prepared.quote.currency) for each in (micros, most_micros))
        raise InputError(
            _("it would add {adds} now, more than the {agreed} that was agreed to").format(
                adds=adds, agreed=agreed
            )
        )


def _end(prepared: Prepared, run: RunSnapshot, said: set[str], json: bool) -> int:
    from engine.transcribe.ledger import Ledger
    from engine.transcribe.pricing import amount

    request = prepared.request
    with Ledger(request.ledger) as book:
        used = book.usage(request.account, also=[prepared.price])
    if json:
        tell_json(quote_json(prepared) | {"run": as_json(run), "cost": usage_json(used)})
    if run.reason in said or not run.reason:
        say(run.state)
    else:
        say(f"error: {run.reason}" if run.state == "failed" else f"{run.state}: {run.reason}")
    if not prepared.price.is_free:
        left = _(", {duration} of free time left").format(duration=words.duration(used.free_left_ms / 1000))
        spent = amount(used.spent_micros, used.currency)
        say(
            _("this month: {spent} spent{left}").format(
                spent=spent, left=left if prepared.price.free_minutes else ""
            )
        )
    if request.manifest.exists():
        manifest = here.shortest(request.manifest)
        say(
            _("{manifest} is the manifest; continue with `vitsdeck split {manifest}`").format(
                manifest=manifest
            )
        )
    if run.state == "stopped" and not exit_code(run):
        say(_("the same command continues from here"))
        return EXIT_INTERRUPTED
    return exit_code(run) or (EXIT_PARTLY if prepared.quote.faulty else 0)
