"""Other runs over the curves of the one that is shown, what differs in their configs, and the curves as a file."""

from __future__ import annotations

import csv
import json

from engine.workspace import Workspace
from tests.runs.test_foreign_runs import records, scalar
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run, notes
from tui.dialogs.picker import PickerScreen
from tui.dialogs.text_view import TextScreen
from tui.panes.training import comparing
from tui.panes.training.pane import TrainingPane


async def test_a_second_run_is_laid_over_the_curves_by_key_and_taken_away_again(empty: Workspace) -> None:
    make_run(empty, "anna", steps=3)
    make_run(empty, "bert", steps=8)
    async with dashboard(empty, "training", (120, 40)) as (app, pilot):
        app.choose_run("anna")
        pane = app.query_one(TrainingPane)
        curves = pane.curves
        await until(lambda: curves.has_points and curves.run == "anna")
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press("enter")
        mel = curves.charts["mel"]
        await until(lambda: "b" in mel.others and len(mel.others["b"][0]) == 8)
        assert curves.legend.display and "b bert" in curves.legend.shown_rows()[0]
        assert "1-8" in mel.shown_rows()[-1], "the axis reaches as far as the longer run"
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press("enter")
        await until(lambda: not mel.others)
        assert not curves.legend.display


async def test_differences_of_configs_are_a_row_for_each_key_that_differs(empty: Workspace) -> None:
    runs = [make_run(empty, name) for name in ("anna", "bert")]
    path = runs[1].folder / "config.json"
    changed = json.loads(path.read_text())
    changed["train"]["batch_size"] = 3
    path.write_text(json.dumps(changed))
    before = json.loads((runs[0].folder / "config.json").read_text())["train"]["batch_size"]
    rows = comparing.differences([run.folder / "config.json" for run in runs])
    assert rows == [["train.batch_size", str(before), "3"]]
    async with dashboard(empty, "training", (120, 40)) as (app, pilot):
        app.choose_run("anna")
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.curves.has_points and pane.curves.run == "anna")
        await pilot.press("i")
        await until(lambda: notes(app))
        assert "choose another run first (b)" in notes(app)[0]
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press("enter")
        await until(lambda: pane.curves.compared)
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, TextScreen))


async def test_the_curves_are_written_into_the_workspace_and_the_path_is_said(empty: Workspace) -> None:
    make_run(empty, "anna", steps=5)
    async with dashboard(empty, "training", (120, 40)) as (app, pilot):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.curves.has_points and pane.curves.has_focus)
        await pilot.press("enter", "w")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press("enter")
        await until(lambda: notes(app))
        assert "exports/anna-mel-1-5.csv" in notes(app)[0]
    with (empty.root / "exports" / "anna-mel-1-5.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["step"], row["value"]) for row in rows][-1] == ("anna", "5", "45.0")


async def test_one_graph_takes_the_room_of_the_log_until_all_are_shown_again(empty: Workspace) -> None:
    make_run(empty)
    async with dashboard(empty, "training", size=(120, 40)) as (app, pilot):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.curves.has_points and pane.log_view.display)
        pane.curves.focus()
        await pilot.press("enter")
        await until(lambda: not pane.log_view.display)
        await pilot.press("escape")
        await until(lambda: pane.log_view.display)


async def test_charts_of_another_programs_run_go_with_it_and_its_tags_are_no_paths(empty: Workspace) -> None:
    make_run(empty)
    theirs = empty.logs_dir / "theirs"
    theirs.mkdir()
    (theirs / "events.out.tfevents.1.box").write_bytes(
        records(scalar(1, 1.0, "../../up"), scalar(2, 1.0, "../../up"))
    )
    async with dashboard(empty, "training") as (app, pilot):
        curves = app.query_one(TrainingPane).curves
        app.choose_run("theirs")
        await until(lambda: [chart.title for chart in curves.seen] == ["../../up"])
        await pilot.press("w", "enter")
        await until(lambda: any(note.startswith("written to") for note in notes(app)))
        assert [path.name for path in (empty.root / "exports").iterdir()] == ["theirs-.._.._up-1-2.csv"]
        app.choose_run("demo")
        await until(lambda: "mel" in [chart.title for chart in curves.seen])
        assert "../../up" not in curves.charts
