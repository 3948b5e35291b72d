"""NaN and infinity in input, loss and gradient: the voice does not move, the clip is named, three in a row end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.config import Config
from engine.dataset.loader.batch import Batch
from engine.model import losses
from engine.text.symbols import ENGLISH_178
from engine.train.checkpoints import checkpoint
from engine.train.finite import NotFinite
from engine.train.nan_guard import NanGuard
from engine.train.reporter import Reporter
from engine.train.state import TrainingState, new_state
from engine.train.step import TrainingStep
from tests.promises import NOT_FINITE
from tests.train.conftest import with_train
from tests.train.synthetic import CPU, alerts, fresh, memory_of, noise_batch, same
from tests.train.test_training import state_of, train


def first_only(values: Iterator[float]) -> Callable[[Tensor], Tensor | None]:
    """A gradient hook that adds the next value to the gradient, as long as there is one."""

    def add(gradient: Tensor) -> Tensor | None:
        value = next(values, None)
        return None if value is None else gradient + value

    return add


def in_discriminators(state: TrainingState, _: pytest.MonkeyPatch, bad: float) -> None:
    next(state.discriminators.parameters()).register_hook(first_only(iter([bad])))


def in_generator(state: TrainingState, _: pytest.MonkeyPatch, bad: float) -> None:
    next(state.voice.flow.parameters()).register_hook(first_only(iter([bad])))


def in_loss(_: TrainingState, monkeypatch: pytest.MonkeyPatch, bad: float) -> None:
    usual, found = losses.kl_loss, iter([bad])
    monkeypatch.setattr(losses, "kl_loss", lambda *stats: usual(*stats) + next(found, 0.0))


def in_scores(state: TrainingState, _: pytest.MonkeyPatch, bad: float) -> None:
    found = iter([bad])

    def spoil(_: nn.Module, _inputs: Any, judged: Any) -> None:
        judged[0].data[0] += next(found, 0.0)

    state.discriminators.discriminators[0].register_forward_hook(spoil)


@NOT_FINITE
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("put", [in_discriminators, in_generator, in_loss, in_scores])
def test_a_half_with_a_bad_loss_or_gradient_moves_neither_its_network_nor_the_voice(
    tiny_config: Config,
    monkeypatch: pytest.MonkeyPatch,
    put: Callable[[TrainingState, pytest.MonkeyPatch, float], None],
    bad: float,
) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    state = fresh(tiny_config)
    step = TrainingStep(state)
    step(batch)  # the optimisers have moments by now
    before = memory_of(state)
    put(state, monkeypatch, bad)
    with pytest.raises(NotFinite, match="NaN or infinite"):
        step(batch)
    kept = memory_of(state)
    if put in (in_generator, in_loss):
        kept |= {name: before[name] for name in ("discriminators", "optimizer_d")}
    assert same(kept, before)
    step(batch)  # and the next one moves both
    after = memory_of(state)
    assert not same(after["voice"], before["voice"])
    assert not same(after["discriminators"], before["discriminators"])


def poisoned(batch: Batch, row: int, where: str) -> Batch:
    changed = {name: getattr(batch, name) for name in batch.__dataclass_fields__}
    changed[where] = changed[where].clone()
    changed[where][row, 0, 3] = float("nan")
    return Batch(**changed)


@NOT_FINITE
@pytest.mark.parametrize("where", ["wav_B1L", "spec_BCF"])
def test_a_recording_with_nan_is_left_out_and_named(
    tiny_config: Config, tmp_path: Path, reporter: Reporter, where: str
) -> None:
    good = noise_batch(tiny_config)
    state = fresh(tiny_config)
    checkpoint.save(state, tmp_path)
    watch = NanGuard(TrainingStep(state), state, tmp_path, reporter)
    before = memory_of(state)
    bad = poisoned(good, 2, where)
    if where == "wav_B1L":
        bad.wav_B1L[2] = float("nan")  # wherever the segment is
    assert watch(bad) == {}
    assert same(memory_of(state), before)
    (told,) = alerts(tmp_path)
    assert told.startswith("step 1 was left out: ")
    assert "; in 2.wav (its recording holds values that are not finite); " in told
    assert told.endswith("the last finite checkpoint is G_0.pth")
    assert watch(good)
    assert watch.in_a_row == 0


@NOT_FINITE
def test_a_gradient_that_no_utterance_explains_names_them_all_the_log_too(
    tiny_config: Config, tmp_path: Path, reporter: Reporter, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = noise_batch(tiny_config, (50, *[36] * 9))
    state = fresh(tiny_config)
    next(state.voice.parameters()).register_hook(lambda gradient: gradient * float("inf"))
    assert NanGuard(TrainingStep(state), state, tmp_path, reporter)(batch) == {}
    (told,) = alerts(tmp_path)
    assert "grad_norm_g is NaN or infinite; in 0.wav, 1.wav, 2.wav, " in told
    assert (
        "7.wav and 2 more (none of them does it alone); there is no checkpoint with finite weights yet"
        in told
    )
    assert "8.wav, 9.wav" in capsys.readouterr().out


@NOT_FINITE
def test_an_utterance_that_the_voice_cannot_bear_is_found_among_the_others(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    batch = noise_batch(tiny_config)
    state = fresh(tiny_config)
    rare = next(int(symbol) for symbol in batch.x_BN[1] if symbol not in batch.x_BN[[0, 2, 3]])

    def overflow(_: nn.Module, inputs: tuple[Tensor, ...], made: Tensor) -> Tensor:
        return torch.where((inputs[0] == rare).unsqueeze(-1), torch.inf, made)

    state.voice.enc_p.emb.register_forward_hook(overflow)
    assert NanGuard(TrainingStep(state), state, tmp_path, reporter)(batch) == {}
    assert "; in 1.wav (what the voice makes of it is not finite); " in alerts(tmp_path)[0]


def test_a_float16_overflow_lowers_the_loss_scale_and_is_no_fault_until_that_cannot_help(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    state = fresh(tiny_config)
    state.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    next(state.voice.parameters()).register_hook(first_only(iter([float("inf")] * 6)))
    watch = NanGuard(TrainingStep(state), state, tmp_path, reporter)
    before = memory_of(state)
    for scale in (8.0, 4.0, 2.0, 1.0):
        assert watch(batch) == {}
        assert state.scaler.get_scale() == scale
    assert watch.in_a_row == 0
    assert alerts(tmp_path) == []
    watch(batch)
    assert watch.in_a_row == 1
    watch(batch)
    after = memory_of(state)
    assert all(same(after[name], before[name]) for name in ("voice", "optimizer_g"))
    assert watch(batch)
    assert watch.in_a_row == 0


@NOT_FINITE
def test_the_trainer_ends_with_a_reason_and_exit_3_when_steps_stay_infinite(
    corner: Path, tiny_config: Config
) -> None:
    run = corner / "run"
    (run / "config.json").write_text(with_train(tiny_config, learning_rate=1e30).to_json())
    result = train(corner, "--steps", "50")
    assert result.returncode == 3, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    told = state_of(corner)
    assert (told["state"], told["exit_code"]) == ("failed", 3)
    assert str(told["reason"]).startswith("3 steps in a row were NaN or infinite, up to step 3")
    assert [text.split(":")[0] for text in alerts(run)] == [f"step {step} was left out" for step in (1, 2, 3)]
    assert list(run.glob("*.pth")) == [], "weights that are not finite are never saved"


@NOT_FINITE
def test_a_checkpoint_with_nan_is_passed_over_for_the_one_before(corner: Path, tiny_config: Config) -> None:
    state = new_state(tiny_config, len(ENGLISH_178), CPU)
    for step in (1, 2):
        state.position.step = step
        checkpoint.save(state, corner / "run")
        with torch.no_grad():
            state.voice.dec.conv_pre.bias[0] = float("nan")
    result = train(corner, "--steps", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed over: run/G_2.pth: the checkpoint holds NaN in 1 tensor" in result.stdout
    assert "resuming from G_1.pth: step 1" in result.stdout
