"""Runs from the command line: train, follow, leave, come back, stop, resume, speak. Real training of a tiny voice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import soundfile

from engine.runs import launch, registry
from tests.cli_support import environment, vitsdeck, voice_workspace
from tests.runs.fault_support import ToyRun
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY
from tui.app.readers import sources

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals to one process are POSIX's")
MANY = "100000"  # steps: until somebody stops it


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, str]:
    """A workspace whose run `first` has three steps; with what `train --json` printed and said."""
    folder = voice_workspace(tmp_path_factory.mktemp("trained"))
    done = vitsdeck(folder, "train", "-c", "tiny", "-m", "first", "--steps", "3", "--json")
    assert done.returncode == 0, done.stderr
    return folder, done.json, done.stderr


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Path]:
    """A workspace whose run `live` is training."""
    folder = voice_workspace(tmp_path)
    done = vitsdeck(folder, "train", "-c", "tiny", "-m", "live", "--steps", MANY, "--detach")
    assert done.returncode == 0, done.stderr
    assert "vitsdeck attach live" in done.stderr
    yield folder
    launch.stop(folder / "logs" / "live", now=True, wait_s=30)


def step(folder: Path, at_least: int = 1) -> int:
    """Wait until the run `live` has made some steps."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        run = registry.read_run(folder / "logs" / "live")
        assert run.is_live, run.reason
        if (run.step or 0) >= at_least:
            return run.step or 0
        time.sleep(0.05)
    raise AssertionError("no step within 90 s")


def begin(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *words],
        cwd=folder,
        env=environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_training_follows_its_log_and_says_how_it_ended(trained: tuple[Path, Any, str]) -> None:
    folder, told, said = trained
    assert told["state"] == "finished" and told["step"] == 3 and told["exit_code"] == 0
    assert told["checkpoint"] == "G_3.pth"
    assert "starting with fresh weights" in said and "step 3" in said
    assert (folder / "logs" / "first").stat().st_mode & 0o777 == 0o700


def test_speak_writes_a_wav_and_says_how_fast(trained: tuple[Path, Any, str]) -> None:
    folder, *_ = trained
    words = ["speak", "Hello there.", "-m", "first", "--seed", "1", "--length-scale", "0.5"]
    done = vitsdeck(folder, *words, "-o", "hello.wav", "--json")
    assert done.returncode == 0, done.stderr
    info = soundfile.info(folder / "hello.wav")
    assert info.samplerate == done.json["rate"] == 22050
    assert info.frames / 22050 == pytest.approx(done.json["seconds"])
    assert done.json["ratio"] == pytest.approx(done.json["seconds"] / done.json["took_s"])
    assert "speaking with the best checkpoint, step 3 (mel L1 " in done.stderr
    assert done.json["checkpoint"].endswith("best_3.pth")
    newest = vitsdeck(folder, *words, "--checkpoint", "newest", "-o", "newest.wav")
    assert "speaking with the newest checkpoint, step 3" in newest.stderr
    assert (folder / "newest.wav").read_bytes() == (folder / "hello.wav").read_bytes()
    again = vitsdeck(folder, *words)
    assert again.stdout.startswith("spoken/first-")
    assert "times real time" in again.stderr
    first, second = (
        soundfile.read(path)[0] for path in (folder / "hello.wav", folder / again.stdout.strip())
    )
    assert (first == second).all()


def test_a_checkpoint_speaks_without_a_run_and_without_a_workspace(
    trained: tuple[Path, Any, str], tmp_path: Path
) -> None:
    folder, *_ = trained
    weights = str(next((folder / "logs" / "first").glob("G_*.pth")))
    config = str(folder / "configs" / "tiny.json")
    done = vitsdeck(
        tmp_path, "speak", "Hello.", "--checkpoint", weights, "-c", config, "-o", "x.wav", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert soundfile.info(tmp_path / "x.wav").samplerate == 22050
    # inside a workspace its configs have names
    named = vitsdeck(folder, "speak", "Hello.", "--checkpoint", weights, "-c", "tiny", "-o", "named.wav")
    assert named.returncode == 0, named.stderr


def test_what_is_read_as_nothing_is_named(trained: tuple[Path, Any, str], tmp_path: Path) -> None:
    folder, *_ = trained
    done = vitsdeck(folder, "speak", "Hello ★ there.", "-m", "first", "-o", str(tmp_path / "x.wav"), "--json")
    assert done.json["unread"] == ["★"] and "these are read as nothing: ★" in done.stderr


def test_speaking_with_what_does_not_fit_is_a_sentence(
    trained: tuple[Path, Any, str], tmp_path: Path
) -> None:
    folder, *_ = trained
    weights = str(next((folder / "logs" / "first").glob("G_*.pth")))
    tree = json.loads((folder / "logs" / "first" / "config.json").read_text(encoding="utf-8"))
    tree["model"]["inter_channels"] *= 2
    other = str(tmp_path / "other.json")
    Path(other).write_text(json.dumps(tree), encoding="utf-8")
    for words, sentence in (
        (["--checkpoint", weights, "-c", other], "G_"),
        (["-m", "first", "-o", "nowhere/x.wav"], "nowhere/x.wav: is not a file in a folder that exists"),
        (["-m", "first", "--speaker", "3"], "there is no speaker 3"),
        (["-m", "first", "--checkpoint", "2"], "no checkpoint 2; choose best, newest or one of 3"),
        (["--checkpoint", "best"], "name either a run or a checkpoint"),
        (["-m", "first", "--length_scale", "0"], "length_scale is 0"),
        (["-m", "first", "--noise_scale", "nan"], "noise_scale is nan"),
        (["--checkpoint", "0.wav", "-c", "tiny"], "0.wav: is not a checkpoint"),
    ):
        done = vitsdeck(folder, "speak", "Hello.", *words)
        assert done.returncode == 2, done.stderr
        assert sentence in done.stderr


def test_another_model_in_an_old_run_is_refused_and_another_interval_is_told(
    trained: tuple[Path, Any, str],
) -> None:
    folder, *_ = trained
    wider = replace(TINY, model=replace(TINY.model, hidden_channels=32, filter_channels=64))
    (folder / "configs" / "wider.json").write_text(wider.to_json())
    refused = vitsdeck(folder, "train", "-c", "wider", "-m", "first", "--steps", "9")
    assert refused.returncode == 2
    assert "was started with another voice: model.hidden_channels: 16 -> 32" in refused.stderr
    assert "model.filter_channels: 32 -> 64" in refused.stderr
    slower = replace(TINY, train=replace(TINY.train, learning_rate=1e-5))
    (folder / "configs" / "slower.json").write_text(slower.to_json())
    told = vitsdeck(folder, "train", "-c", "slower", "-m", "first", "--steps", "6")
    assert told.returncode == 0, told.stderr
    assert "changed for this run from now on: train.learning_rate: 0.0002 -> 1e-05" in told.stderr
    assert "resuming from G_3.pth: step 3" in told.stdout
    assert "starting with fresh weights" not in told.stdout  # the log of before is not shown again
    assert registry.read_run(folder / "logs" / "first").step == 6
    assert (
        json.loads((folder / "logs" / "first" / "config.json").read_text())["train"]["learning_rate"] == 1e-5
    )


def test_tail_shows_the_end_of_the_log_and_attach_says_that_it_is_over(
    trained: tuple[Path, Any, str],
) -> None:
    folder, *_ = trained
    assert len(vitsdeck(folder, "tail", "first", "-n", "2").stdout.splitlines()) == 2
    assert len(vitsdeck(folder, "tail", "first", "-n", "2", "--json").json["lines"]) == 2
    over = vitsdeck(folder, "attach", "first", "--json")
    assert over.json["state"] == "finished" and "first is over" in over.stderr
    assert "first is not running" in vitsdeck(folder, "stop", "first").stderr


def test_ctrl_c_leaves_the_run_alive_and_stop_ends_it_with_a_checkpoint(live: Path) -> None:
    step(live)
    follower = begin(live, "attach", "live")
    assert follower.stdout is not None and follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    _, said = follower.communicate(timeout=30)
    assert follower.returncode == 130
    assert "`vitsdeck attach live` follows it, `vitsdeck stop live` stops it" in said
    before = step(live)
    step(live, before + 1)  # it continues

    (seen,) = vitsdeck(live, "runs", "--json").json["runs"]
    assert (seen["name"], seen["state"], seen["is_live"]) == ("live", "running", True)
    assert vitsdeck(live, "runs").stdout.splitlines()[1].split()[:2] == ["live", "running"]
    taken = vitsdeck(live, "train", "-c", "tiny", "-m", "live")
    assert taken.returncode == 2 and 'a live run has the name "live"' in taken.stderr

    done = vitsdeck(live, "stop", "live", "--json")
    assert done.returncode == 0, done.stderr
    assert done.json["state"] == "stopped"
    assert (live / "logs" / "live" / done.json["checkpoint"]).is_file()


def test_a_run_that_is_killed_is_told_to_who_follows_it(tmp_path: Path) -> None:
    vitsdeck(tmp_path, "init", ".")
    toy = ToyRun(tmp_path / "logs" / "live")
    toy.start()
    toy.steps_on(1)
    follower = begin(tmp_path, "attach", "live")
    assert follower.stdout is not None and follower.stdout.readline()
    for one in (toy.worker(), toy.supervisor()):  # without its supervisor, which would start another one
        assert one.send_signal(signal.SIGKILL)
    _, said = follower.communicate(timeout=60)
    assert follower.returncode == 1, said
    assert "live failed: the process is gone" in said


@pytest.mark.parametrize("way", ["command", "dashboard"])
def test_who_looks_at_a_run_gives_it_a_supervisor_again(tmp_path: Path, way: str) -> None:
    vitsdeck(tmp_path, "init", ".")
    toy = ToyRun(tmp_path / "logs" / "live")
    toy.start()
    toy.steps_on(1)
    before, worker = toy.supervisor(), toy.worker()
    assert before.send_signal(signal.SIGKILL)
    wait_until(lambda: not before.is_alive(), "its end")
    if way == "command":
        (seen,) = vitsdeck(tmp_path, "runs", "--json").json["runs"]
        assert seen["state"] == "running"
    else:
        poller = sources.runs(tmp_path, tmp_path / "logs", SimpleNamespace(post_message=print))  # type: ignore[arg-type]
        wait_until(lambda: toy.supervisor() != before, "another supervisor")
        poller.close()
    assert toy.supervisor() != before and toy.supervisor().is_alive() and toy.worker() == worker
    toy.end()


def test_a_run_without_a_checkpoint_cannot_speak_yet(tmp_path: Path) -> None:
    folder = voice_workspace(tmp_path)
    run = folder / "logs" / "new"
    registry.prepare(run, kind="train", argv=["x"], config_json=TINY.to_json())
    done = vitsdeck(folder, "speak", "Hello.", "-m", "new")
    assert done.returncode == 2 and "no checkpoint yet" in done.stderr
