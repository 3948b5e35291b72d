"""The real trainer on six short clips: it trains, stops, resumes exactly, and says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.config import Config
from engine.runs.supervisor.worker import RUN_ID_VARIABLE
from engine.train.__main__ import main
from tests.cli_support import Ended, in_process
from tests.train.conftest import metrics, with_train


def train(folder: Path, *arguments: str) -> Ended:
    """The trainer on the run folder `run`, in this process."""
    marked = {RUN_ID_VARIABLE: "test"}  # as if a supervisor held the folder: this process never ends
    return in_process(folder, main, ["--run", "run", *arguments], marked)


def state_of(folder: Path) -> dict[str, object]:
    state: dict[str, object] = json.loads((folder / "run" / "state.json").read_text())
    return state


def weights(folder: Path, step: int) -> dict[str, torch.Tensor]:
    tree = torch.load(folder / "run" / f"G_{step}.pth", weights_only=True)
    return {**tree["model"]}


def test_six_clips_train_and_a_resumed_run_equals_an_unbroken_one(
    corner: Path, tmp_path_factory: pytest.TempPathFactory, tiny_config: Config
) -> None:
    from tests.train.conftest import write_lists

    unbroken = tmp_path_factory.mktemp("unbroken")
    write_lists(unbroken, tiny_config)
    result = train(unbroken, "--steps", "5")
    assert result.returncode == 0, result.stdout + result.stderr
    for steps in ("2", "5"):  # stops in the middle of an epoch of two batches' worth, then continues
        result = train(corner, "--steps", steps)
        assert result.returncode == 0, result.stdout + result.stderr
    assert "resuming from G_2.pth: step 2" in result.stdout
    assert state_of(corner)["state"] == "finished"
    broken_losses, whole_losses = metrics(corner / "run"), metrics(unbroken / "run")
    assert sorted(broken_losses) == [1, 2, 3, 4, 5]
    assert broken_losses == whole_losses
    whole = weights(unbroken, 5)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in weights(corner, 5).items())
    assert_run_folder(corner / "run")


def assert_run_folder(run: Path) -> None:
    """What the contract promises of a finished run's folder."""
    kinds = {json.loads(line)["kind"] for line in (run / "events.jsonl").read_text().splitlines()}
    assert {"metric", "progress", "checkpoint", "sample", "state"} <= kinds
    assert {path.name for path in (run / "samples" / "5").iterdir()} == {
        f"{number}.{kind}" for number in (1, 2) for kind in ("wav", "mel.png", "alignment.png")
    }
    assert list(run.glob("events.out.tfevents.*"))
    # config.json is the test's own; everything else is the trainer's, and private
    made = [path for path in run.rglob("*") if path.name != "config.json"]
    assert not [path for path in made if path.is_file() and path.stat().st_mode & 0o777 != 0o600]
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert json.loads((run / "run.json").read_text())["versions"]["torch"] == torch.__version__


def test_warm_start_is_reported(corner: Path, tiny_config: Config, tmp_path: Path) -> None:
    from engine.model.voice import build_voice

    torch.save({"model": build_voice(tiny_config, 205).state_dict()}, tmp_path / "other.pth")
    result = train(corner, "--steps", "1", "--from", "other.pth")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "started from other.pth" in result.stdout
    assert "rows by symbol" in result.stdout


@pytest.mark.parametrize("fault", ["train.txt.cleaned:3", "train.segment_size"])
def test_bad_input_is_one_sentence_and_exit_2(corner: Path, tiny_config: Config, fault: str) -> None:
    if fault == "train.segment_size":
        text = with_train(tiny_config, segment_size=8000).to_json()
        (corner / "run" / "config.json").write_text(text)
    else:
        (corner / "2.wav").unlink()
    result = train(corner, "--steps", "1")
    assert result.returncode == 2
    assert fault in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert state_of(corner)["state"] == "failed"
