"""A checkpoint is a unit: whole, verified, newest first, and never silently replaced by a fresh start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.config import Config
from engine.errors import InputError
from engine.speak.torch_network import read_voice
from engine.train.checkpoints import checkpoint
from engine.train.state import TrainingState, new_state


@pytest.fixture
def state(tiny_config: Config) -> TrainingState:
    fresh = new_state(tiny_config, 178, torch.device("cpu"))
    # the six discriminators hold 46.7 M weights; one layer is enough to see that D_ files are D_ files
    fresh.discriminators = torch.nn.Conv1d(1, 4, 3)  # type: ignore[assignment]
    fresh.optimizer_d = torch.optim.AdamW(fresh.discriminators.parameters())
    return fresh


def at(state: TrainingState, step: int) -> TrainingState:
    state.position.step = step
    with torch.no_grad():
        next(iter(state.voice.parameters())).fill_(step)
    return state


def first_weight(state: TrainingState) -> float:
    return float(next(iter(state.voice.parameters())).detach().flatten()[0])


def test_saved_state_is_restored(state: TrainingState, tmp_path: Path) -> None:
    state.position.epoch, state.position.batch = 3, 2
    checkpoint.save(at(state, 7), tmp_path)
    at(state, 1)
    found, passed_over = checkpoint.restore(state, tmp_path)
    assert found is not None
    assert (state.position.step, state.position.epoch, state.position.batch) == (7, 3, 2)
    assert first_weight(state) == 7
    assert passed_over == []


def test_files_carry_the_family_keys(state: TrainingState, tmp_path: Path) -> None:
    checkpoint.save(at(state, 5), tmp_path)
    tree = torch.load(tmp_path / "G_5.pth", weights_only=True)
    assert set(tree) == {"model", "iteration", "optimizer", "learning_rate"}
    assert tree["model"].keys() == state.voice.state_dict().keys()
    assert (tmp_path / "G_5.pth").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["flip", "truncate", "zero", "delete"])
@pytest.mark.parametrize("name", ["G_20.pth", "D_20.pth", "S_20.pth", "20.manifest.json"])
def test_damaged_checkpoint_falls_back_to_previous(
    state: TrainingState, tmp_path: Path, name: str, damage: str
) -> None:
    checkpoint.save(at(state, 10), tmp_path)
    checkpoint.save(at(state, 20), tmp_path)
    hurt(tmp_path / name, damage)
    at(state, 1)
    found, passed_over = checkpoint.restore(state, tmp_path)
    assert found is not None
    assert found.step == 10
    assert first_weight(state) == 10
    if (name, damage) == (
        "20.manifest.json",
        "delete",
    ):  # as a kill while saving leaves it: no checkpoint at all
        checkpoint.remove_leftovers(tmp_path)
        assert not list(tmp_path.glob("*_20.pth"))
    else:
        assert len(passed_over) == 1
        assert "20" in passed_over[0]


def hurt(path: Path, damage: str) -> None:
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 0x10
    elif damage == "truncate":
        del data[len(data) // 2 :]
    elif damage == "zero":
        data[: len(data) // 2] = bytes(len(data) // 2)
    path.write_bytes(data)
    if damage == "delete":
        path.unlink()


def test_a_flipped_bit_does_not_speak(state: TrainingState, tmp_path: Path) -> None:
    generator = checkpoint.save(at(state, 10), tmp_path).generator
    read_voice(generator, state.config, "cpu")
    hurt(generator, "flip")
    with pytest.raises(InputError, match=r"G_10\.pth"):
        read_voice(generator, state.config, "cpu")


def test_all_damaged_stops_with_the_list(state: TrainingState, tmp_path: Path) -> None:
    for step in (10, 20):
        checkpoint.save(at(state, step), tmp_path)
        hurt(tmp_path / f"G_{step}.pth", "flip")
    with pytest.raises(InputError, match="none of the checkpoints can be used") as caught:
        checkpoint.restore(state, tmp_path)
    assert [("G_20" in line, "G_10" in line) for line in caught.value.details] == [
        (True, False),
        (False, True),
    ]


def test_family_pair_without_manifest_is_resumed(state: TrainingState, tmp_path: Path) -> None:
    state.position.epoch = 4
    checkpoint.save(at(state, 300), tmp_path)
    for name in ("S_300.pth", "300.manifest.json"):
        (tmp_path / name).unlink()
    at(state, 1)
    found, _ = checkpoint.restore(state, tmp_path)
    assert found is not None
    assert found.family
    assert (state.position.step, state.position.epoch, state.position.batch) == (300, 4, 0)


def other_parameters(optimizer: dict[str, Any]) -> None:
    optimizer["param_groups"][0]["params"] = [0]


def moments_swapped(optimizer: dict[str, Any]) -> None:
    state = optimizer["state"]
    state[0], state[1] = state[1], state[0]


@pytest.mark.parametrize("change", [other_parameters, moments_swapped])
def test_optimiser_of_other_parameters_is_refused_before_anything_changes(
    state: TrainingState, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    state.discriminators(torch.zeros(1, 1, 8)).sum().backward()
    state.optimizer_d.step()
    checkpoint.save(at(state, 300), tmp_path)
    for name in ("S_300.pth", "300.manifest.json"):  # as from the family's own tools
        (tmp_path / name).unlink()
    tree = torch.load(tmp_path / "D_300.pth", weights_only=True)
    change(tree["optimizer"])
    torch.save(tree, tmp_path / "D_300.pth")
    at(state, 1)
    with pytest.raises(InputError) as caught:
        checkpoint.restore(state, tmp_path)
    assert "belongs to other parameters" in caught.value.details[0]
    assert (first_weight(state), state.position.step) == (1, 1)


def test_checkpoint_of_another_shape_is_named(state: TrainingState, tmp_path: Path) -> None:
    checkpoint.save(at(state, 10), tmp_path)
    other = new_state(state.config, 205, torch.device("cpu"))
    with pytest.raises(InputError) as caught:
        checkpoint.restore(other, tmp_path)
    assert "another shape" in caught.value.details[0]
    assert "178 x 16, this config needs 205 x 16" in caught.value.details[0]
