"""The transcription pane beside a real speech service, real jobs and a real ledger; its meter as literal rows."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine import workspace
from engine.run import launch, registry
from engine.transcribe.ledger import Ledger, Usage, default_path
from engine.transcribe.pricing import PriceTable
from engine.workspace import Workspace
from tests.transcribe.support import SpeechServer, record
from tests.transcribe.test_transcribe_promises import service_account
from tui.app import VitsdeckApp
from tui.panes import number_key
from tui.panes.transcription import files, readers
from tui.panes.transcription.history import MonthBars
from tui.panes.transcription.meter import Currency, MeterPanel, Reading
from tui.panes.transcription.pane import TranscriptionPane
from tui.panes.transcription.readers import FileNow, JobNow, Result
from tui.panes.transcription.task import PROVIDERS, Piece, Plan, Recording, Sum, Task
from tui.screens.confirm import ConfirmScreen
from tui.screens.repair import RepairScreen
from tui.screens.textview import TextScreen
from tui.widgets import meter as bars
from tui.widgets.glyphs import ASCII, UNICODE
from tui.widgets.meter import Part
from tui.widgets.rows import row_text
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)

PANE = number_key("transcription")
TABLE = PriceTable.load()
V1, V2, LOCAL = TABLE.find("google", "v1"), TABLE.find("google", "v2"), TABLE.find("pocketsphinx")


# --- pure parts ---------------------------------------------------------------------------------------------------


def drawn(parts: list[tuple[str, float]], limit: float, cells: int = 22) -> str:
    return row_text(bars.bar([Part(*part) for part in parts], limit, cells, UNICODE))


def test_every_part_has_a_texture_of_its_own_and_a_cell_at_least() -> None:
    parts = [("used", 30.0), ("under way", 0.01), ("queued", 12.0), ("more", 6.0)]
    assert drawn(parts, 60.0) == "[██████████▓▒▒▒▒░░····]"[:22] or drawn(parts, 60.0).count("▓") == 1
    row = drawn(parts, 60.0)
    assert (row.count("█"), row.count("▓"), row.count("░")) == (10, 1, 2)
    assert len(row) == 22
    assert row_text(bars.bar([Part(*part) for part in parts], 60.0, 22, ASCII)).startswith("[##########*")


def test_a_bar_that_is_not_full_shows_room_and_a_full_one_none() -> None:
    assert drawn([("used", 59.99)], 60.0) == "[" + "█" * 19 + "·]"
    assert drawn([("used", 60.0)], 60.0) == "[" + "█" * 20 + "]"
    assert drawn([("used", 0.0)], 60.0) == "[" + "·" * 20 + "]"


def test_beyond_the_limit_a_line_marks_where_it_was() -> None:
    row = drawn([("used", 60.0), ("under way", 0.0), ("queued", 60.0)], 60.0)
    assert row == "[██████████|▒▒▒▒▒▒▒▒▒]"


def usage(**given: object) -> Usage:
    plain: dict[str, object] = {
        **{"account": "default", "month": "2026-11", "time_zone": "America/Los_Angeles", "currency": "USD"},
        **{"settled_ms": 0, "unconfirmed_ms": 0, "reserved_ms": 0, "queued_ms": 0, "free_ms": 3_600_000},
        **{"free_left_ms": 3_600_000, "spent_micros": 0, "committed_micros": 0, "forecast_micros": 0},
        **{"budget_micros": None, "pools": {}},
    }
    return Usage(**(plain | given))  # type: ignore[arg-type]


def pool(used: float, reserved: float = 0.0, queued: float = 0.0) -> dict[str, dict[str, int]]:
    minutes = {"free_ms": 60.0, "used_ms": used, "reserved_ms": reserved, "queued_ms": queued}
    return {"google-v1": {name: round(value * 60_000) for name, value in minutes.items()}}


def panel(reading: Reading, width: int = 78) -> list[str]:
    shown = MeterPanel()
    shown.reading = reading
    return [row_text(row).rstrip() for row in shown.draw(width, 6)]


OFFERS = (
    (PROVIDERS[0], V1, 0),
    (PROVIDERS[1], V2, 81_600),
    (PROVIDERS[2], LOCAL, 0),
    (PROVIDERS[3], LOCAL, 0),
)


def test_the_meter_says_minutes_money_both_currencies_and_every_price_in_eighty_columns() -> None:
    more = Sum(3, 5, 306_000, 0, 240_000, length_ms=300_000)
    reading = Reading(
        usage=usage(
            spent_micros=240_000,
            committed_micros=240_000,
            forecast_micros=240_000,
            pools=pool(12, 1, 3),
            budget_micros=1_000_000,
        ),
        price=V1,
        sum=more,
        offers=OFFERS,
        chosen=PROVIDERS[0],
        currency=Currency("EUR", 0.92),
    )
    rows = panel(reading)
    assert rows[0].startswith("November 2026 │ spent $0.24, EUR 0.23")
    assert re.fullmatch(r"google v1    \[█+▓▒+░+·+\]  47\.0 of 60 free min left", rows[1])
    assert rows[2] == "minutes      █ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1"
    assert (
        rows[3] == "these files  3 files, 5 chunks, 5.1 min billed, adds $0.00, EUR 0.00, month $0.24"[:200]
    )
    assert rows[4].endswith("$0.24 of $1.00")
    assert rows[5] == "a minute     ›google v1 $0.024  google v2 $0.016  whisper $0  pocketsphinx $0"
    assert max(map(len, (rows[0], rows[1], rows[2], rows[4], rows[5]))) <= 78
    wide = panel(reading, 116)[5]
    assert "google v2 $0.016, adds $0.09" in wide and "pocketsphinx no cost" in wide


def test_the_free_minutes_of_v1_are_not_taken_by_v2() -> None:
    reading = Reading(
        usage=usage(settled_ms=99 * 60_000, pools=pool(12)), price=V2, sum=Sum(1, 1, 60_000, 16_000)
    )
    rows = panel(reading)
    assert "48.0 of 60 free min left" in rows[1]
    assert "these files 0.0" in rows[2], "what goes to another pool does not fill this one"


def test_what_passes_the_budget_is_said_before_it_is_sent() -> None:
    spent = {"spent_micros": 900_000, "committed_micros": 900_000, "forecast_micros": 900_000}
    rows = panel(
        Reading(usage=usage(budget_micros=1_000_000, **spent), price=V2, sum=Sum(1, 1, 1, 200_000, 1_100_000))
    )
    assert "! these files pass it" in rows[4]


def test_a_sum_counts_a_sound_once_and_goes_to_the_millionth() -> None:
    same = Piece("a" * 64, 59_400, "send")
    plan = planned(Recording("a.wav", Path("/a.wav"), "", (same, Piece("b" * 64, 500, "send"))))
    plan = dataclasses.replace(
        plan, price=V2, recordings=(*plan.recordings, Recording("b.wav", Path("/b"), "", (same,)))
    )
    both, one = plan.sum_of((), usage()), plan.sum_of(["b.wav"], usage())
    assert (both.chunks, both.billed_ms, both.micros) == (2, 61_000, 16_267)
    assert (one.chunks, one.billed_ms, one.agreed()) == (1, 60_000, "0.016000")


def planned(*recordings: Recording) -> Plan:
    return Plan(V1, recordings, names={each.name: each for each in recordings})


def test_a_row_tells_how_far_a_recording_is() -> None:
    plan = planned(
        Recording("a.wav", Path("/a"), "", (Piece("a", 7_000, "send"),)),
        Recording("bad.wav", Path("/b"), "is cut short", ()),
        Recording("lost.wav", Path("/c"), "", (Piece("c", 3_690_000, "unconfirmed"),)),
    )
    plan = dataclasses.replace(plan, kept=frozenset(["old.wav"]))
    job = JobNow(
        {
            "half.wav": FileNow(3, {1: ("settled", "world"), 0: ("settled", "hello")}),
            "no.wav": FileNow(2, {0: ("settled", "x"), 1: ("failed", "INVALID_ARGUMENT: no")}),
        }
    )
    done = Result({"old.wav": "what was said"}, {"mute.wav": ("empty", "")})
    lines = {
        line.name: line.cells()
        for line in files.lines(
            plan, job, done, ["half.wav", "later.wav"], {"a.wav": 7_000, "lost.wav": 3_690_000}
        )
    }
    assert lines["a.wav"][1:] == ("· to send", "0:07", "")
    assert lines["bad.wav"][1:] == ("✘ unreadable", "", "is cut short")
    assert lines["lost.wav"][1:3] == ("! unconfirmed", "61:30")
    assert lines["half.wav"][1:] == ("▶ 2 of 3", "", "hello world")
    assert lines["no.wav"][1:] == ("✘ failed", "", "1 of 2 chunks: INVALID_ARGUMENT: no")
    assert lines["later.wav"][1] == "· waits"
    assert lines["mute.wav"][1] == "– no speech"
    assert lines["old.wav"][1:] == ("✔ done", "", "what was said")


def test_months_are_bars_with_what_is_unconfirmed_in_its_own_texture() -> None:
    shown = MonthBars()
    september = usage(month="2026-09", settled_ms=60 * 60_000, spent_micros=270_000)
    november = usage(settled_ms=20 * 60_000, unconfirmed_ms=10 * 60_000)
    shown._months = (september, november)
    rows = [row_text(row).rstrip() for row in shown.draw(78, 5)]
    assert "America/Los_Angeles" in rows[0]
    full = rows[1].count("█")
    assert rows[1].endswith("60.0 min  $0.27") and full > 10
    assert rows[2].count("█") == round(full / 3) and rows[2].count("▒") == round(full / 6)
    assert rows[2].endswith("30.0 min  $0.00  not confirmed 10.0")


def test_events_of_an_earlier_start_and_foreign_ones_are_passed_over() -> None:
    heard = readers.JobEvents(100.0)
    told = {"kind": "transcript", "path": "a", "piece": 0, "pieces": 1, "outcome": "settled", "text": "new"}
    heard.add(
        [
            told | {"t": 99.0, "text": "old", "path": "old"},
            told | {"t": 101.0},
            told | {"t": 102.0, "piece": "x"},
            {"t": 103.0, "kind": "transcript"},
            {"kind": "metric", "t": 104.0},
            {},
        ]
    )
    assert {name: each.words for name, each in heard.now().files.items()} == {"a": "new"}


def test_looking_makes_no_ledger(tmp_path: Path) -> None:
    money = readers.read_money(tmp_path / "data" / "ledger.sqlite", "default")
    assert money.usage.free_left_ms == 3_600_000
    assert list(tmp_path.iterdir()) == []


# --- the whole ----------------------------------------------------------------------------------------------------


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
    yield dataclasses.replace(
        made,
        settings=dataclasses.replace(
            made.settings, endpoint=service.endpoint, exchange_rate=0.5, currency="EUR"
        ),
    )
    for run in registry.list_runs(made.logs_dir):
        launch.stop(run.folder, now=True, wait_s=20)


def task_of(place: Workspace, api: str = "v1") -> Task:
    provider = next(each for each in PROVIDERS if each.api == api)
    return Task(place.root / "raw", place.root / "raw.txt", provider, project="p" if api == "v2" else "")


async def until(met: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(
    place: Workspace, task: Task | None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], TranscriptionPane]]:
    """The pane in front, with the sum of its task worked out."""
    app = VitsdeckApp(place)
    async with app.run_test(size=size) as pilot:
        await pilot.press(PANE)
        pane = app.query_one(TranscriptionPane)
        await until(lambda: pane.money is not None)
        if task is not None:
            pane.take_task(task)
        await until(lambda: pane.plan is not None or pane.fault or task is None)
        yield pilot, pane


def shown(pane: TranscriptionPane) -> str:
    widgets = (MeterPanel, StatusLine, Table, MonthBars)
    rows = [widget.shown_rows() for kind in widgets for widget in pane.query(kind)]
    return "\n".join(line.rstrip() for part in rows for line in part)


def told(pane: TranscriptionPane) -> str:
    return "\n".join(note.message for note in pane.app._notifications)


async def agree(pilot: Pilot[None], pane: TranscriptionPane, key: str) -> str:
    """Press a key that asks, and say yes; returns the question."""
    await until(lambda: pane.plan is not None and pane.sum_now([]) is not None and not pane.is_live)
    await pilot.press(key)
    try:
        await until(lambda: isinstance(pane.app.screen, ConfirmScreen), 20)
    except TimeoutError:
        raise AssertionError(f"nothing was asked\n{told(pane)}\n{shown(pane)}") from None
    await pilot.pause()
    screen = pane.app.screen
    question = "\n".join(strip.text for strip in screen._compositor.render_strips())
    await pilot.press("y")
    return question


async def ended(pane: TranscriptionPane, state: str = "finished") -> None:
    await until(lambda: pane.run is not None and pane.run.is_final and pane.plan is not None)
    assert pane.run is not None and pane.run.state == state, pane.run


async def test_a_selection_is_what_is_priced_asked_for_and_sent(
    place: Workspace, service: SpeechServer
) -> None:
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        assert "6 files, 6 chunks, 0.5 min billed" in shown(pane)
        await pilot.press("space", "down", "down", "space")
        await until(lambda: "2 selected" in shown(pane))
        assert "2 files, 2 chunks, 0.1 min billed, adds $0.0016, EUR 0.0008" in shown(pane)
        question = await agree(pilot, pane, "t")
        assert "Send 2 chunks of 2 recordings" in question and "$0.0016, EUR 0.0008" in question
        await ended(pane)
        assert len(service.facts()["calls"]) == 2
        assert sum(service.billed().values()) == 6_000
        await until(lambda: shown(pane).count("✔ done") == 2 and shown(pane).count("· to send") == 4)
        assert "spent $0.0016" in shown(pane)
        assert "4 files, 4 chunks" in shown(pane)


async def test_no_sends_nothing_and_a_sum_that_has_grown_is_refused(
    place: Workspace, service: SpeechServer
) -> None:
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        await pilot.press("t")
        await until(lambda: isinstance(pane.app.screen, ConfirmScreen))
        record(
            place.root / "raw" / "0.wav", 50.0, 77
        )  # another recording under an old name, while the question stands
        await pilot.press("n")
        await pilot.pause()
        assert pane.run is None
        await agree(pilot, pane, "t")
        await until(lambda: "that was agreed to" in told(pane))
        await until(lambda: (sum_ := pane.sum_now([])) is not None and sum_.billed_ms == 75_000)
    assert service.facts()["calls"] == []


async def test_words_arrive_it_pauses_goes_on_and_stops(place: Workspace, service: SpeechServer) -> None:
    service.behave(work_s=0.4)
    for number in range(6, 30):
        record(place.root / "raw" / f"{number:02d}.wav", 1.2, number)
    async with opened(place, task_of(place), (80, 24)) as (pilot, pane):
        await agree(pilot, pane, "t")
        await until(lambda: "words of" in shown(pane) and "under way" in shown(pane))
        assert "· waits" in shown(pane) or "▒" in shown(pane)
        await pilot.press("p")
        await until(lambda: "paused: p goes on" in shown(pane))
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
        await agree(pilot, pane, "t")
        await ended(pane)
        await until(lambda: "✘ failed" in shown(pane) and "! unconfirmed" in shown(pane))
        assert "INVALID_ARGUMENT" in shown(pane) and "INTERNAL" in shown(pane)
        assert "1 failed: r retries" in shown(pane) and "1 unconfirmed: u sends again" in shown(pane)
        assert "1 chunk unconfirmed" in shown(pane)
        assert pane.offers("retry") and pane.offers("resend")
        spent = pane.money.usage.spent_micros if pane.money else 0
        question = await agree(pilot, pane, "r")
        assert "Send 1 chunk of 1 recording" in question
        await until(lambda: shown(pane).count("✔ done") == 5 and not pane.is_live and pane.plan is not None)
        assert len(service.facts()["calls"]) == 7, "the unconfirmed one was not sent unasked"
        question = await agree(pilot, pane, "u")
        assert "Send again 1 chunk" in question and "may have been billed" in question
        await until(lambda: shown(pane).count("✔ done") == 6)
        assert pane.money is not None
        await until(lambda: pane.money is not None and pane.money.usage.spent_micros > spent)
        assert not pane.offers("resend")
    assert len(service.facts()["calls"]) == 8


async def test_without_credentials_the_price_is_shown_and_the_three_ways_are_named(place: Workspace) -> None:
    real = dataclasses.replace(place, settings=dataclasses.replace(place.settings, endpoint=""))
    async with opened(real, task_of(place)) as (pilot, pane):
        assert "6 files, 6 chunks" in shown(pane) and "no credentials: y" in shown(pane)
        await pilot.press("t")
        await pilot.pause()
        for way in (
            "--credentials FILE",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "gcloud auth application-default login",
        ):
            assert way in told(pane)
        assert not isinstance(pane.app.screen, ConfirmScreen)


async def test_a_key_file_goes_by_the_environment_alone(
    place: Workspace, service: SpeechServer, tmp_path: Path
) -> None:
    _, key = service_account(tmp_path / "hidden-folder" / "key.json")
    async with opened(place, None) as (pilot, pane):
        await pilot.press("y")
        await pilot.pause()
        await pilot.press(*str(key))
        await pilot.press("enter")
        await until(lambda: pane.credentials == key)
        pane.take_task(task_of(place))
        await until(lambda: pane.plan is not None)
        assert "key …/key.json" in shown(pane) and "hidden-folder" not in shown(pane) + told(pane)
        await agree(pilot, pane, "t")
        await ended(pane)
        assert service.facts()["tokens"], "the key was used"
    for path in place.logs_dir.rglob("*"):
        if path.is_file():
            assert b"hidden-folder" not in path.read_bytes(), path


async def test_a_recogniser_is_chosen_among_prices(place: Workspace) -> None:
    async with opened(place, task_of(place)) as (pilot, pane):
        await pilot.press("v")
        await pilot.pause()
        seen = "\n".join(strip.text for strip in pane.app.screen._compositor.render_strips())
        assert "$0.024 a minute, 60 min free; adds $0.00" in seen
        assert "$0.016 a minute; adds $0.0072" in seen
        assert seen.count("no cost, on this machine") == 2
        await pilot.press(*"sphinx", "enter")
        await until(lambda: pane.plan is not None and pane.plan.price == LOCAL)
        assert "0.4 min on this machine: no cost" in shown(pane)
        assert "›pocketsphinx no cost" in shown(pane)


async def test_a_budget_is_set_and_holds_for_all_windows(place: Workspace) -> None:
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        await pilot.press("b")
        await pilot.pause()
        await pilot.press(*"1.50", "enter")
        await until(lambda: "$0.00 of $1.50" in shown(pane))
        with Ledger(default_path()) as book:
            assert book.account().budget_micros == 1_500_000
            book.set_account("default", budget_micros=2_000)  # another window
        await until(lambda: "! these files pass it" in shown(pane))


async def test_a_finished_text_opens_in_the_transcript_editor(place: Workspace) -> None:
    async with opened(place, task_of(place)) as (pilot, pane):
        await agree(pilot, pane, "t")
        await ended(pane)
        await until(lambda: shown(pane).count("✔ done") == 6)
        await pilot.press("home", "down", "enter")
        await until(lambda: isinstance(pane.app.screen, RepairScreen))
        await pilot.pause()
        seen = "\n".join(strip.text for strip in pane.app.screen._compositor.render_strips())
        assert "raw/1.wav" in seen and "words of" in seen


async def test_what_is_not_finished_shows_all_that_is_known(place: Workspace) -> None:
    (place.root / "raw" / "bad.wav").write_bytes(b"RIFF")
    async with opened(place, task_of(place)) as (pilot, pane):
        await pilot.press("end", "space")
        assert "nothing to send" in told(pane) and not pane.selected
        await pilot.press("enter")
        await until(lambda: isinstance(pane.app.screen, TextScreen))


async def test_another_dashboard_takes_up_a_job_that_is_under_way(
    place: Workspace, service: SpeechServer
) -> None:
    service.behave(work_s=0.5)
    async with opened(place, task_of(place)) as (pilot, pane):
        await agree(pilot, pane, "t")
        await until(lambda: pane.is_live)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(PANE)
        again = app.query_one(TranscriptionPane)
        await until(lambda: again.wanted is not None)
        assert again.wanted == task_of(place)
        await until(lambda: shown(again).count("✔ done") == 6 and not again.is_live)


async def test_a_month_that_began_and_a_folder_without_recordings_are_told(place: Workspace) -> None:
    (place.root / "empty").mkdir()
    task = dataclasses.replace(task_of(place), source=place.root / "empty")
    async with opened(place, task, (80, 24)) as (pilot, pane):
        assert "holds no wav, flac, ogg or mp3 file" in pane.fault
        assert "✘ empty: holds no wav" in shown(pane)
        assert str(place.root) not in shown(pane)
        await pilot.press("h")
        await pilot.pause()
        assert pane.query_one(MonthBars).display and not pane.query_one(Table).display


async def test_a_ledger_that_cannot_be_read_is_told_and_read_when_it_is_mended(place: Workspace) -> None:
    path = default_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, and long enough to be looked at as one" * 20)
    app = VitsdeckApp(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(PANE)
        pane = app.query_one(TranscriptionPane)
        await until(lambda: "cannot be used as a ledger" in told(pane))
        path.unlink()
        await until(lambda: pane.money is not None)
        assert "60.0 of 60 free min left" in shown(pane)
