"""What the panes say about a run's health, what it offers, what it gave up, and what cannot be read."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from engine import config, workspace
from engine.errors import InputError
from engine.runs import launch, registry, suggestions, unreadable
from engine.runs.events import EventWriter
from engine.runs.logs.log_index import LogIndex
from engine.runs.registry import RunSnapshot
from engine.workspace import Workspace
from tests.cli_support import voice_workspace
from tui.app import messages
from tui.app.app import VitsdeckApp
from tui.app.messages import NewPoints, RunFiles
from tui.app.sources import RunHistory
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.health import HealthScreen
from tui.panes import number_key
from tui.panes.overview.board import Board
from tui.panes.training import catchup
from tui.panes.training.health_notes import HealthNotes, worst_row
from tui.panes.training.pane import Curves
from tui.widgets.charts.series import Series
from tui.widgets.rows import row_text

TRAINING = number_key("training")
OFFER = {"id": "7", "text": "with shorter segments it fits", "changes": {"train.segment_size": 4096}}


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return workspace.init(tmp_path / "voices")


def make_run(place: Workspace, name: str = "demo", state: str = "stopped") -> RunSnapshot:
    """A run with a real config and a few logged steps, as a worker leaves it behind."""
    folder = place.logs_dir / name
    text = (place.configs_dir / "small_cpu.json").read_text()
    registry.prepare(folder, kind="train", argv=["train"], config_json=text)
    with EventWriter(folder / "events.jsonl") as events:
        for step in range(1, 11):
            events.metric(step, 0, {"loss/g/mel": 50.0 - step})
    (folder / "train.log").write_text("a line\n")
    registry.StateFile(folder).update(state=state, step=10, total_steps=100)
    return registry.read_run(folder)


def add_event(run: RunSnapshot, kind: str, **fields: object) -> None:
    """A line as another process writes it."""
    with (run.folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"v": 1, "t": time.time(), "kind": kind, **fields}) + "\n")


def find(run: RunSnapshot, rule: str, level: str = "warning", *, active: bool = True) -> None:
    with EventWriter(run.folder / "events.jsonl") as events:
        events.health(rule, level, f"{rule} \x1b]0;title\x07 at step 7", f"mend {rule}", active)


async def test_findings_stand_below_the_head_and_h_tells_what_to_do(place: Workspace) -> None:
    run = make_run(place)
    find(run, "KL collapse")
    find(run, "disk filling", "error")
    find(run, "clips dropped")
    find(run, "clips dropped", active=False)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        rows = app.query_one(HealthNotes).shown_rows()
        assert [row.split(":")[0].split() for row in rows] == [
            ["✘", "disk", "filling"],
            ["!", "KL", "collapse"],
        ]
        assert "\x1b" not in "".join(rows)
        await pilot.press("h")
        await pilot.pause(0.3)
        assert isinstance(app.screen, HealthScreen)
        shown = " ".join(str(one.render()) for one in app.screen.query("Static"))
        assert "2 findings" in shown and "mend disk filling" in shown and "mend KL collapse" in shown
        assert "clips dropped at" not in shown
        await pilot.press("escape")
        find(run, "disk filling", active=False)
        find(run, "KL collapse", active=False)
        await pilot.pause(1.0)
        assert app.query_one(HealthNotes).size.height == 0, "all is well and takes no room"
        await pilot.press("h")
        await pilot.pause(0.3)
        assert any("all is well" in str(one.render()) for one in app.screen.query("Static"))


async def test_overview_names_the_worst_of_a_live_run_and_counts_the_rest(place: Workspace) -> None:
    run = make_run(place, state="running")  # this process stands behind it
    find(run, "KL collapse")
    find(run, "disk filling", "error")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause(1.5)
        [row] = [row for row in app.query_one(Board).shown_rows() if "disk filling" in row]
        assert row.startswith(" ✘ disk filling:") and "(and 1 more; h in the training pane)" in row


def test_a_run_that_is_over_has_no_findings_in_the_overview(place: Workspace) -> None:
    run = make_run(place)
    find(run, "KL collapse")
    history = RunHistory(run.folder)
    history.add([json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines()])
    files = history.changed_files()
    assert files is not None and [one.rule for one in files.findings] == ["KL collapse"]
    assert worst_row(run, files, 80, "board") == []
    gone = registry.RunSnapshot("x", run.folder, "train", "failed", registry.GONE)
    notes = HealthNotes()
    notes.show(gone, RunFiles())
    assert row_text(notes.draw(80, 3)[0]).startswith(" ✘ trainer gone: ")


# offers


def test_an_offer_is_written_whole_or_not_at_all(place: Workspace) -> None:
    run = make_run(place)
    before = (run.folder / "config.json").read_bytes()
    offer = suggestions.from_event({"kind": "offer", **OFFER})
    assert offer is not None
    assert [(one.key, one.old, one.new) for one in suggestions.changes(run.folder, offer)] == [
        ("train.segment_size", 8192, 4096)
    ]
    for changes in (
        {"train.segment_size": 5},
        {"train.nonsense": 1},
        {"nowhere": 1},
        {"train.batch_size": "x"},
    ):
        bad = suggestions.from_event({"kind": "offer", **OFFER, "changes": changes})
        assert bad is not None
        with pytest.raises(InputError):
            suggestions.apply(run.folder, bad)
        assert (run.folder / "config.json").read_bytes() == before
    assert [one.new for one in suggestions.apply(run.folder, offer)] == [4096]
    assert config.load(run.folder / "config.json").train.segment_size == 4096
    assert suggestions.changes(run.folder, offer) == [], "what has been applied is no longer offered"
    foreign: list[dict[str, object]] = [
        {"changes": []},
        {"changes": {"train.x": [1]}},
        {"text": 3},
        {"kind": "x"},
    ]
    for fields in foreign:
        assert suggestions.from_event({"kind": "offer", **OFFER, **fields}) is None


def test_an_offer_holds_until_the_run_goes_on_without_it(place: Workspace) -> None:
    run = make_run(place)
    history = RunHistory(run.folder)
    history.add([{"kind": "offer", **OFFER}])
    files = history.changed_files()
    assert files is not None and files.offer is not None and len(files.changes) == 1
    history.add([{"kind": "state", "state": "running"}])
    files = history.changed_files()
    assert files is not None and files.offer is None and files.changes == ()


async def test_a_asks_with_old_and_new_and_no_leaves_all_as_it_is(place: Workspace) -> None:
    run = make_run(place)
    add_event(run, "offer", **OFFER)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        assert (
            app.query_one(HealthNotes)
            .shown_rows()[-1]
            .startswith(" a  applies what the run offers: with shorter")
        )
        assert app.pane is not None and app.pane.offers("apply_offer")
        await pilot.press("a")
        await pilot.pause(0.3)
        assert isinstance(app.screen, ConfirmScreen)
        shown = " ".join(str(one.render()) for one in app.screen.query("Static"))
        assert "train.segment_size: 8192 becomes 4096" in shown and "resumed" in shown
        await pilot.press("n")
        await pilot.pause(0.3)
    assert config.load(run.folder / "config.json").train.segment_size == 8192


async def test_a_yes_writes_the_config_and_resumes_the_real_run(tmp_path: Path) -> None:
    root = voice_workspace(tmp_path)
    place = workspace.find(root)
    assert place is not None
    run = make_run(place, "live")
    tiny = (root / "configs" / "tiny.json").read_text()
    argv = ["train", "--steps", "100000"]
    registry.prepare(run.folder, kind="train", argv=argv, config_json=tiny)
    registry.StateFile(run.folder).update(state="failed", reason="out of memory", step=0)
    registry.record(run.folder, starter=None)
    add_event(run, "offer", **{**OFFER, "changes": {"train.batch_size": 1}})
    app = VitsdeckApp(place)
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press(TRAINING)
            await pilot.pause(1.5)
            await pilot.press("a")
            await pilot.pause(0.5)
            await pilot.press("y")
            deadline = time.monotonic() + 120
            while (registry.read_run(run.folder).step or 0) < 1:
                assert time.monotonic() < deadline, registry.read_run(run.folder)
                await pilot.pause(0.2)
            assert app.pane is not None and not app.pane.offers("apply_offer")
        assert config.load(run.folder / "config.json").train.batch_size == 1
        assert registry.read_run(run.folder).is_live
    finally:
        launch.stop(run.folder, now=True, wait_s=30)


# steps that were given up


def metric(step: int, value: float) -> dict[str, object]:
    return {"kind": "metric", "step": step, "values": {"loss/g/mel": value}}


def test_steps_after_the_one_that_a_run_went_back_to_are_dropped(place: Workspace) -> None:
    run = make_run(place)
    for step in (100, 200):
        (run.folder / f"G_{step}.pth").write_bytes(b"")
    history, series = RunHistory(run.folder), Series()
    saved = [{"kind": "checkpoint", "step": step, "files": [f"G_{step}.pth"]} for step in (100, 200)]
    said = {"kind": "sample", "step": 200, "text": "hello", "files": {"wav": "samples/200/0.wav"}}
    first = history.add([*(metric(step, 1.0) for step in range(1, 231)), *saved, said])
    series.extend(first.by_tag["loss/g/mel"])
    then = history.add([metric(231, 9.0), {"kind": "resumed", "step": 100}, metric(110, 2.0)])
    assert then.back_to == 100 and then.by_tag == {"loss/g/mel": ((110, 2.0),)}
    series.drop_after(100)
    assert (series.last_step, series.last_value) == (100, 1.0)
    series.extend(then.by_tag["loss/g/mel"])
    assert (series.last_step, series.last_value, len(series)) == (110, 2.0, 101)
    files = history.changed_files()
    assert files is not None and [one.step for one in files.checkpoints] == [100] and files.samples == ()


async def test_a_chart_follows_a_run_that_went_back(place: Workspace) -> None:
    run = make_run(place)
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        series = app.query_one(Curves).charts["mel"].series
        assert series.last_step == 10
        add_event(run, "resumed", step=4)
        await pilot.pause(1.0)
        assert (series.last_step, series.last_value) == (4, 46.0)


def test_a_long_history_comes_as_its_shape_and_then_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("w") as file:
        for step in range(1, 30_001):
            event = {"v": 1, "t": 1.0, **metric(step, 5000.0 if step == 17_777 else float(step % 7))}
            file.write(json.dumps(event, separators=(",", ":")) + "\n")
            if step % 5000 == 0:
                file.write('{"v":1,"kind":"alert","level":"info","text":"still here"}\n{"torn\n')
    events = catchup.preview(path)
    steps = [event["step"] for event in events if event["kind"] == "metric"]
    assert len(steps) < 4000 and steps[0] == 1 and steps[-1024:] == list(range(28_977, 30_001))
    assert sum(event["kind"] == "alert" for event in events) == 6
    collected, whole = catchup.Collected(), Series()
    history = RunHistory(tmp_path)
    for start in range(1, 30_001, 1000):
        block = [
            metric(step, 5000.0 if step == 17_777 else float(step % 7)) for step in range(start, start + 1000)
        ]
        points = history.add(block)
        collected.add(points)
        whole.extend(points.by_tag["loss/g/mel"])
    taken: NewPoints = collected.take()
    assert taken.afresh and taken.curves["loss/g/mel"].buckets() == whole.buckets()
    assert max(bucket.high for bucket in whole.buckets()) == 5000.0, "a single spike is kept"
    assert catchup.preview(tmp_path / "missing.jsonl") == []


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


async def test_a_run_that_cannot_be_read_is_named_with_its_reason(place: Workspace) -> None:
    make_run(place, "good")
    for name, text in (("broken", "{"), ("list", "[1]")):
        (place.logs_dir / name).mkdir()
        (place.logs_dir / name / "run.json").write_text(text)
    (place.logs_dir / "lost").mkdir()
    (place.logs_dir / "lost" / "events.jsonl").write_text("")
    (place.logs_dir / "pictures").mkdir()  # never was a run
    (place.logs_dir / "notes.txt").write_text("hello")
    assert {one.name: one.why for one in unreadable.list_unreadable(place.logs_dir)} == {
        "broken": "run.json is damaged",
        "list": "run.json is damaged",
        "lost": "run.json is missing",
    }
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.pause(1.0)
        rows = app.query_one(Board).shown_rows()
        assert any("broken" in row and "unreadable: run.json is damaged" in row for row in rows)
        assert any("lost" in row and "unreadable: run.json is missing" in row for row in rows)
        assert not any("pictures" in row for row in rows)
    assert unreadable.list_unreadable(place.logs_dir / "nowhere") == []


def test_files_messages_replace_each_other_per_run() -> None:
    first, second = (messages.RunFilesListed(name, RunFiles()) for name in ("a", "b"))
    assert not second.can_replace(first) and messages.RunFilesListed("a", RunFiles()).can_replace(first)
