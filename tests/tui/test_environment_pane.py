"""The environment pane beside an examiner that answers when the test says so, and the real one's leftovers."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from engine import workspace
from engine.doctor import NAMES, Check
from engine.runs.gpus import GpuProcess, GpuSnapshot
from engine.workspace import Workspace
from tests.tui.conftest import until
from tui.app import messages
from tui.app.app import VitsdeckApp
from tui.dialogs.text_view import TextScreen
from tui.panes import number_key
from tui.panes.environment import check_details
from tui.panes.environment.check_details import CheckDetails, GpuBoard
from tui.panes.environment.orphans import LeftoversTable
from tui.panes.environment.pane import EnvironmentPane
from tui.widgets.keybar import KeyBar
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

if sys.platform == "win32":
    pytest.skip("the examiner waits for its pipe with select", allow_module_level=True)

ENVIRONMENT = number_key("environment")
# prints each line of a file as it grows, until there is one that says "end", or stdin has ended
EXAMINER = """
import select, sys
with open(sys.argv[1]) as answers:
    while not select.select([0], [], [], 0.01)[0]:
        for line in answers:
            if line.startswith("end"):
                sys.exit()
            print(line, end="", flush=True)
"""
FAULT = Check("driver", "fail", "the driver hangs", "sudo reboot", "what it\x1b[2J said\nin full")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return workspace.init(tmp_path / "voices")


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose lines the pane gets as the examiner's answers."""
    path = tmp_path / "answers"
    path.touch()
    argv = [sys.executable, "-c", EXAMINER, str(path)]
    monkeypatch.setattr(EnvironmentPane, "argv", lambda _: argv)
    return path


def answer(path: Path, *checks: Check, end: bool = False) -> None:
    with path.open("a", encoding="utf-8") as file:
        for check in checks:
            file.write(json.dumps(check.to_json()) + "\n")
        if end:
            file.write("end\n")


def rows(app: VitsdeckApp) -> list[str]:
    return [row.rstrip(" │┃") for row in app.query_one("#checks", Table).shown_rows()]


def details(app: VitsdeckApp) -> str:
    return "\n".join(app.query_one(CheckDetails).shown_rows())


async def test_rows_stand_in_order_from_the_start_and_fill_in_as_answers_come(
    place: Workspace, answers: Path
) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        await pilot.pause()
        assert [row.split()[0] for row in rows(app)[2:4]] == ["torch", "torchaudio"]
        assert sum("… looking" in row for row in rows(app)) == len(NAMES)
        answer(answers, Check("disk", "ok", "70 GB free"), Check("torch", "warning", "2.15.0", "pip install"))
        await until(lambda: sum("… looking" in row for row in rows(app)) == len(NAMES) - 2)
        assert next(row for row in rows(app) if "disk" in row).split() == [
            "disk",
            "✔",
            "ok",
            "70",
            "GB",
            "free",
        ]
        assert "! warning  2.15.0" in rows(app)[2], "the order is that of the table, not of the answers"
        status = app.query_one("#verdicts", StatusLine).shown_rows()[0]
        assert "1 ok" in status and "1 warning" in status and f"{len(NAMES) - 2} to come" in status
        answer(answers, FAULT, end=True)
        await until(lambda: any("? unknown" in row for row in rows(app)))
        assert "1 failed" in app.query_one("#verdicts", StatusLine).shown_rows()[0]


async def test_the_first_fault_is_marked_and_explained_with_its_command(
    place: Workspace, answers: Path
) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(ENVIRONMENT)
        answer(answers, Check("torch", "warning", "2.15.0", "pip install"), FAULT, end=True)
        await until(lambda: "sudo reboot" in details(app))
        assert "nvidia-smi" in details(app), "what the check is for"
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


async def test_a_cursor_that_was_moved_stays(place: Workspace, answers: Path) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(ENVIRONMENT, "down", "down")
        answer(answers, FAULT, end=True)
        await until(lambda: any("? unknown" in row for row in rows(app)))
        assert app.query_one("#checks", Table).cursor_key == "torchaudio"


async def test_looking_again_begins_anew_and_not_twice(place: Workspace, answers: Path) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        await pilot.pause()
        pane = app.query_one(EnvironmentPane)
        first = pane._examiner
        await pilot.press("r")
        assert pane._examiner is first, "one examination at a time"
        assert not pane.offers("check_again") and not pane.offers("copy_fix")
        answer(answers, FAULT, end=True)
        await until(lambda: pane.offers("check_again"))
        answers.write_text("")
        await pilot.press("r")
        assert sum("… looking" in row for row in rows(app)) == len(NAMES)
        answer(answers, Check("driver", "ok", "580.65"), end=True)
        await until(lambda: "580.65" in "\n".join(rows(app)))


async def test_coming_back_shows_what_was_seen_and_when_without_looking_again(
    place: Workspace, answers: Path
) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        answer(answers, FAULT, end=True)
        pane = app.query_one(EnvironmentPane)
        await until(lambda: pane.offers("check_again"))
        looked = pane._examiner
        await pilot.press(number_key("overview"), ENVIRONMENT)
        await pilot.pause(0.3)
        assert pane._examiner is looked and "the driver hangs" in "\n".join(rows(app))
        assert re.search(r"looked \d+ s ago, for \d+ s", pane.query_one(StatusLine).shown_rows()[0])
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert isinstance(app.screen, TextScreen), "enter opens all that the marked check said"
        await pilot.press("q")
        await pilot.pause(0.3)
        assert not isinstance(app.screen, TextScreen)


async def test_the_report_is_copied_or_written_to_the_workspace(place: Workspace, answers: Path) -> None:
    secret = Check("report", "ok", "91 lines", "", "HF_TOKEN=hunter2\nPyTorch version: 2.14.1")
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        answer(answers, FAULT, secret, end=True)
        await until(lambda: app.query_one(EnvironmentPane).offers("check_again"))
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("b", "w")
        await until(lambda: bool(list(place.root.glob("vitsdeck-report-*.txt"))))
        [path] = place.root.glob("vitsdeck-report-*.txt")
        for text in (copied[0], path.read_text(encoding="utf-8")):
            assert "the driver hangs" in text and "PyTorch version: 2.14.1" in text and "hunter2" not in text
        shown = {key for key, _ in app.query_one(KeyBar).keys}
        assert {"enter", "y", "r", "b", "w"} <= shown


async def test_an_examiner_that_cannot_start_is_told(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EnvironmentPane, "argv", lambda _: ["/no/such/program"])
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        await until(lambda: any("? unknown" in row for row in rows(app)))
        assert any("cannot be started" in note.message for note in app._notifications)


async def test_leaving_ends_the_examiner(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        EnvironmentPane, "argv", lambda _: [sys.executable, "-c", "import sys; sys.stdin.read()"]
    )
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(ENVIRONMENT)
        await pilot.pause()
        examiner = app.query_one(EnvironmentPane)._examiner
        assert examiner is not None and examiner._thread.is_alive()
    await until(lambda: not examiner._thread.is_alive())


def test_a_gpu_in_a_line() -> None:
    gpu = GpuSnapshot(
        0, "NVIDIA\x1b[2J H200", 150 << 30, 2 << 30, 148 << 30, 41, 52, (GpuProcess(812, 1 << 30),)
    )
    shown = check_details.describe(gpu)
    assert shown.startswith("0 NVIDIA H200  ")
    assert "41% busy  52 °C  pid 812 (" in shown
    silent = GpuSnapshot(1, "A100", None, None, None, None, None)
    assert check_details.describe(silent) == "1 A100  – of –  –  –  no process"


async def test_gpus_are_rows_and_none_is_said_to_be_none(place: Workspace, answers: Path) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(ENVIRONMENT)
        board = app.query_one(GpuBoard)
        app.query_one(EnvironmentPane).post_message(messages.GpusPolled(()))
        await pilot.pause()
        assert board.shown_rows()[0].strip() == "GPU    not applicable: no NVIDIA driver answers"
        gpus = tuple(GpuSnapshot(n, "A100", 80 << 30, 0, 80 << 30, 0, 30) for n in range(6))
        app.query_one(EnvironmentPane).post_message(messages.GpusPolled(gpus))
        await until(lambda: len(board.shown_rows()) == 4)
        assert board.shown_rows()[3].rstrip().endswith("and 2 more")
        answer(answers, end=True)


async def test_leftovers_have_their_place_when_there_is_room(place: Workspace, answers: Path) -> None:
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(ENVIRONMENT)
        await pilot.pause()
        assert app.query_one(LeftoversTable).display
        assert "left no processes behind" in "\n".join(app.query_one(LeftoversTable).shown_rows())
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.query_one(LeftoversTable).display
        answer(answers, end=True)
