"""train.ema: the average follows each update and no skipped one, survives a resume to the bit, and is what speaks."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import nn

from engine.config import Config
from engine.model import moving_average
from engine.speak.torch_network import read_voice
from engine.train.checkpoints import checkpoint
from engine.train.finite import NotFinite
from engine.train.ranks import sharing
from engine.train.ranks.collectives import Peers
from engine.train.state import TrainingState, new_state
from engine.train.step import TrainingStep
from tests.train.conftest import with_train, write_lists
from tests.train.synthetic import CPU, fresh, memory_of, noise_batch, same
from tests.train.test_finite import in_generator
from tests.train.test_training import train


@pytest.fixture
def config(tiny_config: Config) -> Config:
    return with_train(tiny_config, ema=0.9, adversarial_start=1000)


def average_of(state: TrainingState) -> dict[str, torch.Tensor]:
    assert state.average is not None
    return state.average.state_dict()


def trained(config: Config) -> TrainingState:
    """A state whose average differs from its weights."""
    state = fresh(config)
    step, batch = TrainingStep(state), noise_batch(config)
    for state.position.step in (0, 1):
        step(batch)
    return state


def test_average_is_that_of_the_formula() -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.constant_(module.weight, 1.0)
    average = moving_average.begin(module)
    with torch.no_grad():
        module.weight.fill_(2.0)
    moving_average.update(average, module, 0.9, step=0)
    assert average.weight.item() == pytest.approx(0.1 * 1 + 0.9 * 2)  # (1 + 0) / (10 + 0)
    moving_average.update(average, module, 0.9, step=1000)
    assert average.weight.item() == pytest.approx(0.9 * 1.9 + 0.1 * 2)
    assert not average.weight.requires_grad and module.weight.requires_grad


def test_average_does_not_move_where_the_device_left_the_update_out() -> None:
    module = nn.Linear(1, 1, bias=False)
    average = moving_average.begin(module)
    with torch.no_grad():
        module.weight.add_(1.0)
    before = average.weight.item()
    moving_average.update(average, module, 0.9, 1000, torch.tensor(1.0))
    assert average.weight.item() == before
    moving_average.update(average, module, 0.9, 1000, torch.tensor(0.0))
    assert average.weight.item() == pytest.approx(before + 0.1)


def test_average_moves_with_a_step_and_not_with_a_skipped_one(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = trained(config)
    before = copy.deepcopy(average_of(state))
    assert not same(before, state.voice.state_dict())
    in_generator(state, monkeypatch, float("nan"))
    step, batch = TrainingStep(state), noise_batch(config)
    with pytest.raises(NotFinite):
        step(batch)
    assert same(before, average_of(state))
    step(batch)
    assert not same(before, average_of(state))


def test_average_changes_no_weight(config: Config, tiny_config: Config) -> None:
    without = trained(with_train(tiny_config, adversarial_start=1000))
    assert without.average is None and without.speaking is without
    assert same(without.voice.state_dict(), trained(config).voice.state_dict())


def test_resumed_average_is_bit_equal_and_is_the_best(
    corner: Path, tmp_path_factory: pytest.TempPathFactory, config: Config
) -> None:
    unbroken = tmp_path_factory.mktemp("unbroken")
    write_lists(unbroken, config)
    (corner / "run" / "config.json").write_text(config.to_json())
    for folder, steps in ((unbroken, "4"), (corner, "2"), (corner, "4")):
        result = train(folder, "--steps", steps)
        assert result.returncode == 0, result.stdout + result.stderr
    whole, broken = (
        torch.load(folder / "run" / "G_4.pth", weights_only=True) for folder in (unbroken, corner)
    )
    assert same(whole["average"], broken["average"]) and same(whole["model"], broken["model"])
    assert not same(whole["average"], whole["model"])
    (path,) = (unbroken / "run").glob("best_*.pth")
    assert path.name == "best_4.pth"
    assert same(torch.load(path, weights_only=True)["model"], whole["average"])


def test_average_is_what_speaks_from_a_checkpoint(config: Config, tmp_path: Path) -> None:
    state = trained(config)
    checkpoint.save(state, tmp_path)
    voice, _symbols = read_voice(tmp_path / "G_1.pth", config, "cpu")
    emb = voice.enc_p.emb.weight
    assert state.speaking.voice is state.average and state.average is not None
    assert torch.equal(emb, state.average.enc_p.emb.weight)
    assert not torch.equal(emb, state.voice.enc_p.emb.weight)


@pytest.mark.parametrize(("then", "now"), [(0.0, 0.9), (0.9, 0.0)])
def test_average_can_be_switched_on_and_off_between_two_starts(
    config: Config, tmp_path: Path, then: float, now: float
) -> None:
    before = trained(with_train(config, ema=then))
    checkpoint.save(before, tmp_path)
    after = new_state(with_train(config, ema=now), 178, CPU)
    found, passed_over = checkpoint.restore(after, tmp_path)
    assert (found and found.step, passed_over) == (1, [])
    assert same(after.speaking.voice.state_dict(), before.voice.state_dict())


class Tape:
    """Two ranks, one after the other: the source's messages are kept, then the other rank reads them."""

    world = 2

    def __init__(self) -> None:
        self.rank, self.messages = 0, list[bytes]()

    def broadcast(self, data: bytes, _source: int) -> bytes:
        if self.rank == 0:
            self.messages.append(data)
            return data
        return self.messages.pop(0)


def test_every_rank_begins_with_the_same_state_and_average(config: Config) -> None:
    source, other, tape = trained(config), new_state(config, 178, CPU), Tape()
    sharing.share_state(source, cast("Peers", tape), 0)
    tape.rank = 1
    sharing.share_state(other, cast("Peers", tape), 0)
    assert tape.messages == [] and same(average_of(source), average_of(other))
    assert same(memory_of(source), memory_of(other)) and source.position == other.position
