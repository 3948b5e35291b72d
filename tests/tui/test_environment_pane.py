"""The environment pane beside an examination that answers when the test says so."""

from __future__ import annotations

import queue
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from engine import doctor
from engine.doctor import NAMES, Result
from engine.runs.gpus import GpuSnapshot
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import dashboard
from tui.app.app import VitsdeckApp
from tui.app.readers import messages
from tui.dialogs.text_view import TextScreen
from tui.panes import number_key
from tui.panes.environment.orphans import LeftoversTable
from tui.panes.environment.pane import EnvironmentPane
from tui.widgets.keybar import KeyBar
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

ENVIRONMENT = number_key("environment")
FAULT = Result("driver", "fail", "the driver hangs", "sudo reboot", "what it\x1b[2J said\nin full")


class Answers(queue.Queue[Result | None]):
    """The answers of an examination; `examinations` and `closed` count."""

    examinations = closed = 0

    def examine(self, _root: Path) -> Answers:
        self.examinations += 1
        return self

    def __iter__(self) -> Iterator[Result]:
        while (answer := self.get()) is not None:
            yield answer

    def close(self) -> None:
        self.closed += 1
        self.put(None)

    def give(self, *results: Result, end: bool = False) -> None:
        for result in results:
            self.put(result)
        if end:
            self.put(None)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr(doctor, "Examination", made.examine)
    return made


def rows(app: VitsdeckApp) -> list[str]:
    return [row.rstrip(" │┃") for row in app.query_one("#checks", Table).shown_rows()]


def waiting(app: VitsdeckApp) -> int:
    return sum("… looking" in row for row in rows(app))


def details(app: VitsdeckApp) -> str:
    return str(app.query_one("#details", Static).content)


async def test_rows_stand_in_order_from_the_start_and_fill_in_as_answers_come(
    place: Workspace, answers: Answers
) -> None:
    async with dashboard(place, "environment", (120, 40)) as (app, _):
        await until(lambda: waiting(app) == len(NAMES))
        assert [row.split()[0] for row in rows(app)[2:4]] == ["torch", "torchaudio"]
        answers.give(Result("disk", "ok", "70 GB free"), Result("torch", "warning", "2.15.0", "pip install"))
        await until(lambda: waiting(app) == len(NAMES) - 2)
        assert next(row for row in rows(app) if "disk" in row).split()[:3] == ["disk", "✔", "ok"]
        assert "! warning  2.15.0" in rows(app)[2], "the order is that of the table, not of the answers"
        status = app.query_one("#verdicts", StatusLine).shown_rows()[0]
        assert "1 ok" in status and "1 warning" in status and f"{len(NAMES) - 2} to come" in status
        answers.give(FAULT, end=True)
        await until(lambda: any("? unknown" in row for row in rows(app)))
        assert "1 failed" in app.query_one("#verdicts", StatusLine).shown_rows()[0]


async def test_first_fault_is_marked_and_explained_with_its_fix(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment") as (app, pilot):
        answers.give(Result("torch", "warning", "2.15.0", "pip install"), FAULT, end=True)
        await until(lambda: "sudo reboot" in details(app))
        assert "It must support the CUDA" in details(app), "what the check is for"
        assert "the driver hangs" in details(app)
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("y")
        assert copied == ["sudo reboot"]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "what it said" in shown and "in full" in shown and "\x1b" not in shown
        await pilot.press("escape")
        assert not isinstance(app.screen, TextScreen)


async def test_cursor_that_was_moved_stays(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment") as (app, pilot):
        await pilot.press("down", "down")
        answers.give(FAULT, end=True)
        await until(lambda: any("? unknown" in row for row in rows(app)))
        assert app.query_one("#checks", Table).cursor_key == "torchaudio"


async def test_looking_again_begins_anew_and_not_twice(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment", (120, 40)) as (app, pilot):
        pane = app.query_one(EnvironmentPane)
        await until(lambda: not pane.offers("check_again"))
        await pilot.press("r")
        assert answers.examinations == 1, "one examination at a time"
        assert not pane.offers("copy_fix")
        answers.give(FAULT, end=True)
        await until(lambda: pane.offers("check_again"))
        await pilot.press(number_key("overview"), ENVIRONMENT)
        await pilot.pause()
        assert answers.examinations == 1, "coming back looks not again"
        assert "the driver hangs" in "\n".join(rows(app))
        assert re.search(r"looked \d+ s ago, for \d+ s", pane.query_one(StatusLine).shown_rows()[0])
        await pilot.press("r")
        assert answers.examinations == 2 and waiting(app) == len(NAMES)
        answers.give(Result("driver", "ok", "580.65"), end=True)
        await until(lambda: "580.65" in "\n".join(rows(app)))


async def test_report_is_copied_or_written_to_the_workspace(place: Workspace, answers: Answers) -> None:
    secret = Result("report", "ok", "91 lines", "", "HF_TOKEN=hunter2\nPyTorch version: 2.14.1")
    async with dashboard(place, "environment", (120, 40)) as (app, pilot):
        answers.give(FAULT, secret, end=True)
        await until(lambda: len(app.query_one(EnvironmentPane).results) == 2)
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("b", "w")
        await until(lambda: bool(list(place.root.glob("vitsdeck-report-*.txt"))))
        [path] = place.root.glob("vitsdeck-report-*.txt")
        for text in (copied[0], path.read_text(encoding="utf-8")):
            assert "the driver hangs" in text and "PyTorch version: 2.14.1" in text and "hunter2" not in text
        shown = {key for key, _ in app.query_one(KeyBar).keys}
        assert {"enter", "y", "r", "b", "w"} <= shown


async def test_leaving_ends_the_checks(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment"):
        await until(lambda: answers.examinations == 1)
    assert answers.closed == 1


async def test_each_gpu_is_a_row(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment") as (app, pilot):

        def gpu_lines() -> list[str]:
            return str(app.query_one("#gpus", Static).content).split("\n")

        app.query_one(EnvironmentPane).post_message(messages.GpusPolled(()))
        await pilot.pause()
        assert gpu_lines() == ["GPU    not applicable: no NVIDIA driver answers"]
        gpus = tuple(GpuSnapshot(n, "A\x1b[2J100", 80 << 30, 0, 80 << 30, 0, 30) for n in range(6))
        app.query_one(EnvironmentPane).post_message(messages.GpusPolled(gpus))
        await until(lambda: len(gpu_lines()) == 4)
        assert "0 A100: 0 MB of 85.9 GB" in gpu_lines()[0] and gpu_lines()[3].endswith("and 2 more")


async def test_leftovers_are_listed_when_there_is_room(place: Workspace, answers: Answers) -> None:
    async with dashboard(place, "environment", (120, 40)) as (app, pilot):
        await pilot.pause()
        assert app.query_one(LeftoversTable).display
        assert "left no processes behind" in "\n".join(app.query_one(LeftoversTable).shown_rows())
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.query_one(LeftoversTable).display
