"""How AdamW updates: the same numbers in every way, and checkpoints that pass between them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from engine.config import Config, parse
from engine.errors import InputError
from engine.train.checkpoints import checkpoint
from engine.train.memory.oom import OutOfMemory
from engine.train.state import TrainingState
from engine.train.step import TrainingStep
from tests.train.conftest import with_train
from tests.train.synthetic import fresh, memory_of, noise_batch, same


def plain(state: TrainingState) -> torch.optim.AdamW:
    """The generator's optimiser as the family makes it."""
    train = state.config.train
    return torch.optim.AdamW(state.voice.parameters(), train.learning_rate, betas=train.betas, eps=train.eps)


def test_the_same_gradients_change_the_weights_as_the_plain_optimiser_does(tiny_config: Config) -> None:
    ours, theirs = fresh(tiny_config), fresh(tiny_config)
    theirs.optimizer_g = plain(theirs)
    dice = torch.Generator().manual_seed(1)
    for _ in range(3):
        for mine, other in zip(ours.voice.parameters(), theirs.voice.parameters(), strict=True):
            mine.grad = torch.randn(mine.shape, generator=dice)
            other.grad = mine.grad.clone()
        ours.optimizer_g.step()
        theirs.optimizer_g.step()
    for mine, other in zip(ours.voice.parameters(), theirs.voice.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-7)  # a step moves a weight by 2e-4


def test_a_checkpoint_of_the_plain_optimiser_continues_fused_and_the_other_way_round(
    tiny_config: Config,
) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    state = fresh(tiny_config)
    state.optimizer_g = plain(state)
    TrainingStep(state)(batch)
    saved = memory_of(state)

    fused = fresh(tiny_config)
    fused.voice.load_state_dict(saved["voice"])  # type: ignore[arg-type]
    fused.optimizer_g.load_state_dict(copy.deepcopy(saved["optimizer_g"]))  # type: ignore[arg-type]
    assert fused.optimizer_g.param_groups[0]["fused"] is True
    assert same(fused.optimizer_g.state_dict()["state"], saved["optimizer_g"]["state"])  # type: ignore[index]
    TrainingStep(fused)(batch)
    assert {float(held["step"]) for held in fused.optimizer_g.state.values()} == {2.0}

    back = plain(fresh(tiny_config))
    back.load_state_dict(copy.deepcopy(fused.optimizer_g.state_dict()))
    assert same(back.state_dict()["state"], fused.optimizer_g.state_dict()["state"])


@pytest.mark.parametrize("way", ["foreach", "loop"])
def test_the_config_chooses_how_weights_are_updated_and_a_resume_follows_it(
    tiny_config: Config, tmp_path: Path, way: str
) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    before = fresh(tiny_config)
    TrainingStep(before)(batch)
    before.position.step = 1
    checkpoint.save(before, tmp_path)

    after = fresh(with_train(tiny_config, optimizer=way))
    checkpoint.restore(after, tmp_path)
    for optimizer in (after.optimizer_g, after.optimizer_d):
        [group] = optimizer.param_groups
        assert (group["fused"], group["foreach"]) == (False, way == "foreach")
    assert same(memory_of(after)["voice"], memory_of(before)["voice"])
    theirs, ours = (TrainingStep(each).train_discriminators(batch) for each in (before, after))
    assert same(ours, theirs)
    pairs = zip(after.discriminators.parameters(), before.discriminators.parameters(), strict=True)
    for mine, other in pairs:
        torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-6)  # a step moves a weight by 2e-4


def test_only_a_fused_update_is_repeated_when_memory_runs_out(tiny_config: Config) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("no memory")

    for way, error in (("fused", OutOfMemory), ("loop", torch.OutOfMemoryError)):
        state = fresh(with_train(tiny_config, optimizer=way))
        state.optimizer_d.register_step_pre_hook(fail)
        with pytest.raises(error):
            TrainingStep(state)(noise_batch(tiny_config, (50, 40)))


def test_the_config_file_refuses_another_optimizer(tiny_config: Config) -> None:
    assert "optimizer" not in tiny_config.to_json()
    told = r"train\.optimizer: is \"sgd\".*one of fused, foreach, loop"
    with pytest.raises(InputError, match=told):
        parse(with_train(tiny_config, optimizer="sgd").to_json())
