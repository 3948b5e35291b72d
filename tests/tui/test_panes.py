"""Panes on runs of the real engine, without a terminal: what they say, and that foreign text cannot do harm."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine import workspace
from engine.runs import free_memory, registry
from engine.runs.events import EventWriter
from engine.runs.free_memory import Answer, Freed
from engine.runs.registry import RunSnapshot
from engine.workspace import Workspace
from tests.tui.conftest import until
from tui.app.app import VitsdeckApp
from tui.app.messages import Alert
from tui.dialogs import memory
from tui.panes import number_key
from tui.panes.dataset.pane import DatasetPane
from tui.panes.overview.board import Board
from tui.panes.overview.stock import shares
from tui.panes.speech.knobs import KNOBS
from tui.panes.speech.pane import SpeechPane
from tui.panes.speech.voices import voices_of
from tui.panes.training import run_facts, starting
from tui.panes.training.pane import Curves, TrainingPane
from tui.panes.training.run_header import RunHeader, newest_warning
from tui.widgets.keybar import KeyBar
from tui.widgets.logview import LogView
from tui.widgets.rows import row_text
from tui.widgets.table import Table

TRAINING, SPEECH = number_key("training"), number_key("speech")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return workspace.init(tmp_path / "voices")


def finished_run(place: Workspace, name: str, log: str = "done\n", steps: int = 3) -> RunSnapshot:
    """A run as a worker leaves it behind."""
    folder = place.logs_dir / name
    registry.prepare(folder, kind="train", argv=["train", "--steps", "10"], config_json="{}")
    with EventWriter(folder / "events.jsonl") as events:
        for step in range(1, steps + 1):
            events.metric(step, 0, {"loss/g/mel": 50.0 - step, "loss/g/total": 60.0, "learning_rate": 2e-4})
    (folder / "train.log").write_text(log)
    registry.StateFile(folder).update(
        state="stopped", reason="asked to stop", step=steps, epoch=0, total_steps=10
    )
    return registry.read_run(folder)


async def test_training_pane_shows_an_ended_run(place: Workspace) -> None:
    finished_run(place, "demo", log="one\ntwo\n")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        header = app.query_one(RunHeader).shown_rows()
        assert header[0].startswith(" ■ stopped  demo")
        assert "30%" in header[1] and "step 3 of 10" in header[1]
        assert "mel 47.00" in header[2]
        assert header[3].strip() == "no checkpoint yet · asked to stop"
        assert app.query_one(Curves).charts["mel"].series.last_value == 47.0
        assert [row.rstrip(" │┃") for row in app.query_one(LogView).shown_rows()[:2]] == ["one", "two"]
        assert app.pane is not None and app.pane.offers("resume_run") and not app.pane.offers("stop_run")


async def test_names_and_logs_of_others_move_no_cursor_and_open_no_link(place: Workspace) -> None:
    finished_run(place, "evil", log="\x1b[2J\x1b]0;title\x07[@click=app.quit]leave[/]\x1b[31mred\n")
    (place.logs_dir / "evil").rename(place.logs_dir / "[bold]\x1b[2Jevil")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.7)
        overview = app.query_one(Board).shown_rows()
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        rows = [*overview, *app.query_one(RunHeader).shown_rows(), *app.query_one(LogView).shown_rows()]
        shown = "\n".join(rows)
        assert "\x1b" not in shown and "\x07" not in shown
        assert "[bold]" in shown and "[@click=app.quit]leave[/]red" in shown, "markup is text"
        await pilot.press("u")
        await pilot.pause(0.3)
        await pilot.press("escape", "s")
        await pilot.pause(0.3)
        assert app.is_running


async def test_overview_takes_runs_by_key_and_keeps_the_mark(place: Workspace) -> None:
    for name in ("first", "second", "third"):
        finished_run(place, name)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.7)
        board = app.query_one(Board)
        await pilot.press("down", "down")
        marked = next(row for row in board.shown_rows() if "›" in row)
        finished_run(place, "fourth")
        app.look_for_runs()
        await pilot.pause(0.7)
        assert next(row for row in board.shown_rows() if "›" in row).split()[0] == marked.split()[0]
        await pilot.press("enter")
        await pilot.pause(0.5)
        assert isinstance(app.pane, TrainingPane) and app.pane.run is not None
        assert app.pane.run.name == marked.split()[0].removeprefix("›")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_overview_opens_corpora_and_filelists_in_the_dataset_pane(
    place: Workspace, size: tuple[int, int]
) -> None:
    for number in range(20):
        (place.filelists_dir / f"list{number:02}.txt").write_text("wavs/anna/a.wav|a text\n")
    (place.audio_dir / "anna").mkdir(parents=True)
    (place.audio_dir / "anna" / "a.wav").write_bytes(b"RIFF")
    finished_run(place, "demo")
    app = VitsdeckApp(place)
    async with app.run_test(size=size) as pilot:
        board = app.query_one(Board)
        await until(lambda: board.inventory is not None and board.runs)
        assert ("enter", "open") in app.query_one(KeyBar).keys

        def marked() -> str:
            return next(row for row in board.shown_rows() if "›" in row)

        await pilot.press("right")
        assert "›anna" in marked()
        await pilot.press("enter")
        await until(lambda: isinstance(app.pane, DatasetPane) and app.pane.shown is not None)
        assert isinstance(app.pane, DatasetPane) and app.pane.corpus is not None
        assert app.pane.corpus.sources == (place.audio_dir / "anna",)
        await until(lambda: any(run.kind == "measure" and run.is_final for run in app.runs))
        await pilot.press("1", "right", *["down"] * 13)
        await pilot.pause()
        assert "›list13.txt" in marked(), "the group scrolls with the mark"
        y = next(y for y, row in enumerate(board.shown_rows()) if "list13.txt" in row)
        await pilot.click(Board, offset=(board.shown_rows()[y].index("list13"), y), times=2)
        pane = app.pane if isinstance(app.pane, DatasetPane) else app.query_one(DatasetPane)
        await until(lambda: pane.corpus is not None and pane.corpus.sources[0].name == "list13.txt")


async def test_hidden_panes_read_nothing(place: Workspace) -> None:
    finished_run(place, "demo")
    app = VitsdeckApp(place)
    async with app.run_test() as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(0.5)
        training = app.pane
        assert training is not None and training._readers
        await pilot.press("1")
        await pilot.pause(0.3)
        assert training._readers == []
        await pilot.press(TRAINING)
        await pilot.pause(0.5)
        assert {reader.name for reader in training._readers} == {"gpus", "run demo"}


async def test_speech_without_a_voice_says_what_to_do(place: Workspace) -> None:
    app = VitsdeckApp(place)
    async with app.run_test() as pilot:
        await pilot.press(SPEECH)
        await pilot.pause(0.2)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert isinstance(app.pane, SpeechPane)
        said = str(app.pane.query_one("#status").render())
        assert "train one first" in said


@pytest.mark.parametrize(
    ("knob", "typed", "sentence"),
    [
        ("speaker", "one", "speaker must be a whole number, not one"),
        ("speaker", "-1", "speaker must be 0 or more, not -1"),
        ("noise_scale", "", "noise must be a number, not empty"),
        ("length_scale", "0", "length must be 0.05 or more, not 0"),
        ("noise_scale", "nan", "noise must be 0 or more, not nan"),
        ("length_scale", "1e400", "length must be 20 or less, not 1e400"),
        ("seed", "1234567890123", "seed must be 1000000000 or less, not 1234567890123"),
    ],
)
def test_a_knob_says_what_would_fit(knob: str, typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        next(one for one in KNOBS if one.name == knob).read(typed)


def test_voices_are_the_newest_and_each_checkpoint(place: Workspace) -> None:
    run = finished_run(place, "demo")
    for name in ("G_9.pth", "G_100.pth", "D_100.pth", "G_x.pth"):
        (run.folder / name).write_bytes(b"")
    assert [voice.checkpoint for voice in voices_of(run)] == ["newest", "G_100.pth", "G_9.pth"]
    assert voices_of(finished_run(place, "mute")) == []


async def test_speech_takes_a_run_that_can_speak_and_says_when_one_cannot(place: Workspace) -> None:
    (finished_run(place, "able").folder / "G_100.pth").write_bytes(b"")
    finished_run(place, "mute")
    app = VitsdeckApp(place)
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.pause(0.7)
        await pilot.press(SPEECH)
        await pilot.pause(0.3)
        pane = app.pane
        assert isinstance(pane, SpeechPane) and pane.offers("speak")
        assert str(pane.query_one("#voice").render()) == "able, newest checkpoint"
        assert pane.query_one("#knob-seed").region.right <= 60, "no number is cut off on a small screen"
        app.choose_run("mute")
        await pilot.pause(0.2)
        assert str(pane.query_one("#voice").render()) == "mute, which has no checkpoint yet"
        assert not pane.offers("speak")
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert "mute has no checkpoint yet" in str(pane.query_one("#status").render())
        await pilot.press("ctrl+o")
        await pilot.pause(0.3)
        assert [row.split()[:2] for row in app.screen.query_one(Table).shown_rows()[:2]] == [
            ["name"],
            ["›", "able"],
        ]


async def test_many_runs_with_long_names_can_be_told_apart(place: Workspace) -> None:
    for number in range(12):
        finished_run(place, f"a-voice-with-a-rather-long-name-{number}")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.8)
        board = app.query_one(Board)
        rows = [row for row in board.shown_rows() if "a-voice-" in row and "ago" in row]
        assert sum("s ago" in row and "stopped            3" in row for row in rows) >= 12
        assert {row.split()[0].lstrip("›").rpartition("-")[2] for row in rows if "…" in row} == {
            str(number) for number in range(12)
        }
        await pilot.resize_terminal(60, 15)
        await pilot.pause(0.2)
        shown = [row for row in board.shown_rows() if "…" in row and "stopped   " in row]
        assert len(shown) >= 4, "where there is no room for more, the runs take it"


async def test_a_workspace_that_goes_away_is_said_and_nothing_breaks(place: Workspace) -> None:
    finished_run(place, "demo")
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.7)
        place.root.rename(place.root.with_name("elsewhere"))
        app.look_for_runs()
        await pilot.pause(0.7)
        shown = "\n".join(app.query_one(Board).shown_rows())
        assert "no longer there" in shown and "^g" not in shown
        await pilot.press(TRAINING)
        await pilot.pause(0.3)
        assert "no longer there" in app.query_one(RunHeader).shown_rows()[0]
        ended = await starting.start(starting.Start("new"), place.root)
        assert "No such file or directory" in ended.sentence
        place.root.with_name("elsewhere").rename(place.root)
        app.look_for_runs()
        await pilot.pause(0.7)
        assert "demo" in app.query_one(RunHeader).shown_rows()[0]


async def test_a_run_that_is_deleted_while_it_is_shown_is_missed_aloud(place: Workspace) -> None:
    finished_run(place, "kept")
    gone = finished_run(place, "gone")
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.7)
        app.choose_run("gone")
        await pilot.press(TRAINING)
        await pilot.pause(0.5)
        gone.folder.rename(place.root / "taken-away")
        app.look_for_runs()
        await pilot.pause(0.7)
        assert [note.message for note in app._notifications] == [
            "run gone is no longer there: its folder was moved or deleted"
        ]
        assert "kept" in app.query_one(RunHeader).shown_rows()[0]


async def test_enter_on_a_checkpoint_speaks_with_it_and_one_alone_is_the_best(place: Workspace) -> None:
    run = finished_run(place, "demo")
    with EventWriter(run.folder / "events.jsonl") as events:
        for step in (100, 200):
            (run.folder / f"G_{step}.pth").write_bytes(b"")
            events.checkpoint(step, 1, [f"G_{step}.pth"], 10, best=True, mel=20.0 - step / 100)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        await pilot.press("d")
        await pilot.pause(0.3)
        rows = app.query_one("#checkpoints", Table).shown_rows()
        assert [row.split()[-1] for row in rows if "best" in row] == ["G_200.pth"]
        await pilot.press("down", "enter")
        await pilot.pause(0.5)
        assert isinstance(app.pane, SpeechPane)
        assert str(app.pane.query_one("#voice").render()) == "demo, G_100.pth"


async def test_asking_for_curves_that_are_not_there_gets_an_answer(place: Workspace) -> None:
    finished_run(place, "demo", steps=0)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(TRAINING)
        await pilot.pause(1.0)
        await pilot.press("g")
        await pilot.pause(0.3)
        assert [note.message for note in app._notifications] == [
            "demo has no curves yet: it ended before its first"
        ]


def test_progress_fits_eighty_columns(place: Workspace) -> None:
    run = finished_run(place, "demo")
    for width in (40, 80, 120):
        assert len(row_text(run_facts.progress_row(run, width, "run"))) <= width


def test_rows_are_shared_out_small_wishes_first() -> None:
    assert shares([2, 10, 3], 9) == [2, 4, 3]
    assert shares([2, 10, 3], 100) == [2, 10, 3]
    assert shares([5, 5], 1) == [1, 0]
    assert shares([], 5) == []


def test_a_run_that_stalls_or_is_started_again_has_no_rate_and_no_time_left(place: Workspace) -> None:
    run = replace(
        registry.RunSnapshot("demo", place.root, "train", "running", step=446, total_steps=5000),
        rate=0.263,
        eta_s=17_000.0,
        updated=time.time(),
    )
    assert run_facts.progress_text(run) == "step 446 of 5,000 · 0.263 steps/s · 4 h 43 min left"
    for state in ("stalled", "starting"):
        assert run_facts.progress_text(replace(run, state=state)) == "step 446 of 5,000"
    assert run_facts.progress_text(replace(run, updated=time.time() - 600)) == "step 446 of 5,000"
    assert run_facts.progress_text(replace(run, state="stopping")).endswith("left")


def test_a_long_reason_is_wrapped_and_its_end_is_seen(place: Workspace) -> None:
    why = "killed by SIGKILL: somebody's kill -9, or no memory left; it is started again in 4 s (2 of at most 3)"
    run = registry.RunSnapshot("demo", place.root, "train", "starting", why, updated=time.time())
    rows = [row_text(row) for row in run_facts.trouble_rows(run, 60, "")]
    assert len(rows) == 2 and all(len(row) <= 60 for row in rows)
    assert rows[-1].endswith("(2 of at most 3)")
    assert run_facts.trouble_rows(replace(run, state="stopped"), 60, "") == []


def test_a_stall_that_has_ended_is_no_warning_any_more() -> None:
    stall, end = (
        Alert(5.0, "warning", "stalled: no sign of life"),
        Alert(6.0, "info", "running: it moves again"),
    )
    older = Alert(4.0, "warning", "the disk was full")
    assert newest_warning([stall, older]) == stall
    assert newest_warning([end, stall, older]) == older
    assert newest_warning([stall, end, older]) == stall, "it stalls again"
    assert newest_warning([end, stall]) is None


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        ("resident", 170, "170 MB given back"),
        ("resident", 0, "nothing was given back: the allocator keeps no free pages"),
        ("reserved", -3, "nothing was given back: the cache holds nothing but what training uses"),
    ],
)
def test_the_memory_screen_says_honestly_what_came_of_it(what: str, given: int, said: str) -> None:
    freed = Freed("demo", 7, 0, what, 900_000_000, 900_000_000 - given * 1_000_000)
    answers = [Answer("demo", (freed,), "")]
    assert memory.told(answers, free_memory.total_given_back(answers)) == said
