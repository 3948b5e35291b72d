"""A step that fails on one of two ranks fails on both, is reported by the first, and nobody hangs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.runs import checkpoints, launch, registry
from tests.nightly.faults.test_ranks_killed import group_of
from tests.nightly.faults.zygote import ROOT, Child, Zygote
from tests.promises import NOT_FINITE, OUT_OF_MEMORY
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY, metrics, with_train, write_lists
from tests.train.synthetic import alerts, events

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals and fork of POSIX"),
]
CONFIG = with_train(TINY, eval_interval=2)


def train(zygote: Zygote, folder: Path, fault: str, on_rank: int, *, steps: int = 100) -> Child:
    folder.mkdir(exist_ok=True)
    write_lists(folder, CONFIG)
    argv = [fault, str(on_rank), "--run", "run", "--steps", str(steps), "--devices", "2"]
    return zygote.start("tests.nightly.faults.broken_step:main", argv, folder)


def ended_hopeless(trainer: Child, run: Path) -> str:
    """The reason that stands in state.json after everybody has ended by exit code 3."""
    wait_until(lambda: not trainer.is_alive(), "the end of a run that cannot go on", 200)
    assert trainer.wait() == 3, trainer.output
    assert group_of(trainer) == []
    assert "Traceback" not in trainer.output
    state: dict[str, Any] = json.loads((run / "state.json").read_text())
    assert (state["state"], state["exit_code"]) == ("failed", 3)
    return str(state["reason"])


@NOT_FINITE
@pytest.mark.parametrize("on_rank", [0, 1])
def test_nan_on_one_rank_is_left_out_by_both_and_three_end_the_run(
    zygote: Zygote, tmp_path: Path, on_rank: int
) -> None:
    trainer, run = train(zygote, tmp_path, "nan", on_rank), tmp_path / "run"
    reason = ended_hopeless(trainer, run)
    assert reason.startswith("3 steps in a row were NaN or infinite, up to step 5")
    assert "the last finite checkpoint is G_4.pth" in reason
    texts = alerts(run)
    assert [text.partition(":")[0] for text in texts] == [f"step {step} was left out" for step in (3, 4, 5)]
    assert all("loss/g/kl" in text and ".wav" in text for text in texts)
    assert sorted(metrics(run)) == [1, 2], "what was left out has no figures"


@NOT_FINITE
def test_a_weight_that_is_nan_reaches_no_checkpoint(zygote: Zygote, tmp_path: Path) -> None:
    trainer, run = train(zygote, tmp_path, "weights", 0), tmp_path / "run"
    reason = ended_hopeless(trainer, run)
    assert reason.startswith("weights are NaN or infinite at step 2, so it was not saved")
    assert checkpoints.candidates(run) == []


@pytest.fixture(scope="module")
def whole(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    """The losses of two ranks that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    trainer = train(zygote, folder, "none", 0, steps=4)
    assert trainer.wait() == 0, trainer.output
    return metrics(folder / "run")


@OUT_OF_MEMORY
@pytest.mark.parametrize("on_rank", [0, 1])
def test_memory_that_ends_on_one_rank_splits_the_step_on_both(
    zygote: Zygote, tmp_path: Path, on_rank: int, whole: dict[int, float]
) -> None:
    trainer = train(zygote, tmp_path, "memory for one", on_rank, steps=4)
    assert trainer.wait() == 0, trainer.output
    got = metrics(tmp_path / "run")
    assert sorted(got) == [1, 2, 3, 4]
    # pieces draw noise of their own; test_parts proves their loss equal without it
    for step, loss in got.items():
        assert loss == pytest.approx(whole[step], rel=1e-4 if step < 3 else 0.1), step
    texts = [text for text in alerts(tmp_path / "run") if text.startswith("step 3 ")]
    assert "trying again after freeing" in texts[0]
    assert "trying in 2 pieces of 1 utterance" in texts[1]
    assert "take 2 from now on: slower, with the same batch and loss" in texts[2]


@OUT_OF_MEMORY
def test_memory_for_not_one_utterance_ends_the_run_whole_and_names_it(zygote: Zygote, tmp_path: Path) -> None:
    trainer, run = train(zygote, tmp_path, "memory for none", 1), tmp_path / "run"
    reason = ended_hopeless(trainer, run)
    assert reason.startswith("step 3 ran out of memory with one utterance alone: ")
    assert ".wav, 1." in reason, "with its seconds"
    (newest,) = checkpoints.candidates(run)
    assert newest.step == 2
    assert list(run.glob("memory_3*.json")) != []


def test_no_supervisor_starts_again_what_is_hopeless(tmp_path: Path) -> None:
    write_lists(tmp_path, CONFIG)
    run = tmp_path / "run"
    arguments = ["memory for none", "0", "--run", str(run), "--steps", "100", "--devices", "2"]
    launch.start(
        run,
        kind="train",
        argv=[sys.executable, "-m", "tests.nightly.faults.broken_step", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        restarts=True,
        cwd=tmp_path,
    )

    try:
        wait_until(lambda: registry.read_run(run).has_ended, "the end of the run", 250)
    finally:
        launch.stop(run, now=True, wait_s=20)
    ended = registry.read_run(run)
    assert (ended.state, ended.exit_code) == ("failed", 3), ended
    assert ended.reason.startswith("step 3 ran out of memory with one utterance alone: ")
    assert not [event for event in events(run, "alert") if "started again" in event["text"]]
    assert [event["state"] for event in events(run, "state")].count("running") == 1
