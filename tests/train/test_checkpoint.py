"""A checkpoint is a unit: whole, verified, newest first, and never silently replaced by a fresh start."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.config import Config
from engine.errors import InputError
from engine.speak.synthesis import Speaker
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


def test_manifest_names_the_hash_of_every_file(state: TrainingState, tmp_path: Path) -> None:
    checkpoint.save(at(state, 5), tmp_path, mel=1.5)
    manifest = json.loads((tmp_path / "5.manifest.json").read_text())
    for name in ("G_5.pth", "D_5.pth", "S_5.pth"):
        assert manifest["files"][name]["sha256"] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert manifest["files"][name]["bytes"] == (tmp_path / name).stat().st_size
    assert manifest["mel"] == 1.5


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
    if (name, damage) != ("20.manifest.json", "delete"):  # then 20 is not a checkpoint at all
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
    Speaker.load(generator, state.config, "cpu")
    hurt(generator, "flip")
    with pytest.raises(InputError, match=r"G_10\.pth"):
        Speaker.load(generator, state.config, "cpu")


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


def test_newest_three_and_the_best_are_kept(state: TrainingState, tmp_path: Path) -> None:
    for step, mel in [(10, 3.0), (20, 1.0), (30, 2.0), (40, 2.5), (50, None), (60, 2.2)]:
        checkpoint.save(at(state, step), tmp_path, mel=mel)
    assert [found.step for found in checkpoint.candidates(tmp_path)] == [60, 50, 40, 20]
    assert sorted(path.name for path in tmp_path.glob("*_*.pth")) == sorted(
        f"{kind}_{step}.pth" for kind in "GDS" for step in (20, 40, 50, 60)
    )


def test_unfinished_save_is_no_checkpoint_and_is_removed(state: TrainingState, tmp_path: Path) -> None:
    checkpoint.save(at(state, 10), tmp_path)
    checkpoint.save(at(state, 20), tmp_path)
    (tmp_path / "20.manifest.json").unlink()
    assert [found.step for found in checkpoint.candidates(tmp_path)] == [10]
    checkpoint.remove_leftovers(tmp_path)
    assert not list(tmp_path.glob("*_20.pth"))


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


def test_an_optimiser_of_other_parameters_is_refused_before_anything_changes(
    state: TrainingState, tmp_path: Path
) -> None:
    checkpoint.save(at(state, 300), tmp_path)
    for name in ("S_300.pth", "300.manifest.json"):  # as from the family's own tools
        (tmp_path / name).unlink()
    tree = torch.load(tmp_path / "D_300.pth", weights_only=True)
    tree["optimizer"]["param_groups"][0]["params"] = [0]
    torch.save(tree, tmp_path / "D_300.pth")
    at(state, 1)
    with pytest.raises(InputError) as caught:
        checkpoint.restore(state, tmp_path)
    assert "belongs to other parameters" in caught.value.details[0]
    assert (first_weight(state), state.position.step) == (1, 1)


def test_moments_of_another_shape_are_refused(state: TrainingState, tmp_path: Path) -> None:
    state.discriminators(torch.zeros(1, 1, 8)).sum().backward()
    state.optimizer_d.step()
    checkpoint.save(at(state, 300), tmp_path)
    for name in ("S_300.pth", "300.manifest.json"):
        (tmp_path / name).unlink()
    tree = torch.load(tmp_path / "D_300.pth", weights_only=True)
    tree["optimizer"]["state"][0], tree["optimizer"]["state"][1] = (
        tree["optimizer"]["state"][1],
        tree["optimizer"]["state"][0],
    )
    torch.save(tree, tmp_path / "D_300.pth")
    with pytest.raises(InputError) as caught:
        checkpoint.restore(state, tmp_path)
    assert "belongs to other parameters" in caught.value.details[0]


def test_checkpoint_of_another_shape_is_named(state: TrainingState, tmp_path: Path) -> None:
    checkpoint.save(at(state, 10), tmp_path)
    other = new_state(state.config, 205, torch.device("cpu"))
    with pytest.raises(InputError) as caught:
        checkpoint.restore(other, tmp_path)
    assert "another shape" in caught.value.details[0]
    assert "178 x 16, this config needs 205 x 16" in caught.value.details[0]


SAVER = """
import sys, torch
from pathlib import Path
from dataclasses import replace
from tests.train.conftest import TINY
from engine.train.checkpoints import checkpoint
from engine.train.state import new_state
torch.set_num_threads(1)
state = new_state(TINY, 178, torch.device("cpu"))
state.discriminators = torch.nn.Conv1d(1, 4, 3)
state.optimizer_d = torch.optim.AdamW(state.discriminators.parameters())
print("ready", flush=True)
for step in range(1, 10_000):
    state.position.step = step
    checkpoint.save(state, Path(sys.argv[1]))
    print(step, flush=True)
"""


def test_kill_while_saving_leaves_only_whole_checkpoints(state: TrainingState, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    for attempt in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        for _ in range(2 + attempt):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        checkpoint.remove_leftovers(tmp_path)
        found, passed_over = checkpoint.restore(state, tmp_path)
        assert found is not None
        assert passed_over == []
        assert all(not path.name.startswith(".") for path in tmp_path.iterdir())
