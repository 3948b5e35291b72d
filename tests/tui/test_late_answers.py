"""An answer that comes after its dialog was closed draws nothing and closes nothing, for every dialog that asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.worker_manager import WorkerManager

from engine.dataset.session import Clip, DatasetState
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.dataset_support import opened
from tui.app import command_line
from tui.app.app import VitsdeckApp
from tui.app.command_line import Ended
from tui.app.preparation import Preparation
from tui.dialogs.dialog import ConfirmScreen, Dialog
from tui.dialogs.form import Field, FormScreen
from tui.dialogs.memory import MemoryScreen
from tui.dialogs.new_run import NewRunScreen
from tui.dialogs.prepare import PrepareScreen
from tui.dialogs.repair import RepairScreen
from tui.dialogs.slicing import SliceScreen
from tui.dialogs.source import SourceScreen
from tui.dialogs.split import SplitScreen
from tui.panes.dataset.pane import DatasetPane
from tui.widgets.charts.waveform import Waveform


class Late:
    """Stands for all that answers late: threads, commands, the helper process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.answers = 0, asyncio.Event()
        self.preparation = Preparation([])
        monkeypatch.setattr(asyncio, "to_thread", self._to_thread)
        monkeypatch.setattr(command_line, "run", self._run)
        cancel = WorkerManager.cancel_node

        def cancel_but_of_dialogs(manager: WorkerManager, node: DOMNode) -> list[Any]:
            """The worst case: nobody ends the work of a dialog that is closed."""
            return [] if isinstance(node, Dialog) else cancel(manager, node)

        monkeypatch.setattr(WorkerManager, "cancel_node", cancel_but_of_dialogs)

    async def wait(self) -> None:
        self.asked += 1
        await self.answers.wait()

    async def _to_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        await self.wait()
        return function(*args)

    async def _run(self, *_: Any, **__: Any) -> Ended:
        await self.wait()
        return Ended("{}", "it failed")

    async def ask(self, *_: Any, **__: Any) -> dict[str, Any]:
        await self.wait()
        return {"phonemes": "a"}

    async def draw(self, wave: Waveform, *_: Any) -> None:
        await self.wait()
        wave.show([0.0, 1.0], 1.0)

    def close(self) -> None:
        """As the helper process does when its pane closes."""

    async def form(self, _: dict[str, str]) -> str:
        await self.wait()
        return "it is bad"


KINDS: tuple[type[Dialog[Any]], ...] = (
    *(MemoryScreen, NewRunScreen, PrepareScreen, RepairScreen),
    *(SliceScreen, SourceScreen, SplitScreen, FormScreen),
)


def dialog_of(kind: type[Dialog[Any]], app: App[None], place: Workspace, late: Late) -> Dialog[Any]:
    if kind is RepairScreen:
        pane = app.query_one(DatasetPane)
        pane.helper = late  # type: ignore[assignment]
        return RepairScreen(pane, 0)
    dashboard: Any = SimpleNamespace(
        workspace=place, progress=None, transcribed=None, preparation=late.preparation
    )
    clips = [Clip(f"{i}.wav", None, f"text {i}") for i in range(9)]
    made: dict[type[Dialog[Any]], Callable[[], Dialog[Any]]] = {
        MemoryScreen: lambda: MemoryScreen(place.logs_dir),
        NewRunScreen: lambda: NewRunScreen(place),
        PrepareScreen: lambda: PrepareScreen(dashboard),
        SliceScreen: lambda: SliceScreen(place.root / "a.wav", place.root, "clips", late.draw),
        SourceScreen: lambda: SourceScreen("Open", place.root),
        SplitScreen: lambda: SplitScreen(DatasetState(tuple(clips), bytes(9)), ()),
        FormScreen: lambda: FormScreen("A form", "", [Field("name", "name", "x")], ask=late.form),
    }
    return made[kind]()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_answer_to_a_closed_dialog_draws_nothing(
    place: Workspace, monkeypatch: pytest.MonkeyPatch, kind: type[Dialog[Any]]
) -> None:
    app: App[None] = VitsdeckApp(place) if kind is RepairScreen else App()
    async with app.run_test(size=(100, 30)) as pilot:
        if kind is RepairScreen:
            await opened(pilot, place)
        late = Late(monkeypatch)
        dialog = dialog_of(kind, app, place, late)
        app.push_screen(dialog)
        await until(lambda: dialog.is_mounted and dialog.query("Input, Table, TextArea"))
        if kind is FormScreen:
            await pilot.press("enter")
        await until(lambda: late.asked or kind is PrepareScreen)
        await pilot.pause()
        dialog.dismiss(None)
        await until(lambda: not dialog.is_attached)
        below = ConfirmScreen("Is this still open?", "", yes="yes", no="no")
        app.push_screen(below)
        late.answers.set()
        late.preparation.ended = Ended('{"clips": {}}')
        await asyncio.sleep(0.3)  # longer than any of them sleeps between two looks
        await pilot.pause()
        assert app.screen is below, "an answer to another dialog closed it"
        dialog.dismiss(None)
        assert app.screen is below


async def test_a_dialog_that_ends_by_itself_takes_what_lies_above_it_along() -> None:
    app: App[None] = App()
    said: list[bool | None] = []
    async with app.run_test(size=(100, 30)) as pilot:
        dialog = ConfirmScreen("One?", "", yes="yes", no="no")
        app.push_screen(dialog, said.append)
        app.push_screen(ConfirmScreen("Two?", "", yes="yes", no="no"), said.append)
        await pilot.pause()
        dialog.dismiss(True)
        await pilot.pause()
        assert said == [True] and not isinstance(app.screen, ConfirmScreen)
