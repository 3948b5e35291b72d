"""Parts of the transcription pane by themselves: bars, the meter's lines, rows, months, events."""

from __future__ import annotations

import dataclasses
import datetime
import re
import sys
import types
from pathlib import Path

import pytest

from engine.transcribe.ledger import Ask, Ledger, Usage
from engine.transcribe.pricing import Price, PriceTable
from engine.transcribe.providers.base import Settings
from engine.transcribe.quote import Piece, Quote, Recording
from tui.panes.transcription import files, readers
from tui.panes.transcription.history import MonthBars
from tui.panes.transcription.job_control import Start
from tui.panes.transcription.meter import CAPTION, Currency, MeterPanel, Reading
from tui.panes.transcription.readers import FileNow, JobNow, Result
from tui.panes.transcription.task import PROVIDERS, Plan, Task
from tui.widgets.charts import meter as bars
from tui.widgets.charts.glyphs import ASCII, UNICODE
from tui.widgets.charts.meter import Part
from tui.widgets.flow import FactLines, wrapped
from tui.widgets.rows import row_text

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)

TABLE = PriceTable.load()
V1, V2, LOCAL = TABLE.find("google", "v1"), TABLE.find("google", "v2"), TABLE.find("pocketsphinx")


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


MINUTE = 60_000
MICROS_MS = 3.75  # milliseconds that a millionth of a dollar pays for at the price of V2
FINE = dataclasses.replace(V2, rounding_ms=1, worst_rounding_ms=1)


def usage(**given: object) -> Usage:
    plain: dict[str, object] = {"account": "default", "month": "2026-11", "time_zone": "America/Los_Angeles"}
    return Usage(**(plain | given))  # type: ignore[arg-type]


def quoted(month: Usage, price: Price, *lengths_ms: int, state: str = "send", a_file: int = 99) -> Quote:
    pieces = [Piece(str(index), ms, state) for index, ms in enumerate(lengths_ms)]
    files_ = [tuple(pieces[at : at + a_file]) for at in range(0, len(pieces), a_file)]
    return Quote([Recording(f"{index}.wav", Path(), each) for index, each in enumerate(files_)], price, month)


def reading(month: Usage, price: Price, *lengths_ms: int, **more: object) -> Reading:
    quote = quoted(month, price, *lengths_ms) if lengths_ms else None
    return Reading(**{"usage": month, "price": price, "quote": quote, **more})  # type: ignore[arg-type]


def panel(reading: Reading, width: int = 78, height: int = 12) -> list[str]:
    shown = MeterPanel()
    shown.reading = reading
    rows = [row_text(row).rstrip() for row in shown.draw(width, height)]
    assert len(rows) <= height and max(map(len, rows)) <= width, rows
    return rows


def captioned(rows: list[str], caption: str) -> list[str]:
    """The rows under a caption, without it."""
    begin = next(index for index, each in enumerate(rows) if each.startswith(caption))
    end = next((i for i in range(begin + 1, len(rows)) if not rows[i].startswith(" " * CAPTION)), len(rows))
    return [each[CAPTION:] for each in rows[begin:end]]


OFFERS = (
    (PROVIDERS[0], V1, 0),
    (PROVIDERS[1], V2, 81_600),
    (PROVIDERS[2], LOCAL, 0),
    (PROVIDERS[3], LOCAL, 0),
)


def test_the_meter_says_minutes_money_both_currencies_and_every_price_in_eighty_columns() -> None:
    month = usage(
        settled={V1: 12 * MINUTE, V2: 15 * MINUTE},
        reserved={V1: MINUTE},
        queued={V1: 3 * MINUTE},
        budget_micros=1_000_000,
    )
    quote = quoted(month, V1, 62_000, *[61_000] * 4, a_file=2)
    about = {"offers": OFFERS, "chosen": PROVIDERS[0], "currency": Currency("EUR", 0.92)}
    shown = reading(month, V1, quote=quote, **about)
    rows = panel(shown)
    assert rows[0].startswith("November 2026 │ spent $0.24, EUR 0.23")
    assert re.fullmatch(r"google v1    \[█+▓▒+░+·+\]  47\.0 of 60 free min left", rows[1])
    assert rows[2].startswith("minutes      █ used 12.0  ▓ under way 1.0  ▒ queued 3.0  ░ these files 5.1")
    assert captioned(rows, "these files") == [
        "3 files, 5 chunks, 5.1 min billed, costs $0.00, EUR 0.00;",
        "month so far: $0.24, EUR 0.23",
    ]
    bar, said = captioned(rows, "budget")
    assert bar.endswith("$0.24 of $1.00 spent") and said == "$0.76 left"
    assert "a minute     ›google v1 $0.024  google v2 $0.016  whisper $0  pocketsphinx $0" in rows
    assert captioned(rows, "prices") == [f"of {V1.dated}, cloud.google.com/speech-to-text/pricing"]
    wide = captioned(panel(shown, 116), "a minute")[0]
    assert "google v2 $0.016, adds $0.09" in wide and "pocketsphinx no cost" in wide


def test_what_is_unconfirmed_stands_apart_from_nothing_to_send() -> None:
    month = usage(settled={V1: 12 * MINUTE})
    for state, said in (
        ("unconfirmed", "nothing to send, 4 chunks unconfirmed"),
        ("known", "nothing to send"),
    ):
        left = reading(month, V1, quote=quoted(month, V1, *[1000] * 4, state=state))
        assert captioned(panel(left), "these files") == [said]


def test_free_minutes_are_those_of_their_api() -> None:
    rows = panel(reading(usage(settled={V1: 12 * MINUTE}), V2, MINUTE))
    assert "to pay" not in rows[1] and "48.0 of 60 free min left" in rows[1]
    assert "these files 0.0" in rows[2], "what goes to another API does not fill this one"
    month = usage(settled={V1: 2 * MINUTE, V2: 363_000}, reserved={V2: MINUTE})
    rows = panel(reading(month, V1))
    assert "58.0 of 60 free min left" in rows[1]
    assert " ".join(captioned(rows, "minutes")).endswith("apart: google v2 used 6.0, under way 1.0")


@pytest.mark.parametrize(
    ("money", "adds", "said"),
    [
        # spent, with what is under way, with the queue
        (
            (0, 50_000, 250_000),
            0,
            "▓ under way $0.05 ▒ queued $0.20 ! what waits does not fit: $0.15 too much",
        ),
        ((0, 0, 0), 0, "$0.10 left"),
        (
            (20_000, 20_000, 40_000),
            10_000,
            "▒ queued $0.02 ░ these files $0.01 these files fit, $0.05 left",
        ),
        ((90_000, 90_000, 90_000), 20_000, "░ these files $0.02 ! these files pass it by $0.01"),
        ((55_200, 55_200, 55_200), 0, "$0.04 left"),  # of which the first is shown as $0.06
        ((100_000, 100_000, 100_000), 0, "! used up"),
        ((120_000, 120_000, 120_000), 0, "! passed by $0.02"),
    ],
)
def test_what_passes_the_budget_is_said_before_it_is_sent(
    money: tuple[int, int, int], adds: int, said: str
) -> None:
    spent, committed, forecast = (round(micros * MICROS_MS) for micros in money)
    month = usage(
        settled={FINE: spent},
        reserved={FINE: committed - spent},
        queued={FINE: forecast - committed},
        budget_micros=100_000,
    )
    lengths = [round(adds * MICROS_MS)] if adds else []
    rows = captioned(panel(reading(month, FINE, *lengths)), "budget")
    assert rows[0].endswith(f"${money[0] / 1e6:.2f} of $0.10 spent")
    assert " ".join(" ".join(rows[1:]).split()) == said


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(65_000, "$0.065"), (1_500_000, "$1.50"), (1_999_999, "$1.999999"), (1_234_500_000, "$1,234.50")],
)
def test_a_limit_is_shown_as_it_holds(micros: int, shown: str) -> None:
    rows = captioned(panel(reading(usage(budget_micros=micros), V2)), "budget")
    assert rows[0].endswith(f"$0.00 of {shown} spent")


def test_what_may_be_billed_by_a_longer_unit_is_warned_of() -> None:
    rows = captioned(panel(reading(usage(budget_micros=99_000), V2, 367_000)), "budget")
    assert "! these files may just not fit: $0.10 would be enough" in rows


def test_sums_notes_and_reasons_are_whole_in_eighty_columns() -> None:
    month = usage(settled={V2: round(12_340_000 * MICROS_MS)}, queued={V2: round(2_660_000 * MICROS_MS)})
    shown = reading(
        month,
        V2,
        quote=quoted(month, V2, *[8_100] * 12_345, a_file=10),
        note="! no credentials: y",
        currency=Currency("EUR", 0.9),
        unconfirmed=123,
        warning="the clock stands before calls that were already made: months may be wrong; set the clock",
        offers=OFFERS,
    )
    said = " ".join(" ".join(panel(shown)).split())
    for whole in (
        "spent $12.34, EUR 11.11",
        "$15.00 with the queue",
        "! 123 chunks unconfirmed",
        "months may be wrong; set the clock",
        "1,235 files, 12,345 chunks, 1851.8 min billed, costs $29.63, EUR 26.67; month so far: $15.00, EUR 13.50",
        "! no credentials: y",
    ):
        assert whole in said


def test_a_low_screen_loses_prices_before_sums() -> None:
    shown = reading(usage(budget_micros=10**6), V1, 1000, offers=OFFERS, note="! no key: y")
    captions = [row[:CAPTION].strip() for row in panel(shown, height=6)]
    assert captions[1:] == ["google v1", "these files", "", "budget", ""], captions
    lower = [row[:CAPTION].strip() for row in panel(shown, height=5)]
    assert lower[1:] == ["these files", "", "budget", ""], "a limit weighs more than what is free"


def test_a_fault_of_the_price_table_stands_above_figures_and_alone_where_there_are_none() -> None:
    told = "✘ prices.toml:4: row 1 (google v2): currency is 3, which is not a currency"
    assert panel(Reading(fault=told)) == [told]
    assert panel(Reading(fault=told, usage=usage()))[0] == told
    assert panel(Reading()) == ["reading the ledger"]


def test_a_sound_counts_once_and_a_start_names_its_cost_to_the_millionth(tmp_path: Path) -> None:
    same, other = Piece("a" * 64, 59_400), Piece("b" * 64, 500)
    quote = Quote(
        [Recording("a.wav", Path("/a"), (same, other)), Recording("b.wav", Path("/b"), (same,))], V2, usage()
    )
    one = quote.of(["b.wav"])
    assert (quote.chunks, quote.billed_ms, quote.micros, quote.repeated) == (2, 61_000, 16_267, 1)
    assert (one.chunks, one.billed_ms) == (1, 60_000)
    task = Task(tmp_path, tmp_path / "m.txt", Settings("google", "en-US", "v2"))
    assert Start(task, one, ()).words()[-4:-2] == ["--max-cost", "0.016000"]


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
    september = usage(month="2026-09", settled={V2: 60 * MINUTE})
    november = usage(settled={V1: 20 * MINUTE}, unconfirmed={V1: 10 * MINUTE})
    shown._months = (september, november)
    rows = [row_text(row).rstrip() for row in shown.draw(78, 5)]
    assert "America/Los_Angeles" in rows[0]
    full = rows[1].count("█")
    assert rows[1].endswith("60.0 min  $0.96") and full > 10
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


def test_a_month_begins_where_the_account_is_billed(tmp_path: Path) -> None:
    """Seven hours before the first of December in Greenwich it is November in California."""
    path = tmp_path / "ledger.sqlite"
    first = datetime.datetime(2026, 12, 1, 1, tzinfo=datetime.UTC).timestamp()
    assert readers.read_money(path, "default", lambda: first).usage.month == "2026-11"
    with Ledger(path, now=lambda: first) as book:
        book.set_account("tokyo", time_zone="Asia/Tokyo")
    assert readers.read_money(path, "default", lambda: first).usage.month == "2026-11"
    assert readers.read_money(path, "tokyo", lambda: first).usage.month == "2026-12"


def test_an_open_window_goes_over_into_the_next_month_without_a_word_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    clock = [datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC).timestamp()]
    with Ledger(path, now=lambda: clock[0]) as book:
        ask = Ask("d", "google", "s", "default", V2, "a.wav", 0, 60_000)
        row = book.reserve(ask).row
        book.mark_sent(row)
        book.settle(row, "said", billed_ms=60_000)
    posted: list[readers.LedgerRead] = []
    target = types.SimpleNamespace(post_message=posted.append)
    look = readers._LedgerLook(path, "default", target, now=lambda: clock[0])  # type: ignore[arg-type]
    look()
    look()
    assert [each.money.usage.spent_micros for each in posted] == [16_000], (
        "a look at what is known reads nothing"
    )
    clock[0] += 86_400
    monkeypatch.setattr(readers, "ANYWAY_SECONDS", 0.0)
    look()
    assert (posted[-1].money.usage.month, posted[-1].money.usage.spent_micros) == ("2026-12", 0)
    assert [month.month for month in posted[-1].money.history] == ["2026-11", "2026-12"]
    clock[0] -= 3 * 86_400
    look()
    assert posted[-1].money.usage.month == "2026-11" and "set the clock" in posted[-1].money.warning


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


def test_words_are_broken_where_a_row_ends() -> None:
    assert wrapped("a bb ccc", 4) == ["a bb", "ccc"]
    assert wrapped("x /a/long/path", 6) == ["x /a/l", "ong/pa", "th"]
    assert wrapped("", 4) == [""]
    assert wrapped("日本語の字", 4) == ["日本", "語の", "字"]
