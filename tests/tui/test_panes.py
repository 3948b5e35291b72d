"""Panes on runs of the real engine, without a terminal: what they say, and that foreign text cannot do harm."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.runs import free_memory, registry
from engine.runs.events import EventWriter
from engine.runs.free_memory import Answer, Freed
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import add_event, dashboard, make_run, notes
from tui.app.readers.messages import Alert
from tui.dialogs import memory
from tui.panes.dataset.pane import DatasetPane
from tui.panes.overview.summary import Summary
from tui.panes.speech.knobs import KNOBS
from tui.panes.speech.pane import SpeechPane
from tui.panes.speech.voices import Voice, voices_of
from tui.panes.training import run_facts, starting
from tui.panes.training.pane import TrainingPane
from tui.panes.training.run_facts import newest_warning
from tui.widgets.keybar import KeyBar
from tui.widgets.rows import row_text
from tui.widgets.table import Table


async def test_training_pane_shows_an_ended_run(empty: Workspace) -> None:
    make_run(empty)
    async with dashboard(empty, "training", (120, 40)) as (app, _):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane.curves.has_points and pane.log_view.source)
        header = pane.header.shown_rows()
        assert header[0].startswith(" ■ stopped  demo")
        assert "30%" in header[1] and "step 3 of 10" in header[1] and "mel 47.00" in header[2]
        assert header[3].strip() == "no checkpoint yet · asked to stop"
        assert pane.curves.charts["mel"].series.last_value == 47.0
        assert [row.rstrip(" │┃") for row in pane.log_view.shown_rows()[:2]] == ["one", "two"]
        assert pane.offers("resume_run") and not pane.offers("stop_run")


async def test_figures_of_discriminators_and_sentences_have_charts_once_they_are_measured(
    empty: Workspace,
) -> None:
    run = make_run(empty)
    async with dashboard(empty, "training", (80, 24)) as (app, _):
        pane = app.query_one(TrainingPane)
        charts = pane.curves.charts

        def shown() -> list[str]:
            return [title for title, chart in charts.items() if chart.display]

        await until(lambda: pane.curves.has_points and charts["mel"].region.height)
        always = ["mel", "generator total", "KL", "duration", "gradient norm G", "learning rate"]
        assert shown() == always
        height = charts["mel"].region.height
        values = {"quality/mel/held_out": 1.5, "quality/cer/held_out": 0.25}
        values["quality/cer/held_out_recordings"] = 0.125
        add_event(run, "metric", step=3, epoch=0, values=values)
        await until(lambda: charts["character error"].region.height)
        assert shown() == [*always[:4], "character error", "mel of speech", *always[4:]]
        assert charts["character error"].series.last_value == 0.25
        assert "recordings 0.125" in charts["character error"].shown_rows()[-1]
        await until(lambda: charts["mel"].region.height < height)  # the grid makes room
        assert max(chart.region.bottom for chart in charts.values() if chart.display) <= 24
        assert "CER 0.25" in pane.header.shown_rows()[2]
        add_event(run, "metric", step=4, epoch=0, values={"loss/d/total": 2.0})
        await until(lambda: charts["discriminator total"].region.height)
        assert shown()[2] == "discriminator total"


async def test_names_and_logs_of_others_move_no_cursor_and_open_no_link(empty: Workspace) -> None:
    run = make_run(empty)
    evil = "\x1b[2J\x1b]0;title\x07[@click=app.quit]leave[/]\x1b[31mred\n"
    (run.folder / "train.log").write_text(evil)
    run.folder.rename(empty.logs_dir / "[bold]\x1b[2Jevil")
    async with dashboard(empty, size=(120, 40)) as (app, pilot):
        overview = app.query_one(Summary).shown_rows()
        await app.show_pane("training")
        pane = app.query_one(TrainingPane)
        await until(lambda: "leave" in "".join(pane.log_view.shown_rows()))
        shown = "\n".join([*overview, *pane.header.shown_rows(), *pane.log_view.shown_rows()])
        assert "\x1b" not in shown and "\x07" not in shown
        assert "[bold]" in shown and "[@click=app.quit]leave[/]red" in shown, "markup is text"
        for key in ("u", "h", "s"):  # dialogs with the name in their titles
            await pilot.press(key)
            await pilot.pause()
            await pilot.press("escape")
        assert app.is_running


def marked(app) -> str:
    """The row of the overview that is marked."""
    return next(row for row in app.query_one(Summary).shown_rows() if "›" in row)


async def test_overview_takes_runs_by_key_and_keeps_the_mark(empty: Workspace) -> None:
    for name in ("first", "second", "third"):
        make_run(empty, name)
    async with dashboard(empty) as (app, pilot):
        await pilot.press("down", "down")
        name = marked(app).split()[0]
        make_run(empty, "fourth")
        app.look_for_runs()
        await until(lambda: len(app.runs) == 4)
        assert marked(app).split()[0] == name
        await pilot.press("enter")
        await until(lambda: isinstance(app.pane, TrainingPane) and app.pane.run is not None)
        assert app.pane.run.name == name.removeprefix("›")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_overview_opens_corpora_and_filelists_in_the_dataset_pane(
    empty: Workspace, size: tuple[int, int]
) -> None:
    for number in range(20):
        (empty.filelists_dir / f"list{number:02}.txt").write_text("wavs/anna/a.wav|a text\n")
    (empty.audio_dir / "anna").mkdir(parents=True)
    (empty.audio_dir / "anna" / "a.wav").write_bytes(b"RIFF")
    make_run(empty)
    async with dashboard(empty, size=size) as (app, pilot):
        summary = app.query_one(Summary)
        await until(lambda: summary.inventory is not None)
        assert ("enter", "open") in app.query_one(KeyBar).keys
        await pilot.press("right")
        assert "›anna" in marked(app)
        await pilot.press("enter")
        await until(lambda: isinstance(app.pane, DatasetPane) and app.pane.is_open)
        pane = app.query_one(DatasetPane)
        assert pane.session.sources == (empty.audio_dir / "anna",)
        await until(lambda: any(run.kind == "measure" and run.is_final for run in app.runs))
        await pilot.press("1", "right", *["down"] * 13)
        await pilot.pause()
        assert "›list13.txt" in marked(app), "the group scrolls with the mark"
        y = next(y for y, row in enumerate(summary.shown_rows()) if "list13.txt" in row)
        await pilot.click(Summary, offset=(summary.shown_rows()[y].index("list13"), y), times=2)
        await until(lambda: pane.session.sources[0].name == "list13.txt")


async def test_hidden_panes_read_nothing(empty: Workspace) -> None:
    make_run(empty)
    async with dashboard(empty, "training") as (app, pilot):
        pane = app.query_one(TrainingPane)
        await until(lambda: pane._readers)
        await pilot.press("1")
        assert pane._readers == []
        await app.show_pane("training")
        await until(lambda: {reader.name for reader in pane._readers} == {"gpus", "run demo"})


async def test_speech_without_a_voice_says_what_to_do(empty: Workspace) -> None:
    async with dashboard(empty, "speech") as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "train one first" in str(app.query_one("#status").render()))


@pytest.mark.parametrize(
    ("knob", "typed", "sentence"),
    [
        ("speaker", "one", "speaker must be a whole number from 0 to 1000000000, not one"),
        ("speaker", "-1", "speaker must be a whole number from 0 to 1000000000, not -1"),
        ("noise_scale", "", "noise must be a number from 0 to 10, not empty"),
        ("length_scale", "0", "length must be a number from 0.05 to 20, not 0"),
        ("noise_scale", "nan", "noise must be a number from 0 to 10, not nan"),
        ("length_scale", "1e400", "length must be a number from 0.05 to 20, not 1e400"),
        ("seed", "1234567890123", "seed must be a whole number from 0 to 1000000000, not 1234567890123"),
    ],
)
def test_a_knob_says_what_would_fit(knob: str, typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        next(one for one in KNOBS if one.name == knob).read(typed)


def test_voices_are_the_newest_and_each_checkpoint(empty: Workspace) -> None:
    run = make_run(empty)
    for name in ("G_9.pth", "G_100.pth", "D_100.pth", "G_x.pth"):
        (run.folder / name).write_bytes(b"")
    assert [voice.checkpoint for voice in voices_of(run)] == ["newest", "G_100.pth", "G_9.pth"]
    assert voices_of(make_run(empty, "mute")) == []
    write_best(run.folder, 9, 0.25)
    assert [voice.checkpoint for voice in voices_of(run)] == ["best", "newest", "G_100.pth", "G_9.pth"]
    assert str(Voice("demo", run.folder)) == "demo, best checkpoint: step 9 (character error 0.25)"
    assert str(Voice("demo", run.folder, "newest")) == "demo, newest checkpoint"


def write_best(folder: Path, step: int, error: float) -> None:
    (folder / f"best_{step}.pth").write_bytes(b"")
    tree = {"step": step, "tag": "quality/cer/held_out", "value": error}
    (folder / f"best_{step}.manifest.json").write_text(json.dumps(tree))


async def test_speech_takes_a_run_that_can_speak_and_says_when_one_cannot(empty: Workspace) -> None:
    (make_run(empty, "able").folder / "G_100.pth").write_bytes(b"")
    make_run(empty, "mute")
    async with dashboard(empty, "speech", (60, 15)) as (app, pilot):
        pane = app.query_one(SpeechPane)
        voice, status = pane.query_one("#voice"), pane.query_one("#status")
        await until(lambda: str(voice.render()) == "able, newest checkpoint")
        assert pane.offers("speak")
        await until(lambda: pane.query_one("#knob-seed").region.right <= 60)  # no number is cut off
        app.choose_run("mute")
        await until(lambda: str(voice.render()) == "mute, which has no checkpoint yet")
        assert not pane.offers("speak")
        await pilot.press("enter")
        await until(lambda: "mute has no checkpoint yet" in str(status.render()))
        await pilot.press("ctrl+o")
        await until(lambda: app.screen.query(Table))
        table = app.screen.query_one(Table)
        await until(lambda: [row.split()[:2] for row in table.shown_rows()[1:2]] == [["›", "able"]])


async def test_many_runs_with_long_names_can_be_told_apart(empty: Workspace) -> None:
    for number in range(12):
        make_run(empty, f"a-voice-with-a-rather-long-name-{number}")
    async with dashboard(empty, size=(120, 40)) as (app, pilot):
        summary = app.query_one(Summary)
        rows = [row for row in summary.shown_rows() if "a-voice-" in row and "ago" in row]
        assert sum("s ago" in row and "stopped            3" in row for row in rows) >= 12
        ends = {row.split()[0].lstrip("›").rpartition("-")[2] for row in rows if "…" in row}
        assert ends == {str(number) for number in range(12)}
        await pilot.resize_terminal(60, 15)
        await pilot.pause(0.2)
        shown = [row for row in summary.shown_rows() if "…" in row and "stopped   " in row]
        assert len(shown) >= 4, "where there is no room for more, the runs take it"


async def test_a_workspace_that_goes_away_is_said_and_nothing_breaks(empty: Workspace) -> None:
    make_run(empty)
    async with dashboard(empty) as (app, pilot):
        elsewhere = empty.root.with_name("elsewhere")
        empty.root.rename(elsewhere)
        app.look_for_runs()
        await until(lambda: app.is_gone)
        shown = "\n".join(app.query_one(Summary).shown_rows())
        assert "no longer there" in shown and "^g" not in shown
        await app.show_pane("training")
        await pilot.pause()
        header = app.query_one(TrainingPane).header
        assert "no longer there" in header.shown_rows()[0]
        ended = await starting.start(starting.Start("new"), empty.root)
        assert "No such file or directory" in ended.sentence
        elsewhere.rename(empty.root)
        app.look_for_runs()
        await until(lambda: not app.is_gone)
        assert "demo" in header.shown_rows()[0]


async def test_a_run_that_is_deleted_while_it_is_shown_is_missed_aloud(empty: Workspace) -> None:
    make_run(empty, "kept")
    gone = make_run(empty, "gone")
    async with dashboard(empty, "training") as (app, _):
        app.choose_run("gone")
        gone.folder.rename(empty.root / "taken-away")
        app.look_for_runs()
        await until(lambda: notes(app))
        assert notes(app) == ["run gone is no longer there: its folder was moved or deleted"]
        assert "kept" in app.query_one(TrainingPane).header.shown_rows()[0]


async def test_enter_on_a_checkpoint_speaks_with_it_and_one_alone_is_the_best(empty: Workspace) -> None:
    run = make_run(empty)
    with EventWriter(run.folder / "events.jsonl") as events:
        for step in (100, 200):
            (run.folder / f"G_{step}.pth").write_bytes(b"")
            events.checkpoint(
                step, 1, [f"G_{step}.pth"], 10, best=True, figure=("loss/val/mel", 20.0 - step / 100)
            )
    async with dashboard(empty, "training") as (app, pilot):
        table = app.query_one("#checkpoints", Table)
        await until(lambda: table.row_count == 2)
        await pilot.press("d")
        assert [row.split()[-1] for row in table.shown_rows()[1:] if "best" in row] == ["G_200.pth"]
        await pilot.press("down", "enter")
        await until(lambda: isinstance(app.pane, SpeechPane))
        await until(lambda: str(app.query_one("#voice").render()) == "demo, G_100.pth")


async def test_enter_on_a_sample_plays_it(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(empty)
    with EventWriter(run.folder / "events.jsonl") as events:
        events.sample(100, "hello", {"wav": "samples/100/1.wav"})
    monkeypatch.setenv("PATH", "")  # no player: it says so, and copies the path
    async with dashboard(empty, "training") as (app, pilot):
        samples = app.query_one("#samples", Table)
        await until(lambda: samples.row_count == 1)
        await pilot.press("d")
        samples.focus()
        await pilot.press("enter")
        await until(lambda: notes(app) == [f"{app.clipboard}\nits path is copied: no player is here"])
        assert app.clipboard == str(run.folder / "samples/100/1.wav")


async def test_best_file_is_a_row_of_its_own_and_the_one_that_speaks(empty: Workspace) -> None:
    run = make_run(empty)
    with EventWriter(run.folder / "events.jsonl") as events:
        for step, error in ((100, 0.25), (200, 0.5)):
            (run.folder / f"G_{step}.pth").write_bytes(b"")
            figure = ("quality/cer/held_out", error)
            events.checkpoint(step, 1, [f"G_{step}.pth"], 10, best=False, figure=figure)
            if step == 100:
                events.checkpoint(step, 1, ["best_100.pth"], 5, best=True, figure=figure)
        write_best(run.folder, 100, 0.25)
    async with dashboard(empty, "training") as (app, pilot):
        table, header = app.query_one("#checkpoints", Table), app.query_one(TrainingPane).header
        await until(lambda: table.row_count == 3)
        await until(
            lambda: any("; best at step 100: character error 0.2500" in row for row in header.shown_rows())
        )
        await pilot.press("d")
        assert "best by" in table.shown_rows()[0]
        assert ["CER 0.5" in row for row in table.shown_rows() if ".pth" in row] == [True, False, False]
        rows = [row.split() for row in table.shown_rows() if ".pth" in row]
        assert [(row[-1], "best" in row) for row in rows] == [
            ("G_200.pth", False),
            ("best_100.pth", True),
            ("G_100.pth", False),
        ]
        await pilot.press("down", "enter")
        await until(lambda: isinstance(app.pane, SpeechPane))
        await until(lambda: str(app.query_one("#voice").render()) == "demo, best_100.pth")


async def test_asking_for_curves_that_are_not_there_gets_an_answer(empty: Workspace) -> None:
    make_run(empty, steps=0)
    async with dashboard(empty, "training") as (app, pilot):
        await until(lambda: app.query_one(TrainingPane).curves.has_points is False)
        await pilot.press("g")
        await until(lambda: notes(app) == ["demo has no curves yet: it ended before its first"])


def test_progress_fits_eighty_columns(empty: Workspace) -> None:
    run = make_run(empty)
    for width in (40, 80, 120):
        assert len(row_text(run_facts.progress_row(run, width))) <= width


def test_a_run_that_stalls_or_is_started_again_has_no_rate_and_no_time_left(empty: Workspace) -> None:
    run = registry.RunSnapshot("demo", empty.root, "train", "running", step=446, total_steps=5000)
    run = replace(run, rate=0.263, eta_s=17_000.0, updated=time.time())
    assert run_facts.progress_text(run) == "step 446 of 5,000 · 0.263 steps/s · 4 h 43 min left"
    for state in ("stalled", "starting"):
        assert run_facts.progress_text(replace(run, state=state)) == "step 446 of 5,000"
    assert run_facts.progress_text(replace(run, updated=time.time() - 600)) == "step 446 of 5,000"
    assert run_facts.progress_text(replace(run, state="stopping")).endswith("left")


@pytest.mark.parametrize(
    ("step", "rate", "text"),
    [
        (0, None, "speaks words from about step 2,000"),
        (200, 1.0, "speaks words in about 30 min"),
        (1400, 1.0, "speaks words in about 10 min"),
        (1999, 1.0, "speaks words in about 1 min"),
        (2000, 1.0, "speaks words"),
    ],
)
def test_a_run_of_the_demo_says_when_it_speaks_words(
    empty: Workspace, step: int, rate: float | None, text: str
) -> None:
    run = registry.RunSnapshot("demo", empty.root, "train", "running", step=step, total_steps=190_000)
    run = replace(run, rate=rate, eta_s=200_000.0, updated=time.time(), words_step=2000)
    assert run_facts.progress_text(run).split(" · ")[-1] == text
    assert "speaks" not in run_facts.progress_text(replace(run, state="stopped"))
    assert "speaks" not in run_facts.progress_text(replace(run, words_step=None))


def test_a_long_reason_is_wrapped_and_its_end_is_seen(empty: Workspace) -> None:
    why = "killed by SIGKILL: somebody's kill -9, or no memory left; it is started again in 4 s (2 of at most 3)"
    run = registry.RunSnapshot("demo", empty.root, "train", "starting", why, updated=time.time())
    rows = [row_text(row) for row in run_facts.trouble_rows(run, 60, "")]
    assert len(rows) == 2 and all(len(row) <= 60 for row in rows)
    assert rows[-1].endswith("(2 of at most 3)")
    assert run_facts.trouble_rows(replace(run, state="stopped"), 60, "") == []


def test_a_stall_that_has_ended_is_no_warning_any_more() -> None:
    older = Alert(4.0, "warning", "the disk was full")
    stall = Alert(5.0, "warning", "stalled: no sign of life")
    end = Alert(6.0, "info", "running: it moves again")
    assert newest_warning([end, stall, older]) == older
    assert newest_warning([end, stall]) is None, "the state of the run says when it stalls"


@pytest.mark.parametrize(
    ("what", "given", "sentence"),
    [
        ("resident", 170, "170 MB given back"),
        ("resident", 0, "nothing was given back: the allocator keeps no free pages"),
        ("reserved", -3, "nothing was given back: the cache holds nothing but what training uses"),
    ],
)
def test_the_memory_screen_says_honestly_what_came_of_it(what: str, given: int, sentence: str) -> None:
    freed = Freed("demo", 7, 0, what, 900_000_000, 900_000_000 - given * 1_000_000)
    answers = [Answer("demo", (freed,), "")]
    assert memory.outcome(answers, free_memory.total_given_back(answers)) == sentence
