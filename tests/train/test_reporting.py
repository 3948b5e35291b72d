"""What continues beside the steps may fail, and is told; it ends no training, and no broken voice is the best one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.config import Config
from engine.errors import HopelessRun
from engine.runs import best, checkpoints
from engine.runs import events as events_module
from engine.runs.health import RULES, Finding
from engine.text.symbols import ENGLISH_178
from engine.train import evaluate
from engine.train import reporter as reporting
from engine.train.loop import Training
from engine.train.reporter import Reporter
from engine.train.signals import StopRequest
from engine.train.state import TrainingState, new_state
from tests.train.synthetic import CPU, alerts, events, fresh


def fails(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("division by zero")


def test_a_rule_of_health_that_raises_is_told_once_and_the_others_are_heard(
    tiny_config: Config,
    tmp_path: Path,
    reporter: Reporter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(RULES, next(iter(RULES)), fails)
    monkeypatch.setitem(RULES, "clips dropped", lambda _: Finding("clips dropped", "warning", "many", "look"))
    monkeypatch.setattr("engine.runs.health.watch.LOOK_SECONDS", 0.0)
    state = fresh(tiny_config)
    for state.position.step in (1, 2, 3):
        reporter.metric(state, {"loss/g/total": 1.0})
    assert [event["step"] for event in events(tmp_path, "metric")] == [1, 2, 3]
    assert [event["rule"] for event in events(tmp_path, "health")] == ["clips dropped"]
    (told,) = alerts(tmp_path)
    assert told.startswith(
        "the rule of health 'discriminator winning' failed and is left out: ZeroDivisionError"
    )
    assert "in fails" in capsys.readouterr().err, "the log says where"


def test_tensorboard_that_fails_costs_its_files_alone(
    tiny_config: Config, tmp_path: Path, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("add_scalar", "flush"):
        monkeypatch.setattr(reporter.train_writer, name, fails)
    state = fresh(tiny_config)
    for state.position.step in (1, 2):
        reporter.metric(state, {"loss/g/total": 1.0})
        reporter.flush_writers()
    assert [event["step"] for event in events(tmp_path, "metric")] == [1, 2]
    (told,) = alerts(tmp_path)
    assert told.startswith("writing figures for TensorBoard failed")


def training(corner: Path, config: Config, reporter: Reporter) -> Training:
    from engine.dataset.clips.validate import prepare_data

    state = new_state(config, len(ENGLISH_178), CPU)
    return Training(corner / "run", state, prepare_data(config, corner), reporter, StopRequest(), 100)


@pytest.fixture
def run(corner: Path, tiny_config: Config) -> Iterator[Training]:
    teller = Reporter(corner / "run", 100, CPU)
    yield training(corner, tiny_config, teller)
    teller.close()


def test_validation_and_samples_that_fail_cost_no_checkpoint(
    run: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate.losses, "mel_loss", fails)
    monkeypatch.setattr(evaluate, "write_pcm16", fails)
    run.state.position.step = 5
    run._evaluate_and_save()
    assert [found.step for found in checkpoints.candidates(run.folder)] == [5]
    assert [text.partition(" failed")[0] for text in alerts(run.folder)] == ["validation", "speaking samples"]
    assert events(run.folder, "checkpoint")[0]["best"] is False


def test_long_work_between_two_steps_gives_signs_of_life(
    run: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(events_module, "_PROGRESS_SECONDS", 0.0)
    run.state.position.step = 5
    run._evaluate_and_save()
    notes = [event["note"] for event in events(run.folder, "progress")]
    sentences = [
        f"speaking sentence {n}, {part}"
        for part, count in (("trained", 4), ("held out", 2))
        for n in range(1, count + 1)
    ]
    samples = ["speaking sample 1", "speaking sample 2"]
    assert notes[: len(sentences) + 3] == ["validation, batch 1", *sentences, *samples]
    assert set(notes[len(sentences) + 3 :]) == {"saving a checkpoint"}
    assert {event["done"] for event in events(run.folder, "progress")} == {5}
    assert (run.folder / "state.json").exists()


def test_a_validation_that_is_nan_is_told_and_never_the_best(
    run: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate.losses, "mel_loss", lambda *_: torch.tensor(float("nan")))
    run.state.position.step = 5
    run._evaluate_and_save()
    assert [saved.step for saved in checkpoints.candidates(run.folder)] == [5]
    assert best.find(run.folder) is None
    assert alerts(run.folder) == ["validation at step 5 is NaN or infinite, and counts as none"]


def poison(state: TrainingState) -> None:
    with torch.no_grad():
        state.voice.dec.conv_pre.bias[0] = float("nan")


def test_weights_that_are_not_finite_are_not_saved_and_end_the_run(run: Training) -> None:
    for run.state.position.step in (5, 6, 7, 8):
        if run.state.position.step == 8:
            poison(run.state)
            with pytest.raises(HopelessRun, match=r"not finite|NaN or infinite at step 8.*G_7\.pth"):
                run._save()
        else:
            run._save()
    assert [found.step for found in checkpoints.candidates(run.folder)] == [7, 6, 5]
