"""Jobs in the transcription pane: gone on with as they were begun, done again, corrected; no key without a word."""

# ruff: noqa: F811 - fixtures of the pane's own tests

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path

import pytest

from engine.config import settings
from engine.transcribe import start
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import Ledger, default_path
from engine.transcribe.providers.base import Settings
from engine.workspace import Workspace
from tests.cli_support import vitsdeck
from tests.transcribe.support import SpeechServer
from tests.tui.test_transcription_pane import (  # noqa: F401
    PANE,
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
    with_settings,
)
from tui.dialogs.dialog import ConfirmScreen
from tui.dialogs.form import FormScreen
from tui.dialogs.repair import RepairScreen
from tui.panes.dataset.pane import DatasetPane
from tui.panes.transcription.task import PROVIDERS, Task
from tui.widgets.keybar import KeyBar

if sys.platform == "win32":
    pytest.skip("jobs are started in sessions of their own", allow_module_level=True)


async def test_a_job_of_the_command_line_resumes_with_its_own_settings(
    place: Workspace, service: SpeechServer
) -> None:
    """Otherwise what is unconfirmed would be another call, and paid for twice by a plain `t`."""
    service.behave(script=["drop", "drop"])
    words = ["transcribe", "raw", "--out", "raw.txt", "--provider", "google", "--language", "en-US"]
    words += ["--rate", "8000", "--data-logging", "--account", "lab", "--call-seconds", "33", "--yes"]
    # one worker: a connection that breaks takes the calls beside it along
    done = vitsdeck(place.root, *words, "--endpoint", service.endpoint, "--workers", "1")
    assert done.returncode == 1, done.stderr
    calls = len(service.facts()["calls"])
    async with opened(place, None) as (pilot, pane):
        await until(lambda: pane.state.plan is not None and pane.state.money is not None)
        task = pane.state.task
        assert task is not None
        assert (task.settings.rate, task.settings.logging, task.settings.call_seconds) == (8000, True, 33.0)
        assert (pane.state.account, task.settings.endpoint) == ("lab", service.endpoint)
        await until(lambda: "2 chunks unconfirmed" in shown(pane))
        assert all(text in shown(pane) for text in ("google v1 $0.016", "8,000 Hz", "data logging"))
        assert not pane.offers("start")
        await pilot.press("T")
        await until(lambda: "all that is left is unconfirmed: u retries it" in told(pane))
        assert not isinstance(pane.app.screen, ConfirmScreen)
        question = await agree(pilot, pane, "u")
        assert "Retry 2 chunks" in question
        await until(lambda: shown(pane).count("✔ done") == 6)
    facts = service.facts()
    assert len(facts["calls"]) == calls + 2
    assert {request["rate"] for request in facts["requests"]} == {8000}
    with Ledger(default_path()) as book:
        assert book.accounts() == ["lab"]


def test_what_decides_a_call_survives_the_way_to_a_job_and_back(place: Workspace, tmp_path: Path) -> None:
    where = {"project": "p", "location": "europe-west4", "endpoint": "127.0.0.1:1", "call_seconds": 12.5}
    settings = Settings("google", "de-DE", api="v2", model="chirp_2", rate=8000, logging=True, **where)
    ledger = tmp_path / "l.sqlite"
    task = Task(place.root / "raw", place.root / "x.txt", settings, "lab", ledger)
    done = vitsdeck(place.root, *task.words(), "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    request = start.Request(task.source, task.manifest, settings, ledger, tmp_path, place.root, account="lab")
    (tmp_path / "config.json").write_text(start.prepare(request).config.to_json())
    config = Config.read(tmp_path / "config.json")
    assert Task.of_run(config) == task
    usual = dataclasses.replace(place.settings, sample_rate=44100, data_logging=True)
    local = task.with_provider(PROVIDERS[2], usual)
    assert not {"--rate", "--data-logging", "--endpoint", "--api"} & set(local.words())
    google = local.with_provider(PROVIDERS[0], usual).settings
    assert (google.rate, google.logging, google.model) == (44100, True, "")


def test_the_command_line_takes_the_workspaces_rate_and_logging_unless_told(place: Workspace) -> None:
    toml = place.root / "vitsdeck.toml"
    for name, value in (("sample_rate", 8000), ("data_logging", True)):
        settings.save_setting(toml, name, value)
    google = [
        "transcribe",
        "raw",
        "--out",
        "m.txt",
        "--language",
        "en-US",
        "--dry-run",
        "--json",
        "--provider",
    ]

    def planned(*words: str) -> tuple[int, bool | None]:
        document = json.loads(vitsdeck(place.root, *google, *words).stdout)
        return len(document["files"]), document["price_row"]["logging"]

    assert planned("google") == (6, True)
    assert planned("google", "--no-data-logging") == (6, False)
    assert planned("pocketsphinx") == (6, None), "it takes no other rate than its own"
    refused = vitsdeck(place.root, *google, "pocketsphinx", "--rate", "8000")
    assert refused.returncode == 2 and "pocketsphinx needs 16000 Hz" in refused.stderr


async def test_rate_and_data_logging_are_settings_and_fields(place: Workspace, service: SpeechServer) -> None:
    settings = dataclasses.replace(place.settings, sample_rate=8000, data_logging=True)
    async with opened(dataclasses.replace(place, settings=settings), None, (80, 24)) as (pilot, pane):
        await until(lambda: "google v1 $0.016" in shown(pane))
        await pilot.press("e")
        await until(lambda: isinstance(pane.app.screen, FormScreen) and "enter " in drawn(pane))
        seen = drawn(pane)
        assert "enter shows the sum" in seen and "enter starts" not in seen
        assert re.search(r"Hz +8000", seen) and re.search(r"logging +yes", seen)
        source = pane.app.screen.query_one("#form-source")
        source.value = "raw"  # type: ignore[attr-defined]
        pane.app.screen.query_one("#form-rate").value = "12000"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(lambda: pane.state.plan is not None)
        assert pane.state.task is not None and pane.state.plan is not None
        assert (pane.state.task.settings.rate, pane.state.task.settings.logging) == (12000, True)
        assert pane.state.plan.price.a_minute_micros == 16_000
        await agree(pilot, pane, "T")
        await ended(pane)
    assert {request["rate"] for request in service.facts()["requests"]} == {12000}


async def test_a_redo_names_what_it_replaces_and_asks(place: Workspace, service: SpeechServer) -> None:
    async with opened(place, task_of(place, "v2")) as (pilot, pane):
        await pilot.press("A")
        await until(lambda: "no transcript is marked" in told(pane))
        await agree(pilot, pane, "T")
        await ended(pane)
        await until(lambda: shown(pane).count("✔ done") == 6 and pane.state.plan is not None)
        manifest = place.root / "raw.txt"
        manifest.write_text(manifest.read_text().replace("1.wav|words of", "1.wav|my own words of"))
        await until(lambda: "my own words" in shown(pane))
        await pilot.press("home", "down", "space", "down", "space")
        await until(lambda: "2 selected" in shown(pane))
        assert "nothing to send" not in told(pane) and pane.offers("redo")
        await pilot.press("A")
        await until(lambda: "keep them" in drawn(pane))
        asked = drawn(pane)
        assert "Redo 2 transcripts" in asked and "$0.0019" in asked, asked
        assert "raw/1.wav, raw/2.wav" in asked and "replaced" in asked
        await pilot.press("n")
        await pilot.pause()
        assert len(service.facts()["calls"]) == 6
        await pilot.press("A")
        await until(lambda: "keep them" in drawn(pane))
        await pilot.press("y")
        await until(lambda: len(service.facts()["calls"]) == 8 and not pane.state.is_live)
        await until(lambda: "my own words" not in shown(pane) and shown(pane).count("✔ done") == 6)


async def test_what_is_corrected_in_the_editor_is_in_the_manifest(place: Workspace) -> None:
    async with opened(place, task_of(place)) as (pilot, pane):
        await agree(pilot, pane, "T")
        await ended(pane)
        await until(lambda: shown(pane).count("✔ done") == 6)
        manifest = place.root / "raw.txt"
        before = manifest.read_text()
        heard = dict(line.split("|") for line in before.splitlines())["raw/1.wav"]
        await pilot.press("home", "down", "enter")
        await until(lambda: isinstance(pane.app.screen, RepairScreen))
        await pilot.press(*" indeed", "enter")
        await until(lambda: pane.seen and f"{heard} indeed" in shown(pane))
        assert manifest.read_text() == before.replace(heard, f"{heard} indeed")
        assert "raw.txt: 1 text corrected" in told(pane)
        dataset = pane.app.query_one(DatasetPane)
        assert dataset.unsaved() == ""
        await until(lambda: not list((place.root / ".vitsdeck" / "drafts").glob("*.json")))
        await pane.app.show_pane("dataset")
        await pilot.press("u")  # undone there, and written: the manifest follows
        await until(lambda: dataset.unsaved() != "")
        await pilot.press("w")
        await until(lambda: manifest.read_text() == before)


async def test_the_key_line_says_resume_and_a_second_dashboard_follows(
    place: Workspace, service: SpeechServer
) -> None:
    service.behave(work_s=0.6)
    async with opened(place, task_of(place), (80, 24)) as (pilot, pane):
        await agree(pilot, pane, "T")
        await until(lambda: pane.state.is_live)
        await pilot.press("p")
        await until(lambda: pane.state.is_paused)
        await until(lambda: ("p", "resume") in pane.app.query_one(KeyBar).keys)
    async with opened(place, None) as (pilot, again):
        await until(lambda: again.state.is_paused)
        await pilot.press("p")
        await until(lambda: shown(again).count("✔ done") == 6 and not again.state.is_live)


async def test_no_key_is_swallowed_without_a_word(place: Workspace) -> None:
    async with opened(place, None, (80, 24)) as (pilot, pane):
        for key in "T", "r", "u", "A", "a", "v", "g", "p", "s":
            before = len(pane.app._notifications)
            await pilot.press(key)
            await until(lambda before=before: len(pane.app._notifications) > before, 10)  # type: ignore[misc]
        pane.take_task(task_of(place))
        await pilot.press("T")
        await until(lambda: "still looking at the recordings" in told(pane))
        await until(lambda: pane.state.plan is not None)
        await agree(pilot, pane, "T")
        await pilot.press("T")
        await until(lambda: "wait: starting" in told(pane) or "the job is under way" in told(pane))
        await ended(pane)
        assert not pane.state.doing
        await pilot.press("T")
        await until(lambda: "nothing to send here" in told(pane))
