"""A workspace of the version before: its ledger, its price list with steps, its run with an interrupted redo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.transcribe import start
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import Ledger
from engine.transcribe.providers.base import Settings

BEFORE = Path(__file__).parents[1] / "data" / "ledger_before"


@pytest.fixture
def request_(tmp_path: Path) -> start.Request:
    """In a copy of the workspace, with the settings of its run."""
    root = tmp_path / "ws"
    shutil.copytree(BEFORE, root)
    for path in (root / "logs").rglob("*.json"):
        path.write_text(path.read_text().replace("/WORKSPACE", str(root)))
    settings = Settings("google", "en-US", endpoint="127.0.0.1:9")
    ledger = root / "data" / "ledger.sqlite"
    return start.Request(root / "audio", root / "m.txt", settings, ledger, root / "logs", root, redo=True)


def test_a_ledger_of_the_version_before_keeps_its_months_and_budget(request_: start.Request) -> None:
    with Ledger(request_.ledger) as book:
        used = book.usage(month="2026-10")
        (price,) = used.spent
        assert [each.text for each in book.rows("settled")] == ["text 0 again", "text 2", "text 1", "text 0"]
    assert (used.settled_ms, used.unconfirmed_ms, used.budget_micros) == (4_000, 1_000, 5_000_000)
    assert (price.a_minute_micros, price.up_to_minutes, price.free_minutes) == (22_000, 1000, 60)


def test_an_interrupted_redo_of_the_version_before_resumes_and_pays_nothing_twice(
    request_: start.Request,
) -> None:
    prepared = start.prepare(request_)
    assert "prices.toml was rewritten" in prepared.notice
    assert prepared.kept == ["audio/0.wav"], "its redo was complete"
    assert prepared.redo == ["audio/1.wav", "audio/2.wav"]
    assert (prepared.quote.chunks, prepared.quote.count("unconfirmed")) == (1, 1)
    config = Config.read(request_.runs / "transcribe-m" / "config.json")
    assert (config.manifest, config.settings) == (request_.manifest, request_.settings)
