"""On the console of Linux (TERM=linux) every frame, mark and arrow is ASCII; letters of other languages stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.segment import Segment
from textual.color import Color

from engine.workspace import Workspace
from tests.tui.run_support import dashboard, make_run
from tui.panes import PANES
from tui.widgets.charts import glyphs


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The terminal is the console."""
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("VITSDECK_GLYPHS", raising=False)
    glyphs.current.cache_clear()
    yield
    glyphs.current.cache_clear()


def test_every_sign_of_ours_has_one_of_the_same_width_in_ascii() -> None:
    ours = "✔ ✘ ▶ ■ · – ‖ … › ↑↓ ─│╭╮╰╯┃└┘╵ ▀█▏░▒▓ ▲▼◌◍● ▁▇ ␇ �"
    assert glyphs.in_ascii(ours).isascii() and len(glyphs.in_ascii(ours)) == len(ours)
    assert glyphs.in_ascii("Grüße 한국어 ə") == "Grüße 한국어 ə"


@pytest.mark.usefixtures("console")
@pytest.mark.parametrize("pane", [entry.id for entry in PANES])
async def test_panes_and_their_help_are_ascii_throughout(pane: str, empty: Workspace) -> None:
    make_run(empty, steps=12)
    async with dashboard(empty, pane) as (app, pilot):
        for key in ("f1", "escape"):
            await pilot.press(key)
            await pilot.pause()
            segments = [Segment(strip.text) for strip in app.screen._compositor.render_strips()]
            for each in app.get_line_filters():
                segments = each.apply(segments, Color(0, 0, 0))
            shown = {sign for line in segments for sign in line.text}
            assert not {sign for sign in shown if not sign.isascii() and not sign.isalpha()}
