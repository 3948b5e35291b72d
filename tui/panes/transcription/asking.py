"""What the pane asks a person: recordings, recogniser, key file, budget; and opening what was transcribed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.transcribe.ledger import Ledger, default_path
from engine.transcribe.pricing import amount, micros_of
from tui.panes.transcription import task as tasks
from tui.panes.transcription.meter import describe
from tui.panes.transcription.task import Task

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane
    from tui.panes.transcription.files import Line
    from tui.panes.transcription.pane import TranscriptionPane

OPEN_SECONDS = 30.0  # a long manifest on a slow disk
_LOOK_SECONDS = 0.05


def recordings(pane: TranscriptionPane) -> None:
    """Which folder becomes which manifest, in which language."""
    from tui.screens.form import Field, FormScreen

    root, now = pane.deck.workspace.root, pane.wanted
    source = now.source if now is not None else pane.deck.workspace.audio_dir
    manifest = now.manifest if now is not None else None
    fields = [
        Field("source", "recordings", _short(source, root), "a folder, or one recording"),
        Field(
            "manifest", "manifest", _short(manifest, root) if manifest else "", "empty: FOLDER.txt beside it"
        ),
        Field(
            "language", "language", now.language if now else pane.deck.workspace.settings.language, "en-US"
        ),
        Field("model", "model", now.model if now else "", "empty: the recogniser's usual one"),
        Field("project", "project", now.project if now else "", "google v2; empty: the key's own"),
    ]

    def check(values: dict[str, str]) -> str:
        if not values["source"]:
            return "name a folder of recordings"
        path = _path(values["source"], root)
        if not path.exists():
            return f"there is no {values['source']} in the workspace"
        if values["manifest"] and _path(values["manifest"], root).is_dir():
            return f"{values['manifest']} is a folder; name a file"
        return ""

    def chosen(values: dict[str, str] | None) -> None:
        if values is None:
            return
        path = _path(values["source"], root)
        out = _path(values["manifest"], root) if values["manifest"] else path.with_name(f"{path.stem}.txt")
        before = pane.wanted or Task(path, out)
        language = values["language"] or pane.deck.workspace.settings.language
        model, project = values["model"], values["project"]
        pane.take_task(
            replace(before, source=path, manifest=out, language=language, model=model, project=project)
        )

    about = "Recordings without text, and the manifest they become. Nothing is sent before the sum was shown."
    pane.app.push_screen(FormScreen("Transcribe recordings", about, fields, check), chosen)


def provider(pane: TranscriptionPane) -> None:
    """Which recogniser, each with its price and what these recordings would add there."""
    from tui.screens.picker import Choice, PickerScreen

    if pane.wanted is None or pane.money is None:
        pane.deck.tell("e chooses recordings first")
        return
    task, money = pane.wanted, pane.money
    choices = []
    for each, price in tasks.prices(money.table, task.provider, pane.price):
        other = None if each == task.provider else price
        sum_ = pane.plan.sum_of(pane.selected, money.usage, other) if pane.plan is not None else None
        note = describe(price, sum_.micros if sum_ is not None else None, pane.settings_currency)
        choices.append(Choice(each.title, each.title, note))

    def chosen(title: str | None) -> None:
        found = next((each for each in tasks.PROVIDERS if each.title == title), None)
        if found is not None and found != task.provider:
            pane.take_task(task.with_provider(found))

    pane.app.push_screen(PickerScreen("Recognise speech with", choices, task.provider.title), chosen)


def key_file(pane: TranscriptionPane) -> None:
    """The file with credentials. Its path stays in this process, and goes to jobs by their environment."""
    from tui.screens.source import SourceScreen

    root = pane.deck.workspace.root

    def chosen(path: Path | None) -> None:
        if path is None:
            return
        if not path.is_file():
            pane.deck.tell("choose the key file itself, not a folder", "warning")
            return
        pane.credentials = path
        pane.deck.tell(f"jobs that are started here use …/{path.name}")
        if pane.wanted is not None and not pane.is_live:
            pane.look()
        pane.repaint()

    hint = "the JSON key of a service account: /, ./ or ~/ begins a path, tab completes it"
    pane.app.push_screen(
        SourceScreen("Credentials for Google", root, lambda: (), suffixes=(".json",), hint=hint), chosen
    )


def budget(pane: TranscriptionPane) -> None:
    """The most that a month of the account may cost."""
    from tui.screens.form import Field, FormScreen

    now = pane.money.usage.budget_micros if pane.money is not None else None
    value = "" if now is None else f"{now / 1_000_000:.2f}"
    about = (
        f"The most that a month of account {pane.account} may cost, in all windows and jobs. Empty: no limit."
    )

    def check(values: dict[str, str]) -> str:
        try:
            if values["budget"]:
                micros_of(values["budget"])
        except InputError as error:
            return str(error)
        return ""

    def chosen(values: dict[str, str] | None) -> None:
        if values is not None:
            micros = micros_of(values["budget"]) if values["budget"] else -1
            pane.run_worker(_set_budget(pane, micros), group="budget")

    pane.app.push_screen(
        FormScreen("Budget", about, [Field("budget", "a month", value, "2.50")], check), chosen
    )


async def _set_budget(pane: TranscriptionPane, micros: int) -> None:
    def write() -> None:
        with Ledger(default_path()) as book:
            book.set_account(pane.account, budget_micros=micros)

    try:
        await asyncio.to_thread(write)
    except InputError as error:
        pane.deck.tell(str(error), "error")
        return
    pane.deck.tell(f"a month may cost {amount(micros)}" if micros >= 0 else "a month has no limit now")


async def open_transcript(pane: TranscriptionPane, line: Line) -> None:
    """A finished text in the transcript editor of the dataset pane; anything else with all that is known of it."""
    if line.state != "done" or pane.is_live or pane.wanted is None or line.name not in pane.result.texts:
        _show_pieces(pane, line)
        return
    from tui.panes.dataset.pane import DatasetPane

    manifest = pane.wanted.manifest
    await pane.deck.show_pane("dataset")
    dataset = pane.deck.pane
    if not isinstance(dataset, DatasetPane):
        return
    index = _index_of(dataset, line.name, manifest)
    if index is None or dataset.board.clip(index).text != pane.result.texts[line.name]:
        dataset.open([manifest])
        for _ in range(round(OPEN_SECONDS / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            if (index := _index_of(dataset, line.name, manifest)) is not None:
                break
    if index is None or dataset.shown is None:
        pane.deck.tell(f"{line.name} does not stand in {manifest.name}", "warning")
        return
    dataset.finding.go_to(index)
    dataset.action_repair()


def _index_of(dataset: DatasetPane, name: str, manifest: Path) -> int | None:
    """The clip in the corpus that is open there, if it is this manifest's."""
    if dataset.corpus is None or manifest not in map(Path.absolute, map(Path, dataset.corpus.sources)):
        return None
    wanted = {name, str(manifest.parent / name), str(dataset.root / name)}
    return next((index for index, clip in enumerate(dataset.board.clips) if clip.path in wanted), None)


def _show_pieces(pane: TranscriptionPane, line: Line) -> None:
    """Each piece of a recording with its words, or the reason why it has none."""
    from tui.screens.textview import TextScreen

    told = [line.cells()[1], "", line.words]
    now = pane.job.files.get(line.name)
    if now is not None:
        told = [line.cells()[1], ""]
        told += [
            f"{index + 1:3}  {outcome:<12} {says}" for index, (outcome, says) in sorted(now.outcomes.items())
        ]
    pane.app.push_screen(TextScreen(line.name, "\n".join(told)))


def _path(typed: str, root: Path) -> Path:
    return Path(os.path.normpath(root / os.path.expanduser(typed)))  # noqa: PTH111 - an unknown user is no error


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
