"""The ledger: states, budgets, crashes, months, and what it says about all of it."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.transcribe.ledger import Ask, Ledger
from engine.transcribe.pricing import PriceTable, added, month_micros
from tests.transcribe.support import ROOT

TABLE = PriceTable.load()
FREE_HOUR, PAID, LOCAL = TABLE.find("google", "v1"), TABLE.find("google", "v2"), TABLE.find("whisper")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "data" / "ledger.sqlite", job="mine") as ledger:
        yield ledger


def ask(digest: str = "a", **more: object) -> Ask:
    plain = {
        **{"provider": "google", "settings": "s", "account": "default", "price": PAID},
        **{"path": "x.wav", "start_ms": 0, "length_ms": 3200},
    }
    return Ask(digest=digest, **(plain | more))  # type: ignore[arg-type]


def sent(ledger: Ledger, digest: str, **more: object) -> int:
    row = ledger.reserve(ask(digest, **more)).row
    ledger.mark_sent(row)
    return row


def settled(ledger: Ledger, digest: str, billed_ms: int | None = 4000, **more: object) -> None:
    ledger.settle(sent(ledger, digest, **more), f"text of {digest}", billed_ms=billed_ms)


def refused(ledger: Ledger, digest: str, **more: object) -> None:
    ledger.fail(sent(ledger, digest, **more), "INVALID_ARGUMENT: no")


def lost(ledger: Ledger, digest: str, **more: object) -> int:
    """Unconfirmed; its row."""
    row = sent(ledger, digest, **more)
    ledger.unconfirm(row, "DEADLINE_EXCEEDED")
    return row


def test_the_file_is_private_and_a_commit_is_on_the_disk(ledger: Ledger) -> None:
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700
    assert ledger._db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert ledger._db.execute("PRAGMA synchronous").fetchone()[0] == 3


def test_a_settled_chunk_is_known_with_its_text(ledger: Ledger) -> None:
    settled(ledger, "a")
    answer = ledger.reserve(ask("a", path="elsewhere.wav", account="another"))
    assert (answer.kind, answer.text) == ("known", "text of a")
    assert ledger.usage().settled_ms == 4000


def test_a_refused_chunk_costs_nothing_and_may_be_reserved_again(ledger: Ledger) -> None:
    refused(ledger, "a")
    assert ledger.usage().used_ms == 0
    assert [(each.reason, each.attempts) for each in ledger.rows("failed")] == [("INVALID_ARGUMENT: no", 1)]
    again = ledger.reserve(ask("a")).row
    assert again > 1
    ledger.release(again)  # nothing came of it: it stays as refused as it was
    assert [(each.reason, each.attempts) for each in ledger.rows()] == [("INVALID_ARGUMENT: no", 1)]


def test_an_unconfirmed_chunk_counts_as_spent_and_goes_again_only_when_asked(ledger: Ledger) -> None:
    lost(ledger, "a")
    assert (ledger.usage().unconfirmed_ms, ledger.usage().spent_micros) == (4000, 1067)
    assert ledger.reserve(ask("a")).kind == "unconfirmed"
    mark = ledger.newest_row()
    again = lost(ledger, "a", retry_upto=mark)  # a new doubt, that nobody has been asked about
    assert ledger.reserve(ask("a", retry_upto=mark)).kind == "unconfirmed"
    ledger.settle(again, "at last", billed_ms=4000)
    assert (ledger.usage().unconfirmed_ms, ledger.usage().settled_ms) == (4000, 4000)
    assert ledger.reserve(ask("a")).text == "at last"


@pytest.mark.parametrize(("first", "kind"), [(settled, "known"), (lost, "unconfirmed")])
def test_a_refused_second_attempt_hides_neither_what_was_paid_for_nor_a_doubt(
    ledger: Ledger, first: Callable[..., object], kind: str
) -> None:
    first(ledger, "a")
    redo = {"attempt": 2} if kind == "known" else {"retry_upto": ledger.newest_row()}
    refused(ledger, "a", **redo)
    for answer in (ledger.look_up(ask("a")), ledger.reserve(ask("a"))):
        assert (answer.kind, answer.text) == (kind, "text of a" if kind == "known" else "")
    # who asked for it once more may try it once more: a refusal is not billed
    assert ledger.look_up(ask("a", **redo)).kind == "reserved"
    settled(ledger, "a", **redo)
    assert ledger.reserve(ask("a", **redo)).kind == "known"
    assert ledger.usage().used_ms == 8000


@pytest.mark.parametrize(("first", "used_ms"), [(settled, 8000), (refused, 4000), (lost, 8000)])
def test_a_redo_is_an_attempt_that_is_paid_for_once(
    ledger: Ledger, first: Callable[..., object], used_ms: int
) -> None:
    first(ledger, "a")
    if first is lost:
        assert ledger.reserve(ask("a", attempt=2)).kind == "unconfirmed", "it may be paid for already"
    settled(ledger, "a", attempt=2, retry_upto=ledger.newest_row())
    assert ledger.look_up(ask("a", attempt=2)).kind == ledger.reserve(ask("a", attempt=2)).kind == "known"
    assert ledger.attempts(["a", "b"], "google", "s") == 2
    assert ledger.usage().used_ms == used_ms


CRASH = """
import os, sys
from tests.transcribe.test_ledger import ask
from engine.transcribe.ledger import Ledger
ledger = Ledger(sys.argv[1], job="crashed")
ledger.enqueue([ask("late")])
for digest in ("reserved", "sent", "refused"):
    row = ledger.reserve(ask(digest)).row
    if digest != "reserved":
        ledger.mark_sent(row)
    if digest == "refused":
        ledger.fail(row, "no")
        ledger.reserve(ask(digest))
print("ready", flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_what_a_killed_process_left_is_judged_by_its_state(ledger: Ledger) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(ledger.path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "ready\n", done.stderr
    assert ledger.recover() == 1
    assert ledger.look_up(ask("sent")).kind == "unconfirmed"
    assert ledger.look_up(ask("reserved")).kind == "reserved"
    seen = ledger.usage()
    assert (seen.unconfirmed_ms, seen.reserved_ms, seen.queued_ms) == (4000, 0, 0)
    assert dict(seen.chunks) == {"unconfirmed": 1, "failed": 1}
    assert ledger.recover() == 0


def test_the_budget_counts_what_is_under_way_at_its_worst(ledger: Ledger) -> None:
    # 15 s at $0.016 a minute are 4,000 millionths
    budget = 9_000
    assert {ledger.reserve(ask(d), budget_micros=budget).kind for d in "ab"} == {"reserved"}
    answer = ledger.reserve(ask("c"), budget_micros=budget)
    assert answer.kind == "over_budget"
    assert (answer.spent_micros, answer.needed_micros, answer.in_flight) == (8_000, 12_000, 2)
    ledger.mark_sent(1)
    ledger.settle(1, "cheaper than feared", billed_ms=4000)
    assert ledger.reserve(ask("c"), budget_micros=budget + 100).kind == "reserved"


def test_the_accounts_own_limit_holds_without_a_flag(ledger: Ledger) -> None:
    ledger.set_budget("default", 5_000)
    assert [ledger.reserve(ask(d)).kind for d in "ab"] == ["reserved", "over_budget"]
    assert ledger.reserve(ask("b", account="other")).kind == "reserved"
    ledger.set_budget("default", None)
    assert ledger.reserve(ask("c")).kind == "reserved"


def test_what_costs_nothing_needs_no_budget_and_is_not_waited_for(ledger: Ledger) -> None:
    ledger.set_budget("default", 0)
    sent(ledger, "a", provider="whisper", price=LOCAL)
    paid = ledger.reserve(ask("b"))
    assert (paid.kind, paid.in_flight, paid.may_change) == ("over_budget", 0, False)


def test_a_chunk_belongs_to_the_month_in_which_its_money_was_set_aside(tmp_path: Path) -> None:
    clock = [1_793_516_400.0 - 1]  # a second before November in Los Angeles
    with Ledger(tmp_path / "ledger.sqlite", job="j", now=lambda: clock[0]) as ledger:
        row = ledger.reserve(ask("a"), budget_micros=5_000).row
        clock[0] += 10
        assert ledger.reserve(ask("b"), budget_micros=5_000).kind == "reserved"
        ledger.mark_sent(row)
        assert [each.month for each in ledger.rows()] == ["2026-11", "2026-10"]


def test_months_begin_in_the_accounts_time_zone(tmp_path: Path) -> None:
    at = 1_793_491_200.0  # 2026-11-01 00:00 UTC
    with Ledger(tmp_path / "ledger.sqlite", job="j", now=lambda: at) as ledger:
        settled(ledger, "a")
        assert ledger.usage().month == "2026-10", "where Google begins them"
        ledger._db.execute(
            "INSERT INTO accounts VALUES ('lab', 'Asia/Tokyo', NULL)"
        )  # as versions before allowed
        settled(ledger, "b", account="lab")
        assert [usage.month for usage in ledger.history("lab")] == ["2026-11"]


def test_free_minutes_are_used_up_and_then_cost(ledger: Ledger) -> None:
    for n in range(61):
        settled(ledger, str(n), 60_000, price=FREE_HOUR, length_ms=60_000)
    seen = ledger.usage()
    assert (seen.free_ms, seen.free_left_ms, seen.spent_micros) == (3_600_000, 0, 24_000)
    more_ms = sum(map(FREE_HOUR.billed_ms, [30_000, 29_100]))
    assert month_micros(added(seen.promised, {FREE_HOUR: more_ms})) - seen.committed_micros == 24_000


def test_the_queue_is_forecast_and_leaves_with_its_job(ledger: Ledger) -> None:
    ledger.enqueue([ask("b", length_ms=59_100), ask("a")])
    seen = ledger.usage()
    assert (seen.queued_ms, seen.spent_micros, seen.forecast_micros) == (64_000, 0, 17_067)
    ledger.reserve(ask("a"))
    seen = ledger.usage()
    assert (seen.queued_ms, seen.reserved_ms, seen.forecast_micros) == (60_000, 4_000, 17_067)
    ledger.leave()
    assert (ledger.usage().queued_ms, ledger.usage().reserved_ms) == (0, 0)


def test_a_sound_that_waits_in_two_jobs_is_forecast_once(ledger: Ledger) -> None:
    with Ledger(ledger.path, job="other") as other:
        for book in (ledger, other):
            book.enqueue([ask("a"), ask("b")])
        assert other.usage().queued_ms == 8_000
        row = ledger.reserve(ask("a")).row
        assert other.usage().forecast_micros == 2_134, "neither twice while it is under way"
        assert other.reserve(ask("a")).kind == "busy"
        ledger.mark_sent(row)
        ledger.settle(row, "once", billed_ms=4_000)
        assert (other.usage().queued_ms, other.usage().forecast_micros) == (4_000, 2_134)
        ledger.leave()
        assert other.usage().queued_ms == 4_000, "the other job sends it alone"
        assert other.reserve(ask("a")).kind == "known"
        assert other._db.execute("SELECT digest FROM queue").fetchall()[0][0] == "b"
        other.enqueue([ask("a", attempt=2)])
        assert other.usage().queued_ms == 4_000, "done again it is paid again"


def test_a_ledger_whose_queue_knew_no_sounds_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path, job="old") as old:
        settled(old, "a")
        old._db.execute("DROP TABLE queue")
        old._db.execute(
            "CREATE TABLE queue (job TEXT, number INTEGER, account TEXT, PRIMARY KEY (job, number))"
        )
        old._db.execute("PRAGMA user_version = 1")
    with Ledger(path, job="new") as new:
        new.enqueue([ask("b")])
        assert (new.usage().settled_ms, new.usage().queued_ms) == (4_000, 4_000)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_ledger_is_a_sentence_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"ledger\.sqlite"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_ledger_of_a_newer_vitsdeck_is_left_alone(tmp_path: Path, ledger: Ledger) -> None:
    db = sqlite3.connect(tmp_path / "newer.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(InputError, match="newer vitsdeck"):
        Ledger(tmp_path / "newer.sqlite")
