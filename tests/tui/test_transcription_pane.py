"""The transcription pane beside a real speech service, real jobs and a real ledger; its meter as literal rows."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine import workspace
from engine.runs import launch, registry
from engine.transcribe.ledger import Ledger, default_path
from engine.transcribe.pricing import PriceTable
from engine.workspace import Workspace
from tests.transcribe.support import SpeechServer, record
from tests.transcribe.test_transcribe_promises import service_account
from tests.tui.conftest import until
from tests.tui.run_support import dashboard
from tui.app.app import VitsdeckApp
from tui.dialogs.dialog import ConfirmScreen
from tui.dialogs.text_view import TextScreen
from tui.panes import number_key
from tui.panes.transcription.meter import MeterPanel
from tui.panes.transcription.pane import TranscriptionPane
from tui.panes.transcription.task import PROVIDERS, Task
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)

PANE = number_key("transcription")
TABLE = PriceTable.load()
V1, V2, LOCAL = TABLE.find("google", "v1"), TABLE.find("google", "v2"), TABLE.find("pocketsphinx")


@pytest.fixture(scope="module")
def service() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()


@pytest.fixture
def place(tmp_path: Path, service: SpeechServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with six recordings, pointed at the service, with a ledger of its own and nobody's credentials."""
    service.behave()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    made = workspace.init(tmp_path / "voices")
    for number in range(6):
        record(made.root / "raw" / f"{number}.wav", 1.5 + number, number)
    yield dataclasses.replace(made, settings=dataclasses.replace(made.settings, endpoint=service.endpoint))
    for run in registry.list_runs(made.logs_dir):
        launch.stop(run.folder, now=True, wait_s=20)


def task_of(place: Workspace, api: str = "v1") -> Task:
    provider = next(each for each in PROVIDERS if each.api == api)
    task = Task.new(place.root / "raw", place.root / "raw.txt", place, provider)
    return with_settings(task, project="p") if api == "v2" else task


def with_settings(task: Task, **settings: object) -> Task:
    return dataclasses.replace(task, settings=dataclasses.replace(task.settings, **settings))


@asynccontextmanager
async def opened(
    place: Workspace, task: Task | None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], TranscriptionPane]]:
    """The pane in front, with the sum of its task worked out."""
    app = VitsdeckApp(place)
    async with app.run_test(size=size) as pilot:
        await pilot.press(PANE)
        pane = app.query_one(TranscriptionPane)
        await until(lambda: pane.state.money is not None)
        if task is not None:
            pane.take_task(task)
        await until(lambda: pane.state.plan is not None or pane.state.fault or task is None)
        yield pilot, pane


def shown(pane: TranscriptionPane) -> str:
    widgets = (MeterPanel, StatusLine, Table)
    rows = [widget.shown_rows() for kind in widgets for widget in pane.query(kind)]
    return "\n".join(line.rstrip() for part in rows for line in part)


def drawn(pane: TranscriptionPane) -> str:
    """The screen in front."""
    return "\n".join(strip.text for strip in pane.app.screen._compositor.render_strips())


def told(pane: TranscriptionPane) -> str:
    return "\n".join(note.message for note in pane.app._notifications)


async def agree(pilot: Pilot[None], pane: TranscriptionPane, key: str) -> str:
    """Press a key that asks, and say yes; returns the question."""
    await until(
        lambda: pane.state.plan is not None and pane.state.quote is not None and not pane.state.is_live
    )
    await pilot.press(key)
    try:
        await until(lambda: isinstance(pane.app.screen, ConfirmScreen), 20)
    except TimeoutError:
        raise AssertionError(f"nothing was asked\n{told(pane)}\n{shown(pane)}") from None
    await until(lambda: "send nothing" in drawn(pane))
    question = drawn(pane)
    await pilot.press("y")
    return question


async def ended(pane: TranscriptionPane, state: str = "finished") -> None:
    await until(
        lambda: pane.state.run is not None and pane.state.run.is_final and pane.state.plan is not None
    )
    assert pane.state.run is not None and pane.state.run.state == state, pane.state.run


async def test_a_selection_is_priced_asked_for_and_sent_and_a_sum_that_has_grown_is_refused(
    place: Workspace, service: SpeechServer
) -> None:
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        assert "6 files, 6 chunks, 0.5 min billed" in shown(pane)
        await pilot.press("space", "down", "down", "space")
        await until(lambda: "2 selected" in shown(pane))
        assert "2 files, 2 chunks, 0.1 min billed, costs $0.0016" in shown(pane)
        question = await agree(pilot, pane, "T")
        assert "Send 2 chunks of 2 recordings" in question and "$0.0016?" in question
        await ended(pane)
        assert len(service.facts()["calls"]) == 2
        assert sum(service.billed().values()) == 6_000
        await until(lambda: shown(pane).count("✔ done") == 2 and shown(pane).count("· to send") == 4)
        assert "spent $0.0016" in shown(pane)
        assert "4 files, 4 chunks" in shown(pane)
        await pilot.press("T")
        await until(lambda: isinstance(pane.app.screen, ConfirmScreen))
        record(place.root / "raw" / "5.wav", 50.0, 77)  # another recording under an old name
        await pilot.press("n")
        await pilot.pause()
        assert not pane.state.is_live, "no sends nothing"
        await agree(pilot, pane, "T")
        await until(lambda: "that was agreed to" in told(pane))
        await until(lambda: (sum_ := pane.state.quote) is not None and sum_.billed_ms > 60_000)
    assert len(service.facts()["calls"]) == 2


async def test_words_arrive_it_pauses_resumes_and_stops(place: Workspace, service: SpeechServer) -> None:
    service.behave(work_s=0.4)
    for number in range(6, 30):
        record(place.root / "raw" / f"{number:02d}.wav", 1.2, number)
    async with opened(place, task_of(place), (80, 24)) as (pilot, pane):
        await agree(pilot, pane, "T")
        await until(lambda: "words of" in shown(pane) and "under way" in shown(pane))
        assert "· waits" in shown(pane) or "▒" in shown(pane)
        await pilot.press("p")
        await until(lambda: "paused: p continues" in shown(pane))
        await asyncio.sleep(1.0)  # calls under way come back
        calls = len(service.facts()["calls"])
        await asyncio.sleep(1.0)
        assert len(service.facts()["calls"]) == calls
        await pilot.press("p")
        await until(lambda: len(service.facts()["calls"]) > calls)
        await pilot.press("s")
        await ended(pane, "stopped")
        assert max(service.facts()["calls"].count(digest) for digest in service.facts()["calls"]) == 1
        assert pane.offers("start") and not pane.offers("pause")


async def test_failures_have_reasons_and_are_retried_and_unconfirmed_ones_are_sent_when_asked(
    place: Workspace, service: SpeechServer
) -> None:
    service.behave(script=["INVALID_ARGUMENT", "INTERNAL"])
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        await agree(pilot, pane, "T")
        await ended(pane)
        await until(lambda: "✘ failed" in shown(pane) and "! unconfirmed" in shown(pane))
        assert "INVALID_ARGUMENT" in shown(pane) and "INTERNAL" in shown(pane)
        assert "1 failed: r retries" in shown(pane) and "1 unconfirmed: u retries" in shown(pane)
        assert "1 chunk unconfirmed" in shown(pane)
        assert pane.offers("retry") and pane.offers("retry_unconfirmed")
        spent = pane.state.money.usage.spent_micros if pane.state.money else 0
        question = await agree(pilot, pane, "r")
        assert "Send 1 chunk of 1 recording" in question
        await until(lambda: shown(pane).count("✔ done") == 5)
        await until(lambda: not pane.state.is_live and pane.state.plan is not None)
        assert len(service.facts()["calls"]) == 7, "the unconfirmed one was not sent unasked"
        question = await agree(pilot, pane, "u")
        assert "Retry 1 chunk" in question and "may have been billed" in question
        await until(lambda: shown(pane).count("✔ done") == 6)
        assert pane.state.money is not None
        await until(lambda: pane.state.money is not None and pane.state.money.usage.spent_micros > spent)
        assert not pane.offers("retry_unconfirmed")
    assert len(service.facts()["calls"]) == 8


async def test_without_credentials_three_ways_are_named_and_a_key_file_goes_by_the_environment_alone(
    place: Workspace, service: SpeechServer, tmp_path: Path
) -> None:
    _, key = service_account(tmp_path / "hidden-folder" / "key.json")
    ways = ("a key file (y)", "GOOGLE_APPLICATION_CREDENTIALS", "gcloud auth application-default login")
    real = with_settings(task_of(place), endpoint="")
    async with opened(place, real) as (pilot, pane):
        assert "6 files, 6 chunks" in shown(pane) and "no credentials: y" in shown(pane)
        await pilot.press("T")
        await until(lambda: all(way in told(pane) for way in ways))
        assert not isinstance(pane.app.screen, ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
        await pilot.press(*str(key))
        await pilot.press("enter")
        await until(lambda: pane.state.credentials == key)
        pane.take_task(task_of(place))
        await until(lambda: pane.state.plan is not None)
        assert "key …/key.json" in shown(pane) and "hidden-folder" not in shown(pane) + told(pane)
        await agree(pilot, pane, "T")
        await ended(pane)
        assert service.facts()["tokens"], "the key was used"
    for path in place.logs_dir.rglob("*"):
        if path.is_file():
            assert b"hidden-folder" not in path.read_bytes(), path


async def test_budget_provider_and_what_has_nothing_to_send(place: Workspace) -> None:
    (place.root / "raw" / "bad.wav").write_bytes(b"RIFF")
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        await pilot.press("b")
        await pilot.pause()
        await pilot.press(*"1.50", "enter")
        await until(lambda: "$0.00 of $1.50" in shown(pane))
        with Ledger(default_path()) as book:
            assert book.usage().budget_micros == 1_500_000
            book.set_budget("default", 2_000)  # another window
        await until(lambda: "! these files may not fit" in shown(pane))
        await pilot.press("v")
        await pilot.pause()
        seen = drawn(pane)
        assert "$0.024 a minute, 60 min free" in seen
        assert "$0.016 a minute" in seen
        assert seen.count("no cost, on this machine") == 2
        await pilot.press(*"sphinx", "enter")
        await until(lambda: pane.state.plan is not None and pane.state.plan.price == LOCAL)
        assert "0.4 min on this machine: no cost" in shown(pane)
        assert "›pocketsphinx no cost" in shown(pane)
        await pilot.press("end", "space")
        assert "nothing to send" in told(pane) and not pane.selected
        await pilot.press("enter")
        await until(lambda: isinstance(pane.app.screen, TextScreen))


async def test_a_month_that_began_and_a_folder_without_recordings_are_told(place: Workspace) -> None:
    (place.root / "empty").mkdir()
    task = dataclasses.replace(task_of(place), source=place.root / "empty")
    async with opened(place, task, (80, 24)) as (pilot, pane):
        assert "holds no recording" in pane.state.fault
        assert "✘ empty: holds no recording" in shown(pane)
        assert str(place.root) not in shown(pane)
        await pilot.press("h")
        await pilot.pause()
        assert isinstance(pane.app.screen, TextScreen) and "nothing has been transcribed" in drawn(pane)


async def test_a_ledger_that_cannot_be_read_is_told_and_read_when_it_is_fixed(place: Workspace) -> None:
    path = default_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, and long enough to be looked at as one" * 20)
    async with dashboard(place, "transcription") as (app, _):
        pane = app.query_one(TranscriptionPane)
        await until(lambda: "cannot be used as a ledger" in shown(pane))
        assert "reading the ledger" not in shown(pane) and not told(pane)
        path.unlink()
        await until(lambda: pane.state.money is not None)
        assert "60.0 of 60 free min left" in shown(pane)
        path.write_bytes(b"not a database, and long enough to be looked at as one" * 20)
        await until(lambda: "cannot be used as a ledger" in shown(pane))
        assert "free min left" not in shown(pane), "old figures do not stand as if they held"


async def test_a_faulty_price_list_is_named_once_and_the_rest_resumes(place: Workspace) -> None:
    own = default_path().with_name("prices.toml")
    own.parent.mkdir(parents=True)
    own.write_text('[[price]]\nprovider = "gogle"\n')
    async with opened(place, None, (80, 24)) as (pilot, pane):
        await until(lambda: "has no a_minute" in shown(pane))
        assert "prices.toml:1" in "".join(shown(pane).split()) and "60.0 of 60 free min left" in shown(pane)
        pane.take_task(task_of(place))
        await until(lambda: pane.state.fault)
        assert shown(pane).count("has no a_minute") == 1 and not told(pane)
        await pilot.press("T")
        await until(lambda: "has no a_minute" in told(pane))
        own.unlink()
        await until(lambda: pane.state.plan is not None)
        assert "6 files, 6 chunks" in shown(pane) and "a_minute" not in shown(pane)
        row = 'provider = "google"\nrounding_seconds = 1\ndated = "2026-11-01"\nsource = "our contract"'
        own.write_text(f'currency = "CHF"\n[[price]]\n{row}\na_minute = 1\n')
        await until(lambda: "costs CHF 0." in shown(pane) and "of 2026-11-01, our contract" in shown(pane))
