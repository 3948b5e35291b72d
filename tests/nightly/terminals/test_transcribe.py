"""`vitsdeck transcribe` on a terminal: the sum, one question, and progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli_support import ROOT
from tests.nightly.terminals.terminal import Terminal
from tests.transcribe.support import SpeechServer, record_many


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()


def transcribe(folder: Path, server: SpeechServer) -> Terminal:
    words = ["transcribe", "raw", "--out", "m.txt", "--provider", "google", "--language", "en-US"]
    words += ["--api", "v2", "--project", "p", "--endpoint", server.endpoint]
    env = {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data")}
    return Terminal([sys.executable, "-m", "tui.cli", *words], columns=100, rows=30, cwd=folder, env=env)


def test_it_asks_once_with_the_sum_and_no_sends_nothing(tmp_path: Path, server: SpeechServer) -> None:
    record_many(tmp_path / "raw", 5, seconds=(1.1, 1.9))
    server.behave()
    with transcribe(tmp_path, server) as seen:
        seen.wait_for(
            "5 recordings, 8 s of sound, 5 chunks to send",
            "this start: $0.0027; month so far: $0.00",
            seconds=60,
        )
        seen.wait_for("Send 5 chunks for $0.0027? [y/N]")
        seen.press("n", "enter")
        assert seen.wait_end() == 2
        assert "nothing was sent" in seen.text
    assert server.facts()["calls"] == []


def test_yes_sends_and_shows_what_was_spent(tmp_path: Path, server: SpeechServer) -> None:
    record_many(tmp_path / "raw", 5, seconds=(1.1, 1.9))
    server.behave(work_s=0.2)
    with transcribe(tmp_path, server) as seen:
        seen.wait_for("[y/N]", seconds=60)
        seen.press("y", "enter")
        assert seen.wait_end(60) == 0
        assert "finished: 5 transcribed" in seen.text
        assert "this month: $0.0027 spent" in seen.text
    assert len((tmp_path / "m.txt").read_text().splitlines()) == 5
