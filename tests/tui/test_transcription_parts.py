"""Parts of the transcription pane by themselves: bars, the meter's lines, rows, months, events."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path

import pytest

from engine.transcribe.ledger import Usage
from engine.transcribe.pricing import Price, PriceTable
from engine.transcribe.providers.base import Settings
from engine.transcribe.quote import Piece, Quote, Recording
from tui.panes.transcription import files, readers
from tui.panes.transcription.job_starter import Start
from tui.panes.transcription.meter import CAPTION, MeterPanel
from tui.panes.transcription.readers import FileNow, JobNow, Money, Result
from tui.panes.transcription.state import State
from tui.panes.transcription.task import Plan, Task
from tui.panes.transcription.wording import in_keys
from tui.widgets.charts import meter as bars
from tui.widgets.charts.glyphs import ASCII, UNICODE
from tui.widgets.charts.meter import Part
from tui.widgets.flow import FactLines
from tui.widgets.rows import row_text

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)

TABLE = PriceTable.load()
V1, V2, LOCAL = TABLE.find("google", "v1"), TABLE.find("google", "v2"), TABLE.find("pocketsphinx")


@pytest.mark.parametrize(
    ("amounts", "bar"),
    [
        ((30.0, 0.01, 12.0, 6.0), "[██████████▓▒▒▒░░····]"),  # a texture for each part, a cell at least
        ((59.99,), "[███████████████████·]"),  # room as long as it is not full
        ((60.0,), "[████████████████████]"),
        ((0.0,), "[····················]"),
        ((60.0, 0.0, 60.0), "[██████████|▒▒▒▒▒▒▒▒▒]"),  # beyond the limit, which a line marks
    ],
)
def test_a_bar_shows_each_part_the_room_left_and_the_limit(amounts: tuple[float, ...], bar: str) -> None:
    parts = [Part(str(index), amount) for index, amount in enumerate(amounts)]
    assert row_text(bars.bar(parts, 60.0, 22, UNICODE)) == bar
    assert row_text(bars.bar(parts, 60.0, 22, ASCII)) == bar.translate(str.maketrans("█▓▒░·", "#*:. "))


MINUTE = 60_000
MICROS_MS = 3.75  # milliseconds that a millionth of a dollar pays for at the price of V2
FINE = dataclasses.replace(V2, rounding_ms=1, worst_rounding_ms=1)


def usage(**given: object) -> Usage:
    plain: dict[str, object] = {"account": "default", "month": "2026-11", "time_zone": "America/Los_Angeles"}
    return Usage(**(plain | given))  # type: ignore[arg-type]


def planned(
    month: Usage, price: Price, *lengths_ms: int, piece: str = "send", a_file: int = 99, missing: str = ""
) -> State:
    """The pane's state for recordings with pieces of these lengths, `a_file` of them in each."""
    pieces = [Piece(str(index), ms, piece) for index, ms in enumerate(lengths_ms)]
    parts = [tuple(pieces[at : at + a_file]) for at in range(0, len(pieces), a_file)]
    recordings = tuple(Recording(f"{index}.wav", Path(), each) for index, each in enumerate(parts))
    task = Task(Path(), Path(), Settings("google", "en-US", "v1"))
    return State(task=task, plan=Plan(price, recordings, missing=missing), money=Money(month, (), TABLE))


def panel(state: State, width: int = 78, height: int = 12) -> list[str]:
    shown = MeterPanel()
    shown.state = state
    rows = [row_text(row).rstrip() for row in shown.draw(width, height)]
    assert len(rows) <= height and max(map(len, rows)) <= width, rows
    return rows


def captioned(rows: list[str], caption: str) -> list[str]:
    """The rows under a caption, without it."""
    begin = next(index for index, each in enumerate(rows) if each.startswith(caption))
    end = next((i for i in range(begin + 1, len(rows)) if not rows[i].startswith(" " * CAPTION)), len(rows))
    return [each[CAPTION:] for each in rows[begin:end]]


def test_the_meter_says_minutes_money_and_every_price_in_eighty_columns() -> None:
    month = usage(
        settled={V1: 12 * MINUTE, V2: 15 * MINUTE},
        reserved={V1: MINUTE},
        queued={V1: 3 * MINUTE},
        budget_micros=1_000_000,
        chunks={"unconfirmed": 3},
    )
    state = planned(month, V1, 62_000, *[61_000] * 4, a_file=2, missing="credentials")
    rows = panel(state)
    assert rows[0].startswith("November 2026 │ spent $0.24 │ ! 3 chunks unconfirmed")
    assert re.fullmatch(r"google v1    \[█+▓▒+░+·+\]  47\.0 of 60 free min left", rows[1])
    said = " ".join(captioned(rows, "these files"))
    assert said == "3 files, 5 chunks, 5.1 min billed, costs $0.00; month so far: $0.24 ! no credentials: y"
    bar, verdict = captioned(rows, "budget")
    assert bar.endswith("$0.24 of $1.00 spent") and verdict == "these files fit"
    assert captioned(rows, "minutes") == ["█ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1"]
    prices = " ".join(captioned(rows, "a minute"))
    assert "›google v1 $0.024" in prices and "pocketsphinx no cost" in prices
    assert captioned(rows, "prices") == [f"of {V1.dated}, cloud.google.com/speech-to-text/pricing"]
    low = [row[:CAPTION].strip() for row in panel(state, height=6)]
    assert low[1:] == ["google v1", "these files", "", "", "budget"], "prices go before sums"


def test_what_is_unconfirmed_stands_apart_from_nothing_to_send() -> None:
    month = usage(settled={V1: 12 * MINUTE})
    texts = {"unconfirmed": "nothing to send, 4 chunks unconfirmed", "known": "nothing to send"}
    for state, said in texts.items():
        assert captioned(panel(planned(month, V1, *[1000] * 4, piece=state)), "these files") == [said]


@pytest.mark.parametrize(
    ("queued", "adds", "said"),
    [
        (0, 0, "what waits fits"),
        (250_000, 0, "! what waits may not fit: $0.25 would be enough"),
        (40_000, 10_000, "these files fit"),
        (90_000, 20_000, "! these files may not fit: $0.11 would be enough"),
    ],
)
def test_what_passes_the_budget_is_said_before_it_is_sent(queued: int, adds: int, said: str) -> None:
    month = usage(queued={FINE: round(queued * MICROS_MS)}, budget_micros=100_000)
    lengths = [round(adds * MICROS_MS)] if adds else []
    rows = captioned(panel(planned(month, FINE, *lengths)), "budget")
    assert rows[0].endswith("$0.00 of $0.10 spent") and rows[1:] == [said]


def test_a_fault_of_the_price_table_stands_above_figures_and_alone_where_there_are_none() -> None:
    told = "prices.toml:4: row 1 (google v2): currency is 3, which is not a currency"
    assert panel(State(ledger_fault=told)) == [f"✘ {told}"]
    assert panel(State(money=Money(usage(), (), TABLE, told)))[0] == f"✘ {told}"
    assert panel(State()) == ["reading the ledger"]


def test_a_sound_counts_once_and_a_start_names_its_cost_to_the_millionth(tmp_path: Path) -> None:
    same, other = Piece("a" * 64, 59_400), Piece("b" * 64, 500)
    quote = Quote(
        [Recording("a.wav", Path("/a"), (same, other)), Recording("b.wav", Path("/b"), (same,))], V2, usage()
    )
    one = quote.of(["b.wav"])
    assert (quote.chunks, quote.billed_ms, quote.micros) == (2, 61_000, 16_267)
    assert (one.chunks, one.billed_ms) == (1, 60_000)
    task = Task(tmp_path, tmp_path / "m.txt", Settings("google", "en-US", "v2"))
    assert Start(task, one, ()).words()[-4:-2] == ["--max-cost", "0.016"]


def test_a_flag_in_a_sentence_is_said_as_its_key() -> None:
    assert in_keys("give --project NAME") == "give a project (e)"
    budget = "raise --budget, or `vitsdeck cost --account a b --budget USD`, to go on"
    assert in_keys(budget) == "raise the budget (b), or b, to go on"


def test_a_row_tells_how_far_a_recording_is() -> None:
    recordings = (
        Recording("a.wav", Path("/a"), (Piece("a", 7_000),)),
        Recording("bad.wav", Path("/b"), fault="is cut short"),
        Recording("lost.wav", Path("/c"), (Piece("c", 3_690_000, "unconfirmed"),)),
    )
    plan = Plan(V1, recordings, frozenset(["old.wav"]))
    job = JobNow(
        {
            "half.wav": FileNow(3, {1: ("settled", "world"), 0: ("settled", "hello")}),
            "no.wav": FileNow(
                2, {0: ("settled", "x"), 1: ("failed", "INVALID_ARGUMENT: no")}, {0: 400, 1: 800}
            ),
        }
    )
    done = Result({"old.wav": "what was said"}, {"mute.wav": ("empty", "")})
    rows = files.lines(plan, job, done, ["half.wav", "later.wav"])
    lines = {line.name: line.cells() for line in rows}
    assert lines["a.wav"][1:] == ("· to send", "0:07", "")
    assert lines["bad.wav"][1:] == ("✘ unreadable", "", "is cut short")
    assert lines["lost.wav"][1:3] == ("! unconfirmed", "61:30")
    assert lines["half.wav"][1:] == ("▶ 2 of 3", "", "hello world")
    assert lines["no.wav"][1:] == ("✘ failed", "0:01", "1 of 2 chunks: INVALID_ARGUMENT: no")
    assert lines["later.wav"][1] == "· waits"
    assert lines["mute.wav"][1] == "– no speech"
    assert lines["old.wav"][1:] == ("✔ done", "", "what was said")


def test_months_have_their_minutes_and_money_the_newest_first() -> None:
    september = usage(month="2026-09", settled={V2: 60 * MINUTE})
    november = usage(settled={V1: 20 * MINUTE}, unconfirmed={V1: 10 * MINUTE})
    assert files.months((september, november)).splitlines() == [
        "2026-11      30.0 min  $0.00  unconfirmed 10.0 min",
        "2026-09      60.0 min  $0.96",
    ]


def test_events_of_an_earlier_start_and_foreign_ones_are_passed_over() -> None:
    told = {"kind": "transcript", "path": "a", "piece": 0, "pieces": 1, "outcome": "settled", "text": "new"}
    told |= {"seconds": 1.5, "reason": ""}
    events = [
        told | {"t": 99.0, "text": "old", "path": "old"},
        told | {"t": 101.0},
        {"t": 103.0, "kind": "transcript"},
        {"kind": "metric", "t": 104.0},
    ]
    job = JobNow().with_events(events, 100.0)
    assert {name: each.words for name, each in job.files.items()} == {"a": "new"}
    assert job.lengths() == {"a": 1500}


def test_looking_makes_no_ledger(tmp_path: Path) -> None:
    money = readers.read_money(tmp_path / "data" / "ledger.sqlite", "default")
    assert money.usage.free_left_ms == 3_600_000
    assert list(tmp_path.iterdir()) == []


def test_the_reason_of_an_end_is_whole_in_eighty_columns() -> None:
    reason = (
        "the budget is reached: $0.10 of this month are taken, the next chunk could make it $0.13; "
        "raise --budget to go on"
    )
    line = FactLines()
    line.show(["■ stopped", ("2 unconfirmed: u retries", "warning"), reason], "transcribe-raw")
    rows = [row_text(row) for row in line.draw(80, line.MOST_ROWS)]
    assert max(map(len, rows)) <= 80 and reason in " ".join(" ".join(rows).split())
    line.show(["✔ finished"], "transcribe-raw")
    (row,) = line.draw(80, line.MOST_ROWS)
    assert row_text(row).strip().endswith("transcribe-raw")
