"""What the pane offers to mend: repairs first, and what takes clips away apart from them."""

from __future__ import annotations

import sys

import pytest

from engine.workspace import Workspace
from tests.tui.conftest import tone, until
from tests.tui.dataset_support import opened
from tui.app import VitsdeckApp
from tui.screens.confirm import ConfirmScreen

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
        said = str(app.screen.query_one(".muted").render())
        assert "2 converted" in said
        assert "taken out" not in said
