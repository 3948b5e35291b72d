"""What the pane asks a person: recordings, recogniser, key file, budget; and opening what was transcribed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.transcribe.ledger import Ledger
from engine.transcribe.pricing import amount, micros_of
from tui.app.workers import run_worker
from tui.panes.transcription import task as tasks
from tui.panes.transcription.meter import describe
from tui.panes.transcription.task import Task

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane
    from tui.panes.transcription.files import Line
    from tui.panes.transcription.pane import TranscriptionPane

LOWEST_RATE, HIGHEST_RATE = 8000, 48000
_YES_OR_NO = ("yes", "no")
OPEN_SECONDS = 30.0  # a long manifest on a slow disk
_LOOK_SECONDS = 0.05


def recordings(pane: TranscriptionPane) -> None:
    """Which folder becomes which manifest, and how it is sent."""
    from tui.dialogs.form import Field, FormScreen

    workspace, now = pane.app.workspace, pane.wanted
    root = workspace.root
    usual = now or Task.begun(workspace.audio_dir, Path(), workspace)
    manifest = _short(now.manifest, root) if now is not None else ""
    fields = [
        Field("source", "recordings", _short(usual.source, root), "a folder, or one recording"),
        Field("manifest", "manifest", manifest, "empty: FOLDER.txt beside it"),
        Field("language", "language", usual.language, f"{workspace.locale}, as vitsdeck.toml says"),
        Field("model", "model", usual.model, "empty: the recogniser's usual one"),
        Field("rate", "Hz", str(usual.rate), "google: 8000 to 48000; 16000 is usual"),
        Field(
            "logging",
            "logging",
            "yes" if usual.logging else "no",
            "yes, if the project takes part in data logging",
        ),
        Field("project", "project", usual.project, "google v2; empty: the key's own"),
    ]

    def check(values: dict[str, str]) -> str:
        if not values["source"]:
            return "name a folder of recordings"
        path = _path(values["source"], root)
        if not path.exists():
            return f"there is no {values['source']} in the workspace"
        if values["manifest"] and _path(values["manifest"], root).is_dir():
            return f"{values['manifest']} is a folder; name a file"
        if not values["rate"].isdecimal() or not LOWEST_RATE <= int(values["rate"]) <= HIGHEST_RATE:
            return "Hz: a whole number of samples a second, from 8000 to 48000; 16000 is usual"
        if values["logging"].lower() not in _YES_OR_NO:
            return "data logging is yes or no: it is chosen in Google's console, and decides the price"
        return ""

    def chosen(values: dict[str, str] | None) -> None:
        if values is None:
            return
        path = _path(values["source"], root)
        out = _path(values["manifest"], root) if values["manifest"] else path.with_name(f"{path.stem}.txt")
        before = now
        if before is None or before.manifest != out:  # another task: nothing that an earlier job was given
            provider = before.provider if before is not None else tasks.PROVIDERS[0]
            before = Task.begun(path, out, workspace, provider)
        pane.take_task(
            replace(
                before,
                source=path,
                language=values["language"] or workspace.locale,
                model=values["model"],
                project=values["project"],
                rate=int(values["rate"]),
                logging=values["logging"].lower() == "yes",
            )
        )

    about = (
        "Recordings without text, and the manifest that gets their texts. You see the sum before anything is sent. "
        "With another rate, model or language, recordings that were sent before cost the same again."
    )
    title = "Transcribe recordings"
    pane.app.push_screen(FormScreen(title, about, fields, check, enter="shows the sum"), chosen)


def provider(pane: TranscriptionPane) -> None:
    """Which recogniser, each with its price and what these recordings would add there."""
    from tui.dialogs.picker import Choice, PickerScreen

    if pane.wanted is None or pane.money is None:
        pane.notify("e chooses recordings first" if pane.wanted is None else "still reading the ledger")
        return
    task, money = pane.wanted, pane.money
    choices = []
    for each, price in tasks.prices(money.table, task.provider, pane.price, logging=pane.has_logging):
        other = None if each == task.provider else price
        sum_ = pane.plan.sum_of(pane.selected, money.usage, other) if pane.plan is not None else None
        note = describe(price, sum_.micros if sum_ is not None else None, pane.settings_currency)
        choices.append(Choice(each.title, each.title, note))

    def chosen(title: str | None) -> None:
        found = next((each for each in tasks.PROVIDERS if each.title == title), None)
        if found is not None and found != task.provider:
            pane.take_task(task.with_provider(found, pane.app.workspace.settings))

    pane.app.push_screen(PickerScreen("Recognise speech with", choices, task.provider.title), chosen)


def key_file(pane: TranscriptionPane) -> None:
    """The file with credentials. Its path stays in this process, and goes to jobs by their environment."""
    from tui.dialogs.source import SourceScreen

    root = pane.app.workspace.root

    def chosen(path: Path | None) -> None:
        if path is None:
            return
        if not path.is_file():
            pane.notify("choose the key file itself, not a folder", severity="warning")
            return
        pane.credentials = path
        pane.notify(f"jobs that are started here use …/{path.name}")
        if pane.wanted is not None and not pane.is_live:
            pane.look()
        pane.repaint()

    hint = "the JSON key of a service account: /, ./ or ~/ begins a path, tab completes it"
    pane.app.push_screen(
        SourceScreen("Credentials for Google", root, lambda: (), suffixes=(".json",), hint=hint), chosen
    )


def budget(pane: TranscriptionPane) -> None:
    """The most that a month of the account may cost."""
    from tui.dialogs.form import Field, FormScreen

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
        FormScreen("Budget", about, [Field("budget", "a month", value, "2.50")], check, enter="sets it"),
        chosen,
    )


async def _set_budget(pane: TranscriptionPane, micros: int) -> None:
    path, account = pane.ledger_path, pane.account
    currency = pane.money.usage.currency if pane.money is not None else "USD"

    def write() -> None:
        with Ledger(path) as book:
            book.set_account(account, budget_micros=micros)

    try:
        await asyncio.to_thread(write)
    except InputError as error:
        pane.notify(str(error), severity="error")
        return
    pane.notify(f"a month may cost {amount(micros, currency)}" if micros >= 0 else "a month has no limit now")


async def open_transcript(pane: TranscriptionPane, line: Line) -> None:
    """A finished text in the transcript editor of the dataset pane; anything else with all that is known of it.

    What is corrected there goes into the manifest when the editor is closed, and this pane comes back.
    """
    if line.state != "done" or pane.is_live or pane.wanted is None or line.name not in pane.result.texts:
        _show_pieces(pane, line)
        return
    from tui.dialogs.repair import RepairScreen
    from tui.panes.dataset.pane import DatasetPane

    manifest = pane.wanted.manifest
    await pane.app.show_pane("dataset")
    dataset = pane.app.pane
    if not isinstance(dataset, DatasetPane):
        return
    index = await _opened_at(dataset, line.name, pane.result.texts[line.name], manifest)
    if index is None or dataset.shown is None:
        pane.notify(f"{line.name} does not stand in {manifest.name}", severity="warning")
        return

    def closed(_: None) -> None:
        run_worker(pane, _correct, pane, dataset, group="correct", exclusive=False)

    dataset.finding.go_to(index)
    pane.app.push_screen(RepairScreen(dataset, index), closed)


async def _opened_at(dataset: DatasetPane, name: str, text: str, manifest: Path) -> int | None:
    """The recording's place in the dataset pane, where its manifest is opened unless it stands there as it is."""
    index = _index_of(dataset, name, manifest)
    if index is not None and dataset.board.clip(index).text == text:
        return index
    dataset.open([manifest])
    for _ in range(round(OPEN_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        if (index := _index_of(dataset, name, manifest)) is not None:
            break
    return index


async def _correct(pane: TranscriptionPane, dataset: DatasetPane) -> None:
    """What was edited goes into the manifest; for the dataset pane it is then no longer unsaved."""
    from tui.panes.dataset import desk

    corpus = dataset.corpus
    if corpus is not None and dataset.shown is not None:
        board = dataset.board
        try:
            told = await asyncio.to_thread(desk.correct, corpus.opened, board)
        except InputError as error:
            pane.notify(str(error).replace(f"{dataset.root}/", ""), severity="error")
            return
        if told:
            pane.notify(told)
            dataset.unsaved_steps.corrected(board)
    await pane.app.show_pane("transcription")


def _index_of(dataset: DatasetPane, name: str, manifest: Path) -> int | None:
    """The clip in the corpus that is open there, if it is this manifest's."""
    if dataset.corpus is None or manifest not in map(Path.absolute, map(Path, dataset.corpus.sources)):
        return None
    wanted = {name, str(manifest.parent / name), str(dataset.root / name)}
    return next((index for index, clip in enumerate(dataset.board.clips) if clip.path in wanted), None)


def _show_pieces(pane: TranscriptionPane, line: Line) -> None:
    """Each piece of a recording with its words, or the reason why it has none."""
    from tui.dialogs.text_view import TextScreen

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
