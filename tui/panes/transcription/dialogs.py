"""What the pane asks a person: recordings, provider, key file, budget, and consent to a sum."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _, plural
from engine.transcribe.pricing import Price, amount, micros_of
from engine.transcribe.quote import Quote
from tui.panes.transcription.meter import Reading, a_minute
from tui.panes.transcription.state import short
from tui.panes.transcription.task import PROVIDERS, Task

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.app.dashboard import Dashboard
    from tui.dialogs.dialog import ConfirmScreen

MOST_NAMES = 6
RETRY = _("Their replies were lost: they count as spent already, and may have been billed. ")
_YES_OR_NO = ("yes", "no")


def recordings(app: Dashboard, now: Task | None, take: Callable[[Task], None]) -> None:
    """Ask which folder becomes which manifest, and how it is sent; `take` gets the task."""
    from tui.dialogs.form import Field, FormScreen

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

    def chosen(values: dict[str, str] | None) -> None:
        if values is not None:
            take(_task_from(values, now, workspace))

    screen = FormScreen(_("Transcribe recordings"), about, fields, check, enter=_("shows the sum"))
    app.push_screen(screen, chosen)


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


def provider(app: Dashboard, reading: Reading, task: Task, take: Callable[[Task], None]) -> None:
    """Ask which provider, each with its price; `take` gets the task."""
    from tui.dialogs.picker import Choice, PickerScreen

    choices = [Choice(each.title, each.title, _describe(price)) for each, price in reading.offers]

    def chosen(title: str | None) -> None:
        found = next((each for each in PROVIDERS if each.title == title), None)
        if found is not None and found != task.provider:
            take(task.with_provider(found, app.workspace.settings))

    app.push_screen(PickerScreen(_("Transcribe with"), choices, task.provider.title), chosen)


def _describe(price: Price) -> str:
    """A provider in a list: price and free time."""
    if price.is_free:
        return _("no cost, on this machine")
    return f"{a_minute(price)} a minute" + (
        _(", {free_minutes} min free").format(free_minutes=price.free_minutes) if price.free_minutes else ""
    )


def key_file(app: Dashboard, take: Callable[[Path], None]) -> None:
    """Ask for the file with credentials; `take` gets its path."""
    from tui.dialogs.source import SourceScreen

    def chosen(path: Path | None) -> None:
        if path is not None and not path.is_file():
            app.notify(_("choose the key file itself, not a folder"), severity="warning")
        elif path is not None:
            take(path)

    hint = _("the JSON key of a service account: /, ./ or ~/ begins a path, tab completes it")
    title, root = _("Credentials for Google"), app.workspace.root
    app.push_screen(SourceScreen(title, root, lambda: (), suffixes=(".json",), hint=hint), chosen)


def budget(app: Dashboard, account: str, now_micros: int | None, take: Callable[[int | None], None]) -> None:
    """Ask for the most that a month of the account may cost; `take` gets millionths, None for no limit."""
    from tui.dialogs.form import Field, FormScreen

    value = "" if now_micros is None else f"{now_micros / 1_000_000:.2f}"
    about = _(
        "The most that a month of account {account} may cost, in all windows and jobs. Empty: no limit."
    ).format(account=account)

    def check(values: dict[str, str]) -> str:
        try:
            _micros(values)
        except InputError as error:
            return str(error)
        return ""

    def chosen(values: dict[str, str] | None) -> None:
        if values is not None:
            take(_micros(values))

    fields = [Field("budget", "a month", value, "2.50")]
    app.push_screen(FormScreen("Budget", about, fields, check, enter=_("sets it")), chosen)


def _micros(values: dict[str, str]) -> int | None:
    return micros_of(values["budget"]) if values["budget"] else None


def consent(quote: Quote, *, retry: bool, redo: Collection[str] = ()) -> ConfirmScreen:
    """Whether to send what a quote is of; `redo`: names whose transcripts are replaced."""
    from tui.dialogs.dialog import ConfirmScreen

    sum_ = amount(quote.micros, quote.currency)
    detail = (RETRY if retry else "") + _billed(quote)
    if not redo:
        what = _("{chunks} of {recordings}").format(
            chunks=plural("{n:,} chunk", "{n:,} chunks", quote.chunks),
            recordings=plural("{n:,} recording", "{n:,} recordings", len(quote.sending)),
        )
        question = f"{'Retry' if retry else 'Send'} {what} to {quote.price.name} for {sum_}?"
        return ConfirmScreen(question, detail, yes="send", no=_("send nothing"))
    few = ", ".join(list(redo)[:MOST_NAMES])
    more = f" and {len(redo) - MOST_NAMES:,} more" if len(redo) > MOST_NAMES else ""
    question = _("Redo {transcripts} with {name} for {sum}?").format(
        transcripts=plural("{n:,} transcript", "{n:,} transcripts", len(redo)),
        name=quote.price.name,
        sum=sum_,
    )
    detail = _("{few}{more}: their present text is replaced. {detail}").format(
        few=few, more=more, detail=detail
    )
    return ConfirmScreen(question, detail, yes="redo", no=_("keep them"))


def _billed(quote: Quote) -> str:
    """What a sum means for the month."""
    month = amount(quote.after_micros, quote.currency)
    return _("{billed_ms:.1f} minutes are billed; the month is then {month}.").format(
        billed_ms=quote.billed_ms / 60000, month=month
    )


def _path(typed: str, root: Path) -> Path:
    return Path(os.path.normpath(root / os.path.expanduser(typed)))  # noqa: PTH111 - an unknown user is no error
