"""The best weights are a file of their own: never pruned, compared across restarts, whole after a kill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.checkpoint_file import check_kind
from engine.config import Config
from engine.errors import InputError
from engine.files import atomic
from engine.runs import best, checkpoints
from engine.runs.best import deciding
from engine.speak.choice import choose
from engine.speak.torch_network import read_voice
from engine.train.checkpoints import checkpoint, manifest, saver
from engine.train.checkpoints.saver import CheckpointSaver, checkpoint_bytes
from engine.train.reporter import Reporter
from engine.train.state import TrainingState, new_state
from tests.train.conftest import with_train
from tests.train.synthetic import CPU
from tests.train.test_checkpoint import at, hurt

CER, MEL, LOSS = "quality/cer/held_out", "quality/mel/held_out", "loss/val/mel"


@pytest.fixture
def state(tiny_config: Config) -> TrainingState:
    fresh = new_state(tiny_config, 178, CPU)
    fresh.discriminators = torch.nn.Conv1d(1, 4, 3)  # type: ignore[assignment]
    fresh.optimizer_d = torch.optim.AdamW(fresh.discriminators.parameters())
    return fresh


def save(state: TrainingState, folder: Path, step: int, **figures: float) -> None:
    tags = {"cer": CER, "mel": MEL, "loss": LOSS}
    checkpoint.save(at(state, step), folder, {tags[name]: value for name, value in figures.items()})


def best_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("best_*"))


def best_step(folder: Path) -> int | None:
    found = best.find(folder)
    return None if found is None else found.step


@pytest.mark.parametrize(
    ("figures", "decides"),
    [
        ({LOSS: 20.0, MEL: 0.5, CER: 0.2}, (CER, 0.2)),
        ({LOSS: 20.0, MEL: 0.5}, (MEL, 0.5)),
        ({LOSS: 20.0, "quality/cer/trained": 0.1, "quality/mos/held_out": 2.0}, (LOSS, 20.0)),
        ({LOSS: 20.0, MEL: float("nan"), CER: float("inf")}, (LOSS, 20.0)),
        ({LOSS: float("nan")}, None),
        ({}, None),
    ],
)
def test_character_error_decides_then_mel_error(
    figures: dict[str, float], decides: tuple[str, float] | None
) -> None:
    assert deciding(figures) == decides


def test_best_weights_are_never_pruned_and_the_older_best_is_deleted(
    state: TrainingState, tmp_path: Path
) -> None:
    for step, value in [(10, 3.0), (20, 1.0), (30, 2.0), (40, 2.5), (50, 1.1), (60, 2.2)]:
        save(state, tmp_path, step, loss=value)
    checkpoint.save(at(state, 70), tmp_path)  # without a validation
    assert [found.step for found in checkpoints.candidates(tmp_path)] == [70, 60, 50]
    assert best_files(tmp_path) == ["best_20.manifest.json", "best_20.pth"]
    assert checkpoint.prune(tmp_path, keep=0) and best_step(tmp_path) == 20
    assert not list(tmp_path.glob("[0-9GDS]*"))


def test_of_equal_figures_the_newest_is_the_best(state: TrainingState, tmp_path: Path) -> None:
    for step in (10, 20):
        save(state, tmp_path, step, cer=1.0)
    assert best_step(tmp_path) == 20


def test_best_file_has_the_family_keys_and_the_weights_of_its_step(
    state: TrainingState, tmp_path: Path
) -> None:
    save(state, tmp_path, 10, loss=3.0)
    path = tmp_path / "best_10.pth"
    check_kind(path)
    tree = torch.load(path, weights_only=True)
    assert set(tree) == {"model", "iteration", "optimizer", "learning_rate"}
    genuine = torch.load(tmp_path / "G_10.pth", weights_only=True)["model"]
    assert all(torch.equal(tensor, genuine[name]) for name, tensor in tree["model"].items())
    assert path.stat().st_size < (tmp_path / "G_10.pth").stat().st_size * 1.1
    assert path.stat().st_mode & 0o777 == 0o600
    assert manifest.read(tmp_path / "best_10.manifest.json")["value"] == 3.0


def test_resumed_run_continues_to_compare(state: TrainingState, tmp_path: Path) -> None:
    save(state, tmp_path, 10, cer=0.3)
    checkpoint.save(at(state, 20), tmp_path)
    again = new_state(state.config, 178, CPU)
    again.discriminators, again.optimizer_d = state.discriminators, state.optimizer_d
    checkpoint.restore(again, tmp_path)
    save(again, tmp_path, 30, cer=0.4)
    assert best_step(tmp_path) == 10
    save(again, tmp_path, 40, cer=0.2)
    assert best_step(tmp_path) == 40


def test_another_deciding_figure_starts_the_comparison_anew(state: TrainingState, tmp_path: Path) -> None:
    save(state, tmp_path, 10, mel=0.1)
    save(state, tmp_path, 20, mel=0.2, cer=0.9)  # the judge was installed meanwhile
    assert str(best.find(tmp_path)) == "step 20 (character error 0.9)"
    save(state, tmp_path, 30, mel=0.05, cer=0.95)
    assert best_step(tmp_path) == 20
    save(state, tmp_path, 40, mel=0.01)  # the judge was removed
    assert str(best.find(tmp_path)) == "step 40 (mel L1 0.01)"


def test_a_judge_that_fails_once_does_not_replace_the_best_file(
    tiny_config: Config, state: TrainingState, tmp_path: Path
) -> None:
    state.config = with_train(tiny_config, whisper_model="tiny.en")
    save(state, tmp_path, 10, mel=0.2, cer=0.3)
    save(state, tmp_path, 20, mel=0.1)
    save(state, tmp_path, 30, loss=1.0)
    assert best_step(tmp_path) == 10


class Killed(BaseException):
    """Stands for kill -9: no code of ours handles it."""


CALLS = ("open", "fsync", "replace", "unlink")


def test_kill_between_any_two_writes_leaves_a_valid_best_file(
    state: TrainingState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for deadly in range(60):
        folder = tmp_path / str(deadly)
        folder.mkdir()
        save(state, folder, 10, loss=3.0)
        with monkeypatch.context() as patch:
            if not kill_before(patch, deadly, state, folder):
                break
        checkpoint.remove_leftovers(folder)
        path, _ = choose(folder)
        assert path.stem in ("best_10", "best_20")
        checkpoint.verify_generator(path)
        tree = torch.load(path, weights_only=True)
        assert float(next(iter(tree["model"].values())).flatten()[0]) == int(path.stem.removeprefix("best_"))
        assert len(list(folder.glob("best_*.pth"))) == len(list(folder.glob("best_*.json")))
        found, passed_over = checkpoint.restore(state, folder)
        assert found is not None and passed_over == []
        outcomes.append(path.stem)
    assert {"best_10", "best_20"} == set(outcomes) and len(outcomes) > 10


def kill_before(patch: pytest.MonkeyPatch, deadly: int, state: TrainingState, folder: Path) -> bool:
    """Save a better step 20; whether it was killed before the call number `deadly` to the file system."""
    import os

    left = deadly

    def counted(name: str) -> object:
        genuine = getattr(os, name)

        def call(*args: object, **kwargs: object) -> object:
            nonlocal left
            if left <= 0:  # what would clean up after an error is dead, too
                raise Killed
            left -= 1
            return genuine(*args, **kwargs)

        return call

    for name in CALLS:
        patch.setattr(os, name, counted(name))
    patch.setattr(atomic, "sync_folder", lambda _folder: None)
    try:
        save(state, folder, 20, loss=1.0)
    except Killed:
        return True
    return False


def old_folder(state: TrainingState, folder: Path) -> None:
    """A run folder of an older version: the manifest holds `mel`, S_ holds `best_mel`, no best file."""
    for step, mel in ((10, 1.0), (20, 2.0), (30, None)):
        checkpoint.save(at(state, step), folder)
        path = manifest.path_of(folder, step)
        tree = manifest.read(path)
        fields = {name: tree[name] for name in ("step", "epoch", "batch", "created", "files")}
        manifest.write(path, fields | {"mel": mel})


def test_run_folder_of_an_older_version_has_its_flagged_best(state: TrainingState, tmp_path: Path) -> None:
    old_folder(state, tmp_path)
    assert str(best.find(tmp_path)) == "step 10 (mel loss 1)"
    assert choose(tmp_path)[0] == tmp_path / "G_10.pth"
    found, passed_over = checkpoint.restore(state, tmp_path)
    assert (found and found.step, passed_over) == (30, [])
    save(state, tmp_path, 40, loss=1.5)
    assert [one.step for one in checkpoints.candidates(tmp_path)] == [40, 30, 20, 10]
    save(state, tmp_path, 50, loss=0.5)
    assert [one.step for one in checkpoints.candidates(tmp_path)] == [50, 40, 30]
    assert best_files(tmp_path) == ["best_50.manifest.json", "best_50.pth"]


def test_the_best_speaks_unless_another_is_named_and_is_said(state: TrainingState, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint yet"):
        choose(tmp_path)
    checkpoint.save(at(state, 5), tmp_path)
    assert choose(tmp_path) == (tmp_path / "G_5.pth", "speaking with the newest checkpoint, step 5")
    with pytest.raises(InputError, match="no best checkpoint yet"):
        choose(tmp_path, "best")
    save(state, tmp_path, 1200, cer=0.21)
    for step in (1300, 1400, 1500):
        save(state, tmp_path, step, cer=0.4)
    said = "speaking with the best checkpoint, step 1200 (character error 0.21)"
    assert choose(tmp_path) == choose(tmp_path, "best") == (tmp_path / "best_1200.pth", said)
    assert choose(tmp_path, "newest")[0].name == "G_1500.pth"
    assert choose(tmp_path, "1400")[0].name == "G_1400.pth"
    assert choose(tmp_path, "1200")[0].name == "best_1200.pth"  # its G_ is pruned
    with pytest.raises(
        InputError, match="no checkpoint 5; choose best, newest or one of 1200, 1300, 1400, 1500"
    ):
        choose(tmp_path, "5")


@pytest.mark.parametrize("damage", ["flip", "truncate", "zero"])
def test_damaged_best_file_does_not_speak(state: TrainingState, tmp_path: Path, damage: str) -> None:
    save(state, tmp_path, 10, loss=3.0)
    path, _ = choose(tmp_path)
    read_voice(path, state.config, "cpu")
    hurt(path, damage)
    with pytest.raises(InputError, match=r"best_10\.pth"):
        read_voice(path, state.config, "cpu")


def test_damaged_or_missing_manifests_are_no_best(state: TrainingState, tmp_path: Path) -> None:
    save(state, tmp_path, 10, loss=3.0)
    good = (tmp_path / "best_10.manifest.json").read_text()
    for text in ("{", "[1]", json.dumps({"step": 10, "tag": 3, "value": "low"})):
        (tmp_path / "best_10.manifest.json").write_text(text)
        assert best.find(tmp_path) is None
    (tmp_path / "best_10.manifest.json").write_text(good)
    (tmp_path / "best_10.pth").unlink()
    assert best.find(tmp_path) is None


def test_best_file_counts_in_the_room_that_a_save_needs(
    state: TrainingState, tmp_path: Path, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, both = checkpoint_bytes(state), checkpoint_bytes(state, with_best=True)
    save_with = CheckpointSaver(tmp_path, reporter, stops_waiting=lambda: True).save
    monkeypatch.setattr(saver, "free_bytes", lambda _: both - 1)
    assert save_with(at(state, 10), {LOSS: 1.0}) is None
    assert not list(tmp_path.glob("*.pth"))
    assert save_with(at(state, 10), {}) is not None
    monkeypatch.setattr(saver, "free_bytes", lambda _: both)
    assert save_with(at(state, 20), {LOSS: 1.0}) is not None
    written = (tmp_path / "best_20.pth").stat().st_size
    assert written <= both - alone <= 1.1 * written
