"""What the pane asks a person: recordings, provider, key file, budget, and consent to a sum."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _, plural
from engine.transcribe.pricing import Price, amount, micros_of
from engine.transcribe.quote import Quote
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.picker import Choice, PickerScreen
from tui.dialogs.source import SourceScreen
from tui.panes.transcription.meter import a_minute
from tui.panes.transcription.state import short
from tui.panes.transcription.task import PROVIDERS, Provider, Task

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.app.dashboard import Dashboard
MOST_NAMES = 6
RETRY = _("Their replies were lost: they count as spent already, and may have been billed. ")
_YES_OR_NO = ("yes", "no")


def recordings(app: Dashboard, now: Task | None, take: Callable[[Task], None]) -> None:
    """Ask which folder becomes which manifest, and how it is sent; `take` gets the task."""
    workspace = app.workspace
    root = workspace.root
    usual = now or Task.new(workspace.audio_dir, Path(), workspace)
    settings = usual.settings
    manifest = short(now.manifest, root) if now is not None else ""
    logging = _YES_OR_NO[not settings.logging]
    fields = [
        Field("source", "recordings", short(usual.source, root), _("a folder, or one recording")),
        Field("manifest", "manifest", manifest, _("empty: FOLDER.txt beside it")),
        Field(
            "language",
            "language",
            settings.language,
            _("{locale}, as vitsdeck.toml says").format(locale=workspace.locale),
        ),
        Field("model", "model", settings.model, _("empty: the provider's usual one")),
        Field("rate", "Hz", str(settings.rate), _("google: 8000 to 48000; 16000 is usual")),
        Field("logging", "logging", logging, _("yes, if the project takes part in data logging")),
        Field("project", "project", settings.project, _("google v2; empty: the key's own")),
    ]

    def check(values: dict[str, str]) -> str:
        if not values["source"]:
            return _("name a folder of recordings")
        if not _path(values["source"], root).exists():
            return _("there is no {source} in the workspace").format(source=values["source"])
        if values["manifest"] and _path(values["manifest"], root).is_dir():
            return _("{manifest} is a folder; name a file").format(manifest=values["manifest"])
        if not values["rate"].isdecimal():
            return _("Hz: a whole number of samples a second, from 8000 to 48000; 16000 is usual")
        if values["logging"].lower() not in _YES_OR_NO:
            return _("data logging is yes or no: it is chosen in Google's console, and decides the price")
        return ""

    about = _(
        "Recordings without text, and the manifest that gets their texts. You see the sum before "
        "anything is sent. With another rate, model or language, recordings that were sent "
        "before cost the same again."
    )

    screen = FormScreen(_("Transcribe recordings"), about, fields, check, enter=_("shows the sum"))
    app.take_answer(screen, lambda values: take(_task_from(values, now, workspace)))


def _task_from(values: dict[str, str], now: Task | None, workspace: Workspace) -> Task:
    """The task that the form was filled in with."""
    source = _path(values["source"], workspace.root)
    default = source.with_name(f"{source.stem}.txt")
    manifest = _path(values["manifest"], workspace.root) if values["manifest"] else default
    if now is None or now.manifest != manifest:  # another task: nothing that an earlier job was given
        now = Task.new(source, manifest, workspace, now.provider if now is not None else PROVIDERS[0])
    settings = replace(
        now.settings,
        language=values["language"] or workspace.locale,
        model=values["model"],
        project=values["project"],
        rate=int(values["rate"]),
        logging=values["logging"].lower() == "yes",
    )
    return replace(now, source=source, settings=settings)


def provider(
    app: Dashboard, prices: Sequence[tuple[Provider, Price]], task: Task, take: Callable[[Task], None]
) -> None:
    """Ask which provider, each with its price; `take` gets the task."""
    choices = [Choice(each.title, each.title, _describe(price)) for each, price in prices]

    def chosen(title: str) -> None:
        found = next(each for each in PROVIDERS if each.title == title)
        if found != task.provider:
            take(task.with_provider(found, app.workspace.settings))

    app.take_answer(PickerScreen(_("Transcribe with"), choices, task.provider.title), chosen)


def _describe(price: Price) -> str:
    """A provider in a list: price and free time."""
    if price.is_free:
        return _("no cost, on this machine")
    text = _("{price} a minute, {free} min free") if price.free_minutes else _("{price} a minute")
    return text.format(price=a_minute(price), free=price.free_minutes)


def key_file(app: Dashboard, take: Callable[[Path], None]) -> None:
    """Ask for the file with credentials; `take` gets its path."""

    def chosen(path: Path) -> None:
        if path.is_file():
            take(path)
        else:
            app.notify(_("choose the key file itself, not a folder"), severity="warning")

    hint = _("the JSON key of a service account: /, ./ or ~/ begins a path, tab completes it")
    title, root = _("Credentials for Google"), app.workspace.root
    app.take_answer(SourceScreen(title, root, lambda: (), suffixes=(".json",), hint=hint), chosen)


def budget(app: Dashboard, account: str, now_micros: int | None, take: Callable[[int | None], None]) -> None:
    """Ask for the most that a month of the account may cost; `take` gets millionths, None for no limit."""
    value = "" if now_micros is None else f"{now_micros / 1_000_000:.2f}"
    about = _(
        "The most that a month of account {account} may cost, in all windows and jobs. Empty: no limit."
    ).format(account=account)

    def micros(values: dict[str, str]) -> int | None:
        return micros_of(values["budget"]) if values["budget"] else None

    def check(values: dict[str, str]) -> str:
        try:
            micros(values)
        except InputError as error:
            return str(error)
        return ""

    form = FormScreen(
        "Budget", about, [Field("budget", _("a month"), value, "2.50")], check, enter=_("sets it")
    )
    app.take_answer(form, lambda values: take(micros(values)))


def consent(
    app: Dashboard, quote: Quote, send: Callable[[], object], *, retry: bool, redo: Collection[str] = ()
) -> None:
    """Ask whether to send the chunks of a quote; `send` is called on a yes. `redo`: names of replaced transcripts."""
    known = {
        "chunks": plural("{n:,} chunk", "{n:,} chunks", quote.chunks),
        "recordings": plural("{n:,} recording", "{n:,} recordings", len(quote.sending)),
        "transcripts": plural("{n:,} transcript", "{n:,} transcripts", len(redo)),
        "provider": quote.price.name,
        "sum": amount(quote.micros, quote.currency),
        "names": ", ".join(list(redo)[:MOST_NAMES]),
        "others": f"{len(redo) - MOST_NAMES:,}",
    }
    billed = _("{minutes:.1f} minutes are billed; the month is then {month}.").format(
        minutes=quote.billed_ms / 60000, month=amount(quote.after_micros, quote.currency)
    )
    detail = RETRY + billed if retry else billed
    if redo:
        question = _("Redo {transcripts} with {provider} for {sum}?")
        replaced = _("{names}: their present text is replaced. ")
        if len(redo) > MOST_NAMES:
            replaced = _("{names} and {others} more: their present text is replaced. ")
        detail, yes, no = replaced.format(**known) + detail, "redo", _("keep them")
    else:
        question = _("Send {chunks} of {recordings} to {provider} for {sum}?")
        if retry:
            question = _("Retry {chunks} of {recordings} to {provider} for {sum}?")
        yes, no = "send", _("send nothing")
    app.ask(question.format(**known), detail, send, yes=yes, no=no)


def _path(typed: str, root: Path) -> Path:
    return Path(os.path.normpath(root / os.path.expanduser(typed)))  # noqa: PTH111 - an unknown user is no error
