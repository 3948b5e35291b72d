"""What the pane offers to mend: repairs first, and what takes clips away apart from them."""

from __future__ import annotations

import sys

import pytest
from textual.app import App

from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tests.tui.dataset_support import facts, opened
from tui.app.app import VitsdeckApp
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.repair import RepairScreen

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)


async def test_enter_mends_the_selection_and_takes_no_clip_away(place: Workspace) -> None:
    tone(place.audio_dir / "c1.wav", 0.2, 16000)  # too short as well: converting does not suffice
    app = VitsdeckApp(place)
    async with app.run_test(size=(110, 30)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("a")
        first, second = pane.fixing.remedies()[:2]
        assert (first.title, first.indices) == ("the selection: convert", (1, 4))
        assert (second.title, second.indices) == ("the selection: quarantine, drop", (1,))
        await pilot.press("f", "enter")
        await until(lambda: isinstance(app.screen, ConfirmScreen))
        question = said(app, ".muted")
        assert "2 converted" in question
        assert "taken out" not in question


async def test_what_keys_say_covers_nothing_that_it_speaks_of(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no player
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, place)
        await pilot.press("l")
        await until(lambda: facts(pane).startswith(" its path is copied: no player is here"))
        await pilot.press("end", "enter")
        await until(lambda: isinstance(app.screen, RepairScreen) and app.screen.query("#facts"))

        def line() -> str:
            return str(app.screen.query_one("#facts").render())

        await until(lambda: line().startswith("test │ 1."))
        await pilot.press("ctrl+l")
        await until(lambda: line().startswith("its path is copied: no player"))
        await pilot.press("ctrl+t")
        await until(lambda: line().startswith("its path is copied │ test"))
        for _ in range(len(pane.board)):
            await pilot.press("ctrl+n")
        await until(lambda: line().startswith("no other transcript here is suspicious │"))
        await pilot.press("a", "escape")
        await until(lambda: facts(pane).startswith(" not kept yet; enter shows what you typed"))
        assert not list(app._notifications)


def said(app: App[None], of: str) -> str:
    return str(app.screen.query_one(of).render())
