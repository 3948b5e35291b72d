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
        Path, typer.Argument(metavar="DIR", help="Recordings: wav, flac, ogg, mp3 and others; or one.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="MANIFEST", help="The manifest, path|text a line.")],
    provider: Annotated[str, typer.Option(help="google, whisper or pocketsphinx.")],
    language: Annotated[
        str | None,
        typer.Option(help="What is spoken, as en-US, de-AT or Japanese; the workspace's language."),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="USD", help="The most that the month may cost, what was spent before included."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="These recordings of DIR, one a line of FILE; - reads stdin."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    max_cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Do not ask as long as it adds no more than this to the month."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Calls at the same time.")] = 4,
    redo: Annotated[bool, typer.Option("--redo", help="Redo recordings that have a transcript.")] = False,
    retry_unconfirmed: Annotated[
        bool, typer.Option("--retry-unconfirmed", help="Pay once more for chunks whose reply was lost.")
    ] = False,
    agreed: Annotated[str | None, typer.Option("--agreed", hidden=True)] = None,
    again: Annotated[bool, typer.Option("--again", hidden=True)] = False,
    resend_unconfirmed: Annotated[bool, typer.Option("--resend-unconfirmed", hidden=True)] = False,
    credentials: Annotated[
        Path | None, typer.Option(metavar="FILE", help="google: the key of a service account.")
    ] = None,
    api: Annotated[str, typer.Option(help="google: v1 or v2.")] = "",
    model: Annotated[str, typer.Option(help="google: a model's name; whisper: a name, or a folder.")] = "",
    rate: Annotated[
        int | None,
        typer.Option(help="google: samples a second that are sent; the workspace's when left out."),
    ] = None,
    data_logging: Annotated[
        bool | None,
        typer.Option(
            "--data-logging/--no-data-logging",
            help="google: the project takes part in it, so the price is lower; the workspace's when left out.",
        ),
    ] = None,
    project: Annotated[str, typer.Option(help="google v2: the project.")] = "",
    location: Annotated[str, typer.Option(help="google v2: the region.")] = "global",
    endpoint: Annotated[str, typer.Option(metavar="HOST:PORT", help="google: another server.")] = "",
    call_seconds: Annotated[float, typer.Option(help="The time limit of one call.")] = 90.0,
    account: Annotated[
        str | None,
        typer.Option(help="The billing account, a name of your own; the workspace's when left out."),
    ] = None,
    ledger: LedgerFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would send and cost.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the end.")] = False,
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
            raise InputError("no such file with credentials", path=credentials)
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
    with Progress("looking at recordings", "file") as progress:
        prepared = start.prepare(request, progress.update)
    _show(prepared)
    if dry_run:
        if prepared.missing is not None:
            say(f"a start would need: {prepared.missing}")
        if json:
            tell_json(quote_json(prepared))
        return EXIT_PARTLY if prepared.quote.faulty else 0
    if prepared.missing is not None:
        raise prepared.missing
    if not prepared.config.files and not prepared.config.faulty:
        is_all_there = not prepared.quote.faulty
        say(
            "every recording has its transcript; --redo would transcribe them again"
            if is_all_there
            else "no recording is left that could be transcribed"
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
        say(f"{run.name} is under way; stop it with `vitsdeck stop {run.name}`")
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
        kept = words.plural(len(prepared.kept), "recording")
        say(f"{kept} of {prepared.request.manifest} kept as they are")
    if prepared.redo:
        say(f"{words.plural(len(prepared.redo), 'transcript')} would be redone:")
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
        f"{words.plural(len(prepared.config.files), 'recording')}, {words.duration(quote.length_ms / 1000)} of sound",
        f"{words.plural(quote.chunks, 'chunk')} to send",
    ]
    say(", ".join(parts + [f"{count:,} {what}" for what, count in counts.items() if count]))
    if unconfirmed := quote.count("unconfirmed") if "unconfirmed" not in quote.states else 0:
        say(f"{words.plural(unconfirmed, 'chunk')} unconfirmed: not sent without --retry-unconfirmed")
    if prepared.price.is_free:
        say(f"{prepared.plan.provider} works on this machine: no cost")
    else:
        _show_cost(prepared)


def _show_cost(prepared: Prepared) -> None:
    """The sum, and whether the month has room for it under the budget of the command or the account's own."""
    from engine.transcribe.pricing import amount

    quote, price, account = prepared.quote, prepared.price, prepared.request.account
    say(
        f"{price.name}: billed for {words.duration(quote.billed_ms / 1000)}, "
        f"{words.duration(quote.free_ms / 1000)} of it free; this start: {amount(quote.micros, quote.currency)}; "
        f"month so far: {amount(quote.before_micros, quote.currency)}"
    )
    say(f"prices of {price.dated}, see {price.source}")
    if prepared.limit is None or not quote.chunks:
        return
    micros, whose = prepared.limit
    limit, enough = (amount(each, quote.currency) for each in (micros, quote.enough_micros))
    budget = f"the budget of {limit}" + (f" of the account {account}" if whose == "account" else "")
    if micros >= quote.enough_micros:
        say(f"{budget} a month is enough")
        return
    change = f"; change it with `vitsdeck cost --account {account} --budget USD`"
    say(f"{budget} ends it early; {enough} would be enough{change if whose == 'account' else ''}")


def _ask(prepared: Prepared) -> None:
    """Ask before anything is paid for or replaced."""
    from engine.transcribe.pricing import amount

    quote = prepared.quote
    if not prepared.redo and (prepared.price.is_free or not quote.chunks):
        return
    if not here.is_terminal():
        raise InputError("nobody is here to agree to the sum", fix="give --yes")
    sum_ = amount(quote.micros, quote.currency)
    question = f"Send {words.plural(quote.chunks, 'chunk')} for {sum_}?"
    if prepared.redo:
        question = f"Replace {words.plural(len(prepared.redo), 'transcript')}, for {sum_}?"
    if not typer.confirm(question, err=True):
        raise InputError("nothing was sent")


def _named(only: str) -> frozenset[Path]:
    """The recordings that a file names, a path a line."""
    try:
        text = sys.stdin.read() if only == "-" else Path(only).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a list of recordings", path=only) from error
    return frozenset(here.plain(Path(line)) for line in text.splitlines() if line.strip())


def _check_cost(prepared: Prepared, most_micros: int) -> None:
    """Refuse a start that by now costs more than what somebody has agreed to: another window may have started one."""
    from engine.transcribe import start
    from engine.transcribe.pricing import amount

    micros = start.micros_now(prepared)
    if micros > most_micros:
        adds, agreed = (amount(each, prepared.quote.currency) for each in (micros, most_micros))
        raise InputError(f"it would add {adds} now, more than the {agreed} that was agreed to")


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
        left = f", {words.duration(used.free_left_ms / 1000)} of free time left"
        spent = amount(used.spent_micros, used.currency)
        say(f"this month: {spent} spent{left if prepared.price.free_minutes else ''}")
    if request.manifest.exists():
        manifest = here.shortest(request.manifest)
        say(f"{manifest} is the manifest; continue with `vitsdeck split {manifest}`")
    if run.state == "stopped" and not exit_code(run):
        say("the same command continues from here")
        return EXIT_INTERRUPTED
    return exit_code(run) or (EXIT_PARTLY if prepared.quote.faulty else 0)
