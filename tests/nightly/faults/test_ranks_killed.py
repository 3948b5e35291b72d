"""kill -9 of any process of a training that has several: ranks, loader workers. It ends whole, and resumes exactly."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from engine.config import Config
from tests.nightly.faults.test_trainer_kills import STEPS, assert_equal_to
from tests.nightly.faults.zygote import Child, Zygote
from tests.promises import WORKERS_AND_RANKS
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY, metrics, with_train, write_lists

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="signals and fork of POSIX"),
]
FAULTS = with_train(TINY, batch_size=1, eval_interval=5)
TWO_RANKS = ["--devices", "2", "--backend", "gloo"]
TWO_WORKERS = ["--workers", "2"]
A_WHILE = 60.0
Count = Callable[[int, int], int]


def start(zygote: Zygote, folder: Path, options: list[str]) -> Child:
    argv = ["--run", "run", "--steps", str(STEPS), *options]
    return zygote.start("engine.train.__main__:main", argv, folder)


def corner(folder: Path, config: Config = FAULTS) -> Path:
    folder.mkdir()
    write_lists(folder, config)
    return folder


def group_of(trainer: Child) -> list[psutil.Process]:
    """The living processes of the trainer's group: itself, ranks, loader workers."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == trainer.pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def kill_at_random(
    zygote: Zygote, folder: Path, options: list[str], kills: int, dice: random.Random
) -> list[str]:
    """Train to the end through `kills` kills of random processes of the run; which ones were hit."""
    run, hit = folder / "run", list[str]()
    trainer = start(zygote, folder, options)
    while len(hit) < kills:
        known = steps_told(run)
        if dice.random() < 0.75:  # while it trains; else at any moment of its start
            wait_until(lambda n=known, t=trainer: steps_told(run) > n or not t.is_alive(), "a step")
        time.sleep(dice.uniform(0, 1.5))
        members = group_of(trainer)
        if not trainer.is_alive() or not members:
            break
        victim = dice.choice(members)
        hit.append("leader" if victim.pid == trainer.pid else "other")
        victim.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda t=trainer: not group_of(t), "the end of all processes of the run", A_WHILE)
        assert time.monotonic() - killed < A_WHILE
        assert trainer.wait() != 0
        trainer = start(zygote, folder, options)
    assert trainer.wait() == 0, trainer.output
    assert group_of(trainer) == []
    return hit


def steps_told(run: Path) -> int:
    return len(metrics(run)) if (run / "events.jsonl").exists() else 0


@WORKERS_AND_RANKS
def test_two_ranks_resume_bit_equal_after_kills(zygote: Zygote, tmp_path: Path, count: Count) -> None:
    unbroken = corner(tmp_path / "unbroken")
    assert start(zygote, unbroken, TWO_RANKS).wait() == 0
    dice, kills, voices = random.Random(2), count(3, 6), 0
    while kills > 0:
        folder = corner(tmp_path / f"voice{voices}")
        voices += 1
        kills -= len(kill_at_random(zygote, folder, TWO_RANKS, min(kills, 4), dice))
        assert_equal_to(unbroken / "run", folder / "run")
        assert list((folder / "run").glob(".ranks-*")) == []


@WORKERS_AND_RANKS
def test_two_loader_workers_resume_bit_equal_after_kills(
    zygote: Zygote, tmp_path: Path, count: Count
) -> None:
    alone = corner(tmp_path / "alone")  # without workers: they must not change a bit either
    assert start(zygote, alone, []).wait() == 0
    dice, kills, voices = random.Random(3), count(3, 6), 0
    while kills > 0:
        folder = corner(tmp_path / f"voice{voices}")
        voices += 1
        kills -= len(kill_at_random(zygote, folder, TWO_WORKERS, min(kills, 4), dice))
        assert_equal_to(alone / "run", folder / "run")


def test_death_of_a_rank_is_told_with_its_number_and_ends_the_run_at_once(
    zygote: Zygote, tmp_path: Path
) -> None:
    folder = corner(tmp_path / "voice")
    trainer = start(zygote, folder, [*TWO_RANKS, "--steps", "100000"])
    wait_until(lambda: steps_told(folder / "run") > 0, "a step")
    (rank_1,) = [member for member in group_of(trainer) if member.pid != trainer.pid]
    rank_1.kill()
    killed = time.monotonic()
    assert trainer.wait() == 1
    assert time.monotonic() - killed < 30
    state = json.loads((folder / "run" / "state.json").read_text())
    assert state["state"] == "failed"
    assert state["reason"].startswith("rank 1 was killed by SIGKILL")
    assert "Traceback" not in trainer.output


def test_a_rank_that_cannot_read_a_clip_ends_the_run_for_good_with_its_sentence(
    zygote: Zygote, tmp_path: Path
) -> None:
    folder = corner(tmp_path / "voice")
    trainer = start(zygote, folder, [*TWO_RANKS, "--steps", "100000"])
    wait_until(lambda: steps_told(folder / "run") > 0, "a step")
    for clip in folder.glob("*.wav"):
        clip.unlink()
    assert trainer.wait() == 2, "bad input, whichever rank met it: another start would end the same way"
    state = json.loads((folder / "run" / "state.json").read_text())
    assert (state["state"], state["exit_code"]) == ("failed", 2)
    assert ".wav" in state["reason"]


def test_kill_of_the_leader_ends_ranks_and_loader_workers(zygote: Zygote, tmp_path: Path) -> None:
    folder = corner(tmp_path / "voice")
    trainer = start(zygote, folder, [*TWO_RANKS, *TWO_WORKERS, "--steps", "100000"])
    wait_until(lambda: steps_told(folder / "run") > 0, "a step")
    assert len(group_of(trainer)) == 6, "two ranks with two loader workers each"
    trainer.kill()
    wait_until(lambda: not group_of(trainer), "the end of the others", 20)
