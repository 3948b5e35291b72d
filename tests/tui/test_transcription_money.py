"""Money in the transcription pane: no second stop, second window or second take spends it without a word."""

# ruff: noqa: F811 - fixtures of the pane's own tests

from __future__ import annotations

import asyncio
import re
import sys

import pytest

from engine.transcribe.ledger import Ledger, default_path
from engine.workspace import Workspace
from tests.cli_support import vitsdeck, vitsdeck_process
from tests.transcribe.support import SpeechServer
from tests.tui.test_transcription_pane import (  # noqa: F401
    agree,
    drawn,
    ended,
    opened,
    place,
    service,
    shown,
    task_of,
    told,
    until,
)

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)


async def test_a_budget_that_a_job_was_begun_with_is_spoken_of_before_it_is_passed(
    place: Workspace, service: SpeechServer
) -> None:
    words = [*task_of(place, "v2").words(), "--yes", "--budget", "0.004", "--workers", "1"]
    assert vitsdeck(place.root, *words).returncode == 1
    assert 0 < len(service.facts()["calls"]) < 6
    async with opened(place, None) as (pilot, pane):
        question = " ".join(re.sub(r"[│ \n]+", " ", await agree(pilot, pane, "T")).split())
        assert "more than the $0.0040 a month that this job was started with" in question
        await until(lambda: shown(pane).count("✔ done") == 6)


async def test_a_redo_warns_as_well_when_it_passes_the_budget_of_the_job(
    place: Workspace, service: SpeechServer
) -> None:
    words = [*task_of(place, "v2").words(), "--yes", "--budget", "0.010", "--workers", "1"]
    assert vitsdeck(place.root, *words).returncode == 0
    async with opened(place, None) as (pilot, pane):
        await until(lambda: shown(pane).count("✔ done") == 6 and pane.state.plan is not None)
        await pilot.press("home", *["space", "down"] * 5)
        await until(lambda: "5 selected" in shown(pane))
        await pilot.press("A")
        await until(lambda: "keep them" in drawn(pane))
        asked = " ".join(re.sub(r"[│ \n]+", " ", drawn(pane)).split())
        assert "more than the $0.01 a month that this job was started with" in asked, asked
        await pilot.press("n")
        await pilot.pause()
    assert len(service.facts()["calls"]) == 6


async def test_a_second_stop_loses_no_reply_whichever_window_asks(
    place: Workspace, service: SpeechServer
) -> None:
    service.behave(work_s=3.0)
    async with opened(place, task_of(place)) as (pilot, pane):
        await agree(pilot, pane, "T")
        await until(lambda: len(service.facts()["calls"]) == 4)
        await pilot.press("s")
        await until(lambda: "stops after the calls under way" in told(pane))
        await until(lambda: pane.state.run is not None and pane.state.run.state == "stopping")
        await pilot.press("s")
        await until(lambda: "is already stopping: 4 calls under way" in told(pane))
        shell = await asyncio.to_thread(vitsdeck_process, place.root, "stop", "transcribe-raw")
        assert shell.returncode == 0 and "at once" not in shell.stderr, shell.stderr
        await ended(pane, "stopped")
        await until(lambda: shown(pane).count("✔ done") == 4)
    assert len(service.facts()["calls"]) == len(service.facts()["bill"]) == 4
    with Ledger(default_path()) as book:
        assert [len(book.rows(state)) for state in ("settled", "unconfirmed")] == [4, 0]


async def test_who_loses_the_race_to_start_hears_that_another_window_has_won(
    place: Workspace, service: SpeechServer
) -> None:
    service.behave(work_s=5.0)
    async with opened(place, task_of(place)) as (pilot, pane):
        await pilot.press("T")
        await until(lambda: "send nothing" in drawn(pane))
        other = await asyncio.to_thread(
            vitsdeck_process, place.root, *task_of(place).words(), "--yes", "--detach"
        )
        assert other.returncode == 0, other.stderr
        await pilot.press("y")
        await until(lambda: "another window has started it" in told(pane))
        assert "a live run has the name" not in told(pane)
        await until(lambda: pane.state.is_live)
