"""The workshop from the shell: a real corpus of five speakers through the whole path; check, mend, runs, refusals."""

from __future__ import annotations

import json
import math
import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

from engine import config as configs
from engine.audio.wav import read
from engine.config import voice_file
from engine.dataset.lists import filelist
from engine.dataset.split import sentence_of
from engine.runs import launch, registry
from tests.cli_support import vitsdeck, voice_workspace
from tests.runs.run_support import wait_until
from tests.train.test_training import train

CLIPS = 15  # of 25 seconds: enough to be interrupted


def test_five_speakers_go_the_whole_path(tmp_path: Path, corpora: Path) -> None:
    """LibriSpeech: convert, split, name the speakers, clean, check."""
    assert vitsdeck(tmp_path, "init", ".").returncode == 0
    source = corpora / "librispeech"
    done = vitsdeck(tmp_path, "convert", "--in_path", str(source), "--json")
    assert len(done.json["converted"]) == 50
    divide = ["split", str(source / "metadata.csv"), "--json"]
    assert vitsdeck(tmp_path, *divide).json["clips"] == {"train": 35, "val": 13, "test": 2}
    lists = [f"filelists/{name}.txt" for name in ("train", "val", "test")]
    homes: dict[str, set[str]] = defaultdict(set)
    for name in lists:
        for entry in filelist.read(tmp_path / name):
            homes[sentence_of(entry.text)].add(name)
    assert all(len(places) == 1 for places in homes.values())
    config = "configs/ljs_mini_mb_istft_vits.json"
    named = vitsdeck(tmp_path, "speakers", *lists, "-c", config, "--write", "--json").json
    speakers = ("1688", "2033", "2609", "3080", "367")
    assert {each["id"]: each["name"] for each in named["speakers"]} == dict(enumerate(speakers))
    assert 6.5 < sum(each["minutes"] for each in named["speakers"]) < 7.5
    assert "less than 5 minutes" in named["warnings"][-1]
    assert voice_file.read(tmp_path).speakers == speakers
    cleaned = vitsdeck(tmp_path, "preprocess", "--filelists", *lists, "--text_index", "2")
    assert cleaned.returncode == 0, cleaned.stderr
    judged = vitsdeck(tmp_path, "check", *(f"{name}.cleaned" for name in lists), "-c", config, "--json")
    assert judged.returncode == 0, judged.stderr
    assert judged.json["total"] == 50
    assert judged.json["bad"] == 0
    assert judged.json["counts"]["long"] == 9  # of train and test; to validate on, a clip may be long


def test_check_and_training_judge_alike(tmp_path: Path) -> None:
    """A clip of samples that are no numbers: header and lists are fine, so only the judgement sees it."""
    folder = voice_workspace(tmp_path)
    settings = configs.load(folder / "configs" / "tiny.json")
    listed = folder / settings.data.training_files
    lines = listed.read_text(encoding="utf-8").splitlines()
    clip = folder / lines[1].split("|")[0]
    samples, rate = read(clip)
    broken = samples.copy()
    broken[100] = math.nan
    soundfile.write(clip, broken, rate, subtype="FLOAT")
    judged = vitsdeck(folder, "check", settings.data.training_files, "-c", "tiny")
    assert judged.returncode == 1
    assert (
        f"{settings.data.training_files}:2: {lines[1].split('|')[0]}: sample 100 is not a finite number"
        in judged.stdout
    )
    refused = vitsdeck(folder, "train", "-c", "tiny", "-m", "voice", "--steps", "1", "--detach")
    assert refused.returncode == 2
    assert "sample 100 is not a finite number" in refused.stderr
    assert "--skip-invalid" in refused.stderr
    assert not (folder / "logs" / "voice").exists()
    (folder / "run").mkdir()
    shutil.copyfile(folder / "configs" / "tiny.json", folder / "run" / "config.json")
    forced = train(folder, "--steps", "1", "--skip-invalid")
    assert forced.returncode == 0, forced.stdout + forced.stderr
    assert "is left out: sample 100 is not a finite number" in forced.stdout


def test_analysing_is_a_run_that_can_be_stopped_and_goes_on(tmp_path: Path) -> None:
    assert vitsdeck(tmp_path, "init", ".").returncode == 0
    noise = np.random.default_rng(1).normal(0, 0.1, 16000 * 25).astype(np.float32)
    for number in range(CLIPS):
        soundfile.write(tmp_path / "wavs" / f"{number:03d}.wav", np.roll(noise, number), 16000)
    started = vitsdeck(tmp_path, "measure", "wavs", "--detach", "--json", "--workers", "1")
    assert started.json["kind"] == "measure"
    folder = tmp_path / "logs" / "measure"
    wait_until(lambda: (registry.read_run(folder).step or 0) > 0)
    assert launch.stop(folder, wait_s=60)
    run = registry.read_run(folder)
    assert run.state in ("stopped", "finished")
    again = vitsdeck(tmp_path, "measure", "wavs", "--json").json
    assert again["measured"] + again["known"] == CLIPS
    if run.state == "stopped":
        assert again["known"] > 0
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert {"progress", "state"} <= {event["kind"] for event in events}


def test_a_cluster_that_is_not_safe_is_refused(tmp_path: Path) -> None:
    for words in (
        ["convert", "--in_path", "."],
        ["preprocess", "--filelists", "x"],
        ["check", "x"],
        ["slice", "x", "--dry-run"],
    ):
        done = vitsdeck(tmp_path, *words, "--executor", "dask://192.0.2.1:8786")
        assert done.returncode == 2
        assert "plain tcp to another machine" in done.stderr
