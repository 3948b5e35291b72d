"""Cases about the terminal, each named after its row: what people see in the dashboard at 80 x 24."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from engine.runs.events import EventWriter
from engine.workspace import Workspace
from tests.conftest import ROOT
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run, notes
from tui.app import safe_text
from tui.app.app import VitsdeckApp
from tui.panes import PANES
from tui.panes.training.curves import Curves
from tui.panes.training.pane import TrainingPane
from tui.widgets.keybar import KeyBar

Look = Callable[[VitsdeckApp, "Pilot[object]", Workspace], Awaitable[None]]
CASES: dict[str, tuple[str, Look]] = {}  # row -> pane, and what is looked at


def case(row: str, pane: str = "training") -> Callable[[Look], Look]:
    def keep(look: Look) -> Look:
        CASES[row] = pane, look
        return look

    return keep


def key_line(app: VitsdeckApp) -> str:
    return app.query_one(KeyBar).shown_rows()[0]


@case("charts of a run of 12 steps")
async def axes_end_with_the_data(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    await until(lambda: app.query_one(Curves).has_points)
    charts = [chart for chart in app.query_one(Curves).seen if chart.series.last_step is not None]
    assert len(charts) == 3
    for chart in charts:
        chart.note = " "  # in place of the extremes, which take the room
        assert chart.shown_rows()[-1].startswith("1-12 ")


@case("chart of a nearly constant value")
async def nearly_constant_values_are_told_apart(
    app: VitsdeckApp, pilot: Pilot[object], place: Workspace
) -> None:
    await until(lambda: app.query_one(Curves).has_points)
    chart = app.query_one(Curves).charts["learning rate"]
    rows = chart.shown_rows()
    assert rows[-1].strip().endswith("min 9.997e-4 max 1e-3")
    assert rows[1].split("│")[0].strip() == "1e-3" and rows[-2].split("│")[0].strip() == "9.997e-4"


@case("`?` and digits while the text field of the speech pane has the focus", "speech")
async def the_key_line_shows_only_what_works(
    app: VitsdeckApp, pilot: Pilot[object], place: Workspace
) -> None:
    await pilot.press("end", "?", "1")
    assert app.query_one("#text", Input).value.endswith("?1")
    assert "f1 help" in key_line(app) and " ? " not in key_line(app) and "^q quit" in key_line(app)
    await pilot.press("escape")
    assert "? help" in key_line(app)


@case("several lines pasted into the text field of the speech pane", "speech")
async def pasted_lines_are_joined_and_that_is_said(
    app: VitsdeckApp, pilot: Pilot[object], place: Workspace
) -> None:
    field = app.query_one("#text", Input)
    field.value = ""
    app.post_message(events.Paste("one\ntwo\n\nthree"))
    await until(lambda: field.value == "one two three")
    assert "3 lines were joined to one" in notes(app)


@case("foreign or truncated TensorBoard folder among the runs")
async def a_broken_folder_is_named(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    theirs = place.logs_dir / "theirs"
    theirs.mkdir()
    path = theirs / "events.out.tfevents.1.box"
    path.write_bytes(b"\x18\0\0\0\0\0")
    os.utime(path, (time.time() - 300,) * 2)
    await until(lambda: any(run.name == "theirs" for run in app.runs))
    app.choose_run("theirs")
    await until(
        lambda: any(
            "cut off after 0 records" in row for row in app.query_one(TrainingPane).header.shown_rows()
        )
    )


@case("text with zero-width joiners (Persian, Hindi, emoji)")
async def joiners_are_shown(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    for text in ("می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧"):
        assert safe_text.clean(text) == text
    assert safe_text.clean("a\u202eb\u200bc") == "a�b�c"


@case("dashboard killed with -9", "overview")
async def docs_say_what_to_type(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    assert "type `reset`" in (ROOT / "docs" / "guide" / "over_a_bad_line.md").read_text(encoding="utf-8")


@case("80x24, training pane")
async def quit_and_help_stay_in_every_pane(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    for entry in PANES:
        await app.show_pane(entry.id)
        await pilot.pause()
        assert "^q quit" in key_line(app) and " help" in key_line(app), entry.id


@case("training pane")
async def health_is_always_one_line(app: VitsdeckApp, pilot: Pilot[object], place: Workspace) -> None:
    header = app.query_one(TrainingPane).header
    await until(lambda: any(row.strip() == "✔ healthy" for row in header.shown_rows()))
    with EventWriter(place.logs_dir / "demo" / "events.jsonl") as writer:
        writer.health("KL collapse", "warning", "the KL loss is nearly zero", "lower c_kl", active=True)
    await until(lambda: any("! KL collapse" in row for row in header.shown_rows()))
    assert not any("healthy" in row for row in header.shown_rows())


@pytest.mark.parametrize("row", CASES)
async def test_row_of_the_cases_about_the_terminal(row: str, empty: Workspace, tmp_path: Path) -> None:
    run = make_run(empty, steps=0)
    with EventWriter(run.folder / "events.jsonl") as writer:
        for step in range(1, 13):
            rate = 1e-3 - 3e-7 * (step - 1) / 11
            writer.metric(step, 0, {"loss/g/mel": 50.0 - step, "loss/g/kl": 2.0, "learning_rate": rate})
    pane, look = CASES[row]
    async with dashboard(empty, pane) as (app, pilot):
        await look(app, pilot, empty)
