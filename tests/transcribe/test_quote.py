"""What a start would do and cost, before it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.transcribe import start
from engine.transcribe.ledger import Ask
from engine.transcribe.manifest import Manifest, joined
from engine.transcribe.providers.base import Settings
from engine.transcribe.providers.registry import plan
from tests.transcribe.support import Place, record, record_many


@pytest.fixture
def paid(tmp_path: Path) -> Place:
    """V2, which has no free minutes; nobody is called here."""
    return Place(tmp_path, "127.0.0.1:9", api="v2", project="p")


def test_the_quote_counts_minutes_after_cutting_and_rounding(paid: Place) -> None:
    record(paid.audio / "a.wav", 0.2, 1)
    record(paid.audio / "b.wav", 70.5, 2)
    quote = paid.prepare().quote
    assert len(quote.send_ms) == 3
    assert quote.billed_ms == sum(-(-ms // 1000) * 1000 for ms in quote.send_ms)
    assert quote.billed_ms in (72_000, 73_000)  # each call is rounded up by itself
    assert quote.micros == -(-quote.billed_ms * 16_000 // 60_000)


def test_what_another_server_has_said_is_not_done_for_the_real_service(paid: Place) -> None:
    real = plan(replace(paid.settings, endpoint="")).settings_id
    assert plan(replace(paid.settings, endpoint="eu-speech.googleapis.com:443")).settings_id == real
    # the id that ledgers have had from the beginning
    assert plan(Settings("google", "en-US")).settings_id == "dcabf3c78deb34f9"
    here, there = (plan(replace(paid.settings, endpoint=f"127.0.0.1:{port}")).settings_id for port in (9, 8))
    assert len({real, here, there}) == 3


def test_a_budget_of_what_is_enough_lets_a_job_finish(paid: Place) -> None:
    record_many(paid.audio, 7)
    quote = paid.prepare().quote
    assert quote.enough_micros > quote.micros
    price = paid.prepare().price
    with paid.book(job="j") as book:
        for number, length_ms in enumerate(quote.send_ms):
            ask = Ask(str(number), "google", "s", "default", price, "x", 0, length_ms)
            answer = book.reserve(ask, budget_micros=quote.enough_micros)
            assert answer.kind == "reserved"
            book.mark_sent(answer.row)
            book.settle(answer.row, "x", billed_ms=price.billed_ms(length_ms))


def test_what_another_window_has_under_way_is_not_in_the_sum_but_may_be_sent(paid: Place) -> None:
    record_many(paid.audio, 2)
    first = paid.prepare()
    with paid.book(job="other") as book:
        cut = first.quote.recordings[0].pieces[0]
        settings = plan(paid.settings).settings_id
        ask = Ask(cut.digest, "google", settings, "default", first.price, "x", 0, cut.length_ms)
        assert book.reserve(ask).kind == "reserved"
        second = paid.prepare()
    assert len(second.quote.send_ms) == 1
    assert (second.quote.count("busy"), second.quote.count("known")) == (1, 0)
    assert set(second.config.approved) == set(first.config.approved)


def test_what_another_window_has_waiting_takes_the_free_minute_first(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    ledger.with_name("prices.toml").write_text(
        'currency = "EUR"\n[[free]]\nprovider = "google"\nminutes = 1\n[[price]]\nprovider = "google"\n'
        'rounding_seconds = 1\na_minute = 0.6\ndated = "2026-11-01"\nsource = "a contract"\n'
    )
    first, second = (Place(tmp_path / name, "127.0.0.1:9", ledger) for name in ("one", "two"))
    record(first.audio / "a.wav", 30.0, 1)
    record(second.audio / "b.wav", 50.0, 2)
    begun, shown = first.prepare(), second.prepare()
    assert (shown.quote.micros, shown.quote.free_ms) == (0, 50_000)
    with first.book(job="one") as book:
        book.enqueue(begun.config.queue(begun.plan))
        grown = second.prepare().quote
        assert (grown.micros, grown.free_ms, grown.usage.queued_ms) == (200_000, 30_000, 30_000)
        assert (shown.quote.enough_micros, grown.enough_micros) == (0, 200_000)
        assert start.micros_now(shown) == 200_000


def test_a_job_sends_no_more_than_was_approved(server: object, tmp_path: Path) -> None:
    place = Place(tmp_path, server.endpoint)  # type: ignore[attr-defined]
    record_many(place.audio, 3)
    prepared = place.prepare()
    record(place.audio / "0_0001.wav", 30.0, 9)  # longer than when the sum was shown
    worker = place.worker(prepared)
    assert worker.wait(timeout=60) == 1
    assert set(server.billed()) <= set(prepared.config.approved)  # type: ignore[attr-defined]
    assert sorted(place.texts()) == ["audio/0_0000.wav", "audio/0_0002.wav"]
    assert "has changed since the sum was shown" in place.report()["audio/0_0001.wav"]["reason"]


@pytest.mark.parametrize(
    ("texts", "language", "whole"),
    [
        (["Hello,", " world. "], "en-US", "Hello, world."),
        (["今日は", "いい天気"], "ja-JP", "今日はいい天気"),
        (["a|b\nc", "", "d"], "de-DE", "a b c d"),
        (["", " "], "en-US", ""),
    ],
)
def test_pieces_are_joined_into_a_line_that_a_manifest_can_hold(
    texts: list[str], language: str, whole: str
) -> None:
    assert joined(texts, language) == whole


def test_a_broken_report_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("a.wav|text\n")
    path.with_name("m.txt.transcribed.json").write_text("{broken")
    manifest = Manifest(path)
    assert manifest.has("a.wav")
    manifest.set("b.wav", "failed", reason="no")
    manifest.save(now=True)
    assert path.read_text() == "a.wav|text\n"
    assert Manifest(path).files == {"b.wav": {"state": "failed", "reason": "no"}}


def test_what_a_person_changes_during_a_run_stays(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text("# from the slicer\nb.wav|\na.wav|\nd.wav|\n")
    manifest = Manifest(path)
    manifest.set("a.wav", "done", "herd")
    manifest.set("b.wav", "done", "buzz")
    manifest.save(now=True)
    assert path.read_text() == "# from the slicer\nb.wav|buzz\na.wav|herd\nd.wav|\n"
    # corrected, a line removed, one added, a remark
    path.write_text("# from the slicer\na.wav|heard\n# mine\nx.wav|by hand\nd.wav|\n")
    manifest.set("d.wav", "done", "door")
    manifest.set("c.wav", "done", "sea")
    manifest.save(now=True)
    assert (
        path.read_text() == "# from the slicer\na.wav|heard\n# mine\nx.wav|by hand\nd.wav|door\nc.wav|sea\n"
    )
    path.write_text("a.wav|heard|half")
    manifest.set("e.wav", "done", "late")
    with pytest.raises(InputError, match=r"m.txt:1: is not a manifest"):
        manifest.save(now=True)
    assert path.read_text() == "a.wav|heard|half"
