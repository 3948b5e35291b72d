"""Every kind of work as a run: it tells how far it is, ends in a state, and its exit code says whether all was good."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from engine.audio.wav import read
from engine.dataset.repair.plan import Recipe
from engine.runs import launch, registry


def _run(folder: Path, job: str, *words: str) -> tuple[registry.RunSnapshot, list[dict[str, Any]]]:
    run = folder / "logs" / job
    argv = [sys.executable, "-P", "-m", "engine.jobs", job, "--run", str(run), *words]
    launch.run_foreground(run, kind=job, argv=argv)
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    return registry.read_run(run), events


@pytest.fixture
def workspace(tmp_path: Path, corpora: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good recording and a broken one, and a list; the current folder of what is started."""
    source = corpora / "librispeech" / "1688" / "1688-142285-0000.flac"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "good.flac").write_bytes(source.read_bytes())
    (tmp_path / "raw" / "bad.wav").write_bytes(b"RIFF and nothing more")
    (tmp_path / "train.txt").write_text("raw/good.flac|Said in 7 words.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root))
    return tmp_path


def test_analysing(workspace: Path) -> None:
    run, events = _run(workspace, "measure", "train.txt")
    assert (run.state, run.reason) == ("finished", "1 in all: 1 measured, 0 known, 0 missing")
    assert [event["done"] for event in events if event["kind"] == "progress"][-1] == 1
    assert run.step == run.total_steps == 1


def test_converting_tells_what_failed(workspace: Path) -> None:
    run, events = _run(workspace, "convert", "raw", "--out", "wavs", "--rate", "22050")
    assert run.state == "finished"
    assert run.exit_code == 1
    assert read(workspace / "wavs" / "good.wav", 22050)[1] == 22050
    [alert] = [event for event in events if event["kind"] == "alert"]
    assert "bad.wav" in alert["text"]


def test_slicing(workspace: Path) -> None:
    run, _ = _run(workspace, "slice", "raw/good.flac", "--out", "cut")
    assert run.state == "finished", run.reason
    assert len(list((workspace / "cut").glob("good_*.wav"))) > 1


def test_mending_makes_the_copies_that_were_asked_for(workspace: Path) -> None:
    good, bad = Recipe("raw/good.flac", 22050, True, -30.0), Recipe("raw/bad.wav", 22050)
    (workspace / "recipes.json").write_text(json.dumps([asdict(good), asdict(bad)]))
    run, _ = _run(workspace, "fix", "recipes.json")
    assert run.exit_code == 1
    assert read(workspace / good.target, 22050)[1] == 22050
    told = json.loads((workspace / "logs" / "fix" / "mended.json").read_text())
    assert list(told["failed"]) == [bad.target]
    (workspace / "recipes.json").write_text('{"no": "list"}')
    run, _ = _run(workspace, "fix", "recipes.json")
    assert (run.state, run.exit_code) == ("failed", 2)
    assert "is no list of recipes" in run.reason


def test_cleaning(workspace: Path) -> None:
    run, _ = _run(workspace, "clean", "train.txt", "--cleaners", "basic_cleaners")
    assert run.state == "finished", run.reason
    assert (workspace / "train.txt.cleaned").read_text() == "raw/good.flac|said in 7 words.\n"


def test_bad_input_is_a_sentence_in_the_state(workspace: Path) -> None:
    run, _ = _run(workspace, "measure", "nowhere.txt")
    assert (run.state, run.exit_code) == ("failed", 2)
    assert "nowhere.txt: no such file" in run.reason
