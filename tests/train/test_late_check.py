"""Steps whose finiteness the device decides and the host reads a step later, as on a GPU; here on a CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.config import Config
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.batch import Batch
from engine.errors import HopelessRun
from engine.runs import checkpoints
from engine.train.checkpoints import checkpoint
from engine.train.finite import LateCheck
from engine.train.loop import Training
from engine.train.nan_guard import NanGuard
from engine.train.reporter import Reporter
from engine.train.signals import StopRequest
from engine.train.state import new_state
from engine.train.step import TrainingStep
from tests.train.conftest import with_train
from tests.train.synthetic import CPU, alerts, fresh, memory_of, noise_batch, same


def spoiled(batch: Batch) -> Batch:
    """The batch with NaN in the first clip's wave and spectrogram."""
    broken = batch.to("cpu")
    for tensor in (broken.wav_B1L, broken.spec_BCF):
        tensor[0].fill_(torch.nan)
    return broken


def test_a_late_check_changes_no_finite_step(tiny_config: Config) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    now, late = TrainingStep(fresh(tiny_config)), TrainingStep(fresh(tiny_config))
    assert now.late_check is None  # a CPU waits for nothing
    late.late_check = LateCheck()
    assert same(now(batch), late(batch))
    assert same(memory_of(now.state), memory_of(late.state))
    late(batch)
    assert late.late_check.take_fault() is None


def test_a_step_that_is_not_finite_changes_nothing_and_is_told_a_step_later(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    state = fresh(tiny_config)
    step = TrainingStep(state)
    step.late_check = LateCheck()
    guard = NanGuard(step, state, tmp_path, reporter, late_check=step.late_check)
    guard(batch)
    state.position.step = 1
    before = memory_of(state)
    guard(spoiled(noise_batch(tiny_config, (50, 40))))
    assert same(memory_of(state), before)
    assert alerts(tmp_path) == []
    state.position.step = 2
    guard(batch)
    assert not same(memory_of(state), before)
    assert guard.in_a_row == 1
    [alert] = alerts(tmp_path)
    assert alert.startswith("step 2 was left out")
    assert "in 0.wav (its recording holds values that are not finite)" in alert
    state.position.step = 3
    guard(batch)
    assert guard.in_a_row == 0


def test_the_last_step_is_told_when_the_run_ends_and_the_weights_saved_are_finite(
    corner: Path, tiny_config: Config
) -> None:
    """As on a GPU: the device decides, and no step follows that would tell."""
    state, folder = fresh(tiny_config), corner / "run"
    reporter = Reporter(folder, 2, CPU)
    run = Training(folder, state, prepare_data(tiny_config, corner), reporter, StopRequest(), 2)
    run.recovery.step.late_check = run.step.late_check = LateCheck()
    factors = iter([1.0, torch.nan])
    next(state.voice.flow.parameters()).register_hook(lambda gradient: gradient * next(factors))
    assert run.run() == "finished"
    reporter.close()
    [alert] = alerts(folder)
    assert alert.startswith("step 2 was left out: grad_norm_g is NaN or infinite")
    saved = fresh(tiny_config)
    assert checkpoint.restore(saved, folder) == (checkpoints.candidates(folder)[0], [])
    assert {float(held["step"]) for held in saved.optimizer_g.state.values()} == {1.0}


def test_late_faults_in_a_row_end_the_run(tiny_config: Config, tmp_path: Path, reporter: Reporter) -> None:
    bad = spoiled(noise_batch(tiny_config, (50, 40)))
    state = fresh(tiny_config)
    step = TrainingStep(state)
    step.late_check = LateCheck()
    guard = NanGuard(step, state, tmp_path, reporter, late_check=step.late_check)
    with pytest.raises(HopelessRun, match="3 steps in a row were NaN or infinite, up to step 3"):
        for number in range(9):
            state.position.step = number
            guard(bad)
    assert state.position.step == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_step_on_a_gpu_does_not_wait_for_it(tiny_config: Config) -> None:
    gpu = torch.device("cuda")
    step = TrainingStep(new_state(with_train(tiny_config, precision="auto"), 178, gpu))
    batch = noise_batch(tiny_config, (50, 40)).to(gpu)
    step(batch)  # makes windows and filters, and compiles the alignment search
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            step(batch)
            assert step.late_check is not None and step.late_check.take_fault() is None
    finally:
        torch.cuda.set_sync_debug_mode("default")
