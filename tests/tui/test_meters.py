"""The meters of the overview: what their rows say, when they take room, and that their reader ends."""

from __future__ import annotations

import threading

import pytest

from engine.runs.gpus import GpuSnapshot
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import dashboard
from tui.app.readers.messages import MachineMeasured
from tui.panes.overview import meters
from tui.panes.overview.meters import Meters
from tui.widgets.charts.glyphs import ASCII, UNICODE, Glyphs
from tui.widgets.rows import row_text

GB = 10**9
KNOWN = GpuSnapshot(0, "A", 80 * GB, 61 * GB, 19 * GB, 87, 61, power_w=350)
UNKNOWN = GpuSnapshot(1, "B", None, None, None, None, None)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch):
    """The rows of meters that have taken in three measurements, in the glyphs asked for."""

    def drawn(glyphs: Glyphs) -> list[str]:
        monkeypatch.setattr(meters, "current", lambda: glyphs)
        monkeypatch.setattr(Meters, "take_room", lambda _: None)  # no screen here
        widget = Meters()
        widget.gpus = (KNOWN, UNKNOWN)
        for load in (0.0, 50.0, 100.0):
            widget.measure(MachineMeasured(load, 8 * GB, 32 * GB))
        return [row_text(row) for row in widget.draw(120, 4)]

    return drawn


def test_rows_say_the_newest_figures_and_draw_the_last_minutes(rows) -> None:
    cpu, memory, known, unknown = rows(UNICODE)
    assert cpu.split() == ["Processor", "100", "%", "⢀⣾"]  # 0, 50 and 100 % of four dots
    assert memory.split() == ["Memory", "25", "%", "8.0", "GB", "of", "32.0", "GB", "⢠⣤"]
    assert "87 %   61.0 GB of 80.0 GB    61 °C   350 W " in known
    assert unknown.split() == ["GPU", "1", "–", "%", "–", "–", "°C", "–", "W"], (
        "no line for what is not known"
    )


def test_meters_draw_ascii_where_the_terminal_has_no_braille(rows) -> None:
    cpu, memory, *_gpus = rows(ASCII)
    assert cpu.endswith(" .::") and memory.endswith(" ...")


async def test_meters_take_room_on_large_screens_only_and_their_reader_ends(empty: Workspace) -> None:
    def readers() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "source-machine"]

    async with dashboard(empty, size=(120, 40)) as (app, pilot):
        await until(lambda: bool(app.query(Meters)) and app.query_one(Meters).size.height >= 2)
        shown = app.query_one(Meters).shown_rows()
        assert shown[0].startswith(" Processor") and shown[1].startswith(" Memory")
        await pilot.resize_terminal(80, 24)
        await until(lambda: app.query_one(Meters).size.height == 0)
        assert readers()
        await app.show_pane("training")
        await until(lambda: not readers())
