"""What the panes say about a run's health, what it offers, what it gave up, and what cannot be read."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from engine import config, workspace
from engine.errors import InputError
from engine.runs import launch, registry, suggestions
from engine.runs.events import EventWriter
from engine.runs.logs.log_index import LogIndex
from engine.runs.registry import RunSnapshot
from engine.workspace import Workspace
from tests.cli_support import voice_workspace
from tests.tui.conftest import until
from tests.tui.run_support import add_event, dashboard, make_run
from tui.app.readers import catch_up
from tui.app.readers.messages import RunFiles
from tui.app.readers.run_history import RunHistory
from tui.dialogs.dialog import ConfirmScreen
from tui.dialogs.health import HealthScreen
from tui.panes.overview.summary import Summary
from tui.panes.training import health_notes
from tui.panes.training.pane import TrainingPane
from tui.widgets.charts.series import Series
from tui.widgets.rows import row_text

OFFER = {"id": "7", "text": "with shorter segments it fits", "changes": {"train.segment_size": 4096}}


def find(run: RunSnapshot, rule: str, level: str = "warning", *, active: bool = True) -> None:
    with EventWriter(run.folder / "events.jsonl") as events:
        events.health(rule, level, f"{rule} \x1b]0;title\x07 at step 7", f"mend {rule}", active)


def history_of(run: RunSnapshot, *events: dict[str, object]) -> RunFiles:
    """What these events add up to."""
    history = RunHistory(run.folder)
    history.add(events)
    files = history.changed_files()
    assert files is not None
    return files


def shown(app) -> str:
    """The text of the dialog in front."""
    return " ".join(str(one.render()) for one in app.screen.query("Static"))


async def test_findings_stand_below_the_head_and_h_tells_what_to_do(empty: Workspace) -> None:
    run = make_run(empty)
    for rule, level in (("KL collapse", "warning"), ("disk filling", "error"), ("clips dropped", "warning")):
        find(run, rule, level)
    find(run, "clips dropped", active=False)
    async with dashboard(empty, "training") as (app, pilot):
        header = app.query_one(TrainingPane).header
        await until(lambda: header.size.height == 6)
        rows = header.shown_rows()[4:]
        assert [row.split(":")[0].strip() for row in rows] == ["✘ disk filling", "! KL collapse"]
        assert "\x1b" not in "".join(rows)
        await pilot.press("h")
        await until(lambda: isinstance(app.screen, HealthScreen))
        text = shown(app)
        assert "2 findings" in text and "mend disk filling" in text and "mend KL collapse" in text
        assert "clips dropped at" not in text
        await pilot.press("escape")
        find(run, "disk filling", active=False)
        find(run, "KL collapse", active=False)
        await until(lambda: header.shown_rows()[4:] == [f"{' ✔ healthy':<{header.size.width}}"])
        await pilot.press("h")
        await until(lambda: "all is well" in shown(app))


async def test_overview_names_the_worst_of_a_live_run_and_counts_the_rest(empty: Workspace) -> None:
    run = make_run(empty, state="running")
    find(run, "KL collapse")
    find(run, "disk filling", "error")
    async with dashboard(empty, size=(120, 30)) as (app, _):
        summary = app.query_one(Summary)
        await until(lambda: summary.files.findings)
        [row] = [row for row in summary.shown_rows() if "disk filling" in row]
        assert row.startswith(" ✘ disk filling:") and "(and 1 more; h in the training pane)" in row


@pytest.mark.parametrize(
    ("state", "step", "row"),
    [
        ("running", 7, " ✔ healthy"),
        ("finished", 10, " ✔ healthy"),
        ("starting", None, " · health: nothing is measured yet"),
        ("failed", 7, ""),
        ("stalled", 7, ""),
    ],
)
def test_health_is_one_line_in_words_unless_the_state_is_the_bad_news(
    tmp_path: Path, state: registry.State, step: int | None, row: str
) -> None:
    run = registry.RunSnapshot("x", tmp_path, "train", state, "", step=step, updated=time.time())
    shown = [row_text(one) for one in health_notes.rows(run, RunFiles(is_read=True))]
    health = [one for one in shown if "health" in one]
    assert [one[: len(row)] for one in health] == ([row] if row else [])
    assert not any("health" in row_text(one) for one in health_notes.rows(run, RunFiles())), "not read yet"


async def test_overview_says_that_a_live_run_is_healthy(empty: Workspace) -> None:
    make_run(empty, state="running")
    async with dashboard(empty) as (app, _):
        summary = app.query_one(Summary)
        await until(lambda: any("✔ healthy" in row for row in summary.shown_rows()))


async def test_overview_shows_the_newest_checkpoint_and_the_newest_alert_of_a_live_run(
    empty: Workspace,
) -> None:
    run = make_run(empty, state="running")
    add_event(run, "checkpoint", step=2, files=["G_2.pth"])
    add_event(run, "alert", level="warning", text="first")
    add_event(run, "alert", level="warning", text="a \x1b[31mslow disk")
    add_event(run, "alert", level="warning", text="stalled: no step for 300 s")
    async with dashboard(empty) as (app, _):
        summary = app.query_one(Summary)
        await until(lambda: any("checkpoint at step 2, " in row for row in summary.shown_rows()))
        [alert] = [row for row in summary.shown_rows() if row.startswith(" ! warning, ")]
        assert "slow disk" in alert and "\x1b" not in alert


def test_a_run_that_is_over_has_no_findings_in_the_overview(empty: Workspace) -> None:
    run = make_run(empty)
    find(run, "KL collapse")
    files = history_of(run, *map(json.loads, (run.folder / "events.jsonl").read_text().splitlines()))
    assert [one.rule for one in files.findings] == ["KL collapse"]
    assert health_notes.worst_row(run, files, 80) == []
    gone = registry.RunSnapshot("x", run.folder, "train", "failed", registry.GONE)
    assert row_text(health_notes.rows(gone, RunFiles())[0]).startswith(" ✘ trainer gone: ")


# offers


def offer_of(**fields: object) -> suggestions.Offer | None:
    return suggestions.from_event({"kind": "offer", **OFFER, **fields})


@pytest.mark.parametrize(
    "changes",
    [{"train.segment_size": 5}, {"train.nonsense": 1}, {"nowhere": 1}, {"train.batch_size": "x"}],
)
def test_an_offer_that_does_not_fit_changes_nothing(empty: Workspace, changes: dict[str, object]) -> None:
    run, bad = make_run(empty), offer_of(changes=changes)
    before = (run.folder / "config.json").read_bytes()
    assert bad is not None
    with pytest.raises(InputError):
        suggestions.apply(run.folder, bad)
    assert (run.folder / "config.json").read_bytes() == before


@pytest.mark.parametrize(
    "fields", [{"changes": []}, {"changes": {"train.x": [1]}}, {"text": 3}, {"kind": "x"}]
)
def test_an_offer_of_another_make_is_passed_over(fields: dict[str, object]) -> None:
    assert offer_of(**fields) is None


def test_an_offer_holds_until_the_run_goes_on_without_it(empty: Workspace) -> None:
    run = make_run(empty)
    offered = {"kind": "offer", **OFFER}
    files = history_of(run, offered)
    assert files.offer is not None and len(files.changes) == 1
    files = history_of(run, offered, {"kind": "state", "state": "running"})
    assert files.offer is None and files.changes == ()


async def test_a_asks_with_old_and_new_and_no_leaves_all_as_it_is(empty: Workspace) -> None:
    run = make_run(empty)
    add_event(run, "offer", **OFFER)
    async with dashboard(empty, "training") as (app, pilot):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.offers("apply_offer"))
        await pilot.pause()
        offer = pane.header.shown_rows()[-1]
        assert offer.startswith(" a  applies what the run offers: with shorter")
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, ConfirmScreen))
        assert "train.segment_size: 8192 becomes 4096" in shown(app) and "resumed" in shown(app)
        await pilot.press("n")
    assert config.load(run.folder / "config.json").train.segment_size == 8192


async def test_a_yes_writes_the_config_and_resumes_the_real_run(tmp_path: Path) -> None:
    root = voice_workspace(tmp_path)
    place = workspace.find(root)
    assert place is not None
    run = make_run(place, "live")
    tiny = (root / "configs" / "tiny.json").read_text()
    registry.prepare(run.folder, kind="train", argv=["train", "--steps", "100000"], config_json=tiny)
    registry.StateFile(run.folder).update(state="failed", reason="out of memory", step=0)
    registry.record(run.folder, starter=None)
    add_event(run, "offer", **{**OFFER, "changes": {"train.batch_size": 1}})
    try:
        async with dashboard(place, "training", (100, 30)) as (app, pilot):
            pane = app.query_one(TrainingPane)
            await until(lambda: pane.offers("apply_offer"))
            await pilot.press("a")
            await until(lambda: isinstance(app.screen, ConfirmScreen))
            await pilot.press("y")
            await until(lambda: registry.read_run(run.folder).step, 120)
            await until(lambda: not pane.offers("apply_offer"))
        assert config.load(run.folder / "config.json").train.batch_size == 1
        assert registry.read_run(run.folder).is_live
    finally:
        launch.stop(run.folder, now=True, wait_s=30)


# steps that were given up


def metric(step: int, value: float) -> dict[str, object]:
    return {"kind": "metric", "step": step, "values": {"loss/g/mel": value}}


def test_steps_after_the_one_that_a_run_went_back_to_are_dropped(empty: Workspace) -> None:
    run = make_run(empty)
    history, series = RunHistory(run.folder), Series()
    saved = [{"kind": "checkpoint", "step": step, "files": [f"G_{step}.pth"]} for step in (100, 200)]
    sample = {"kind": "sample", "step": 200, "text": "hello", "files": {"wav": "samples/200/0.wav"}}
    first = history.add([*(metric(step, 1.0) for step in range(1, 231)), *saved, sample])
    series.extend(first.by_tag["loss/g/mel"])
    then = history.add([metric(231, 9.0), {"kind": "resumed", "step": 100}, metric(110, 2.0)])
    assert then.back_to == 100 and then.by_tag["loss/g/mel"] == ((110, 2.0),)
    series.drop_after(100)
    assert (series.last_step, series.last_value) == (100, 1.0)
    series.extend(then.by_tag["loss/g/mel"])
    assert (series.last_step, series.last_value, len(series)) == (110, 2.0, 101)
    files = history.changed_files()
    assert files is not None and [one.step for one in files.checkpoints] == [100] and files.samples == ()


async def test_a_chart_follows_a_run_that_went_back(empty: Workspace) -> None:
    run = make_run(empty, steps=10)
    async with dashboard(empty, "training", (120, 40)) as (app, _):
        chart = app.query_one(TrainingPane).curves.charts["mel"]
        await until(lambda: chart.series.last_step == 10)
        add_event(run, "resumed", step=4)
        await until(lambda: (chart.series.last_step, chart.series.last_value) == (4, 46.0))


def test_a_long_history_comes_as_its_shape_and_then_whole(tmp_path: Path) -> None:
    path, steps = tmp_path / "events.jsonl", range(1, 30_001)
    points = [metric(step, 5000.0 if step == 17_777 else float(step % 7)) for step in steps]
    with path.open("w") as file:
        for step, event in zip(steps, points, strict=True):
            file.write(json.dumps({"v": 1, "t": 1.0, **event}, separators=(",", ":")) + "\n")
            if step % 5000 == 0:
                file.write('{"v":1,"kind":"alert","level":"info","text":"still here"}\n{"torn\n')
    events = catch_up.preview(path)
    previewed = [event["step"] for event in events if event["kind"] == "metric"]
    assert len(previewed) < 4000 and previewed[0] == 1 and previewed[-1024:] == [*steps[-1024:]]
    assert sum(event["kind"] == "alert" for event in events) == 6
    collected, whole, history = catch_up.Collected(), Series(), RunHistory(tmp_path)
    for start in range(0, 30_000, 1000):
        new = history.add(points[start : start + 1000])
        collected.add(new)
        whole.extend(new.by_tag["loss/g/mel"])
    taken = collected.take()
    assert taken.afresh and taken.curves["loss/g/mel"].buckets() == whole.buckets()
    assert max(bucket.high for bucket in whole.buckets()) == 5000.0, "a single spike is kept"
    assert catch_up.preview(tmp_path / "missing.jsonl") == []


def test_the_end_of_a_long_log_is_the_end_of_its_index(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(100_000)))
    end, index = LogIndex(path, from_end=True), LogIndex(path)
    end.poll(), index.poll()
    earlier = len(index) - len(end)
    assert 0 < len(end) < len(index)
    assert end.lines(0, 3) == index.lines(earlier, earlier + 3)
    assert end.line(len(end) - 1) == b"line 99999"
    assert end.find("line 99998", 0) == len(end) - 2 and end.find("line 17\n", 0) is None
    assert end.find("line 3", len(end) - 1, -1) is None, "what lies before is not counted yet"
    path.write_bytes(b"anew\n")
    end.poll()
    assert end.lines(0, 5) == [b"anew"] and len(end) == 1


# what cannot be read


async def test_a_run_that_cannot_be_read_is_named_with_its_reason(empty: Workspace) -> None:
    make_run(empty, "good")
    for name, file, text in (
        ("broken", "run.json", "{"),
        ("list", "run.json", "[1]"),
        ("lost", "events.jsonl", ""),
        ("pictures", "a.png", ""),  # never was a run
    ):
        (empty.logs_dir / name).mkdir()
        (empty.logs_dir / name / file).write_text(text)
    (empty.logs_dir / "notes.txt").write_text("hello")
    async with dashboard(empty, size=(80, 30)) as (app, _):
        rows = app.query_one(Summary).shown_rows()
        for name in ("broken", "list", "lost"):
            assert any(name in row and "its run.json cannot be read" in row for row in rows)
        assert not any("pictures" in row for row in rows)
