"""A corpus of six short clips and a network small enough for a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from engine.config import Config, DataConfig, ModelConfig, TrainConfig
from engine.model.voice import build_voice
from engine.runs import registry
from engine.train.reporter import Reporter

PHONEMES = [
    "həlˈoʊ wˈɜːld",
    "ɐ θˈɜːd lˈaɪn",
    "wˈʌn tˈuː",
    "ðə kwˈɪk fˈɑːks",
    "dʒˈʌmps",
    "ˌoʊvɚ ðə lˈeɪzi dˈɑːɡ",
]
TINY = Config(
    train=TrainConfig(batch_size=2, log_interval=1, eval_interval=1000, segment_size=4096),
    data=DataConfig(training_files="train.txt.cleaned", validation_files="val.txt.cleaned"),
    model=ModelConfig(
        inter_channels=16,
        hidden_channels=16,
        filter_channels=32,
        n_layers=1,
        upsample_initial_channel=16,
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1, 3, 5),),
        discriminator_channels=256,  # the family's are 46.7 million weights, 560 MB a save
    ),
)

TWO = replace(  # with two speakers
    TINY,
    model=replace(TINY.model, gin_channels=8),
    data=replace(TINY.data, n_speakers=2),
    speakers=("anna", "ben"),
)


def write_run(folder: Path, config: Config) -> None:
    """A stopped run with a checkpoint of fresh weights, of which the flow does something."""
    registry.prepare(folder, kind="train", argv=["train"], config_json=config.to_json())
    registry.StateFile(folder).update(state="stopped", step=1)
    torch.manual_seed(0)
    weights = build_voice(config, 178).state_dict()
    for name, weight in weights.items():
        if ".post." in name:
            weight.normal_(0, 0.3)
    for side in ("G", "D"):
        torch.save({"model": weights}, folder / f"{side}_1.pth")


def write_clip(path: Path, seconds: float, seed: int, rate: int = 22050) -> None:
    """A wav of a wavering tone with noise, mono PCM16."""
    time = np.arange(int(seconds * rate)) / rate
    random = np.random.default_rng(seed)
    tone = 0.3 * np.sin(2 * np.pi * (150 + 20 * seed) * time + 3 * np.sin(9 * time))
    soundfile.write(path, tone + 0.02 * random.standard_normal(len(time)), rate, subtype="PCM_16")


def write_lists(folder: Path, config: Config) -> None:
    """Six clips in `folder`, four to train and two to validate, with config.json in the run folder `run`."""
    lines = []
    for index, phonemes in enumerate(PHONEMES):
        write_clip(folder / f"{index}.wav", 1.0 + 0.1 * index, index)
        lines.append(f"{index}.wav|{phonemes}\n")
    (folder / "train.txt.cleaned").write_text("".join(lines[:4]), encoding="utf-8")
    (folder / "val.txt.cleaned").write_text("".join(lines[4:]), encoding="utf-8")
    (folder / "run").mkdir(mode=0o700)
    (folder / "run" / "config.json").write_text(config.to_json())


@pytest.fixture
def tiny_config() -> Config:
    return TINY


@pytest.fixture
def reporter(tmp_path: Path) -> Iterator[Reporter]:
    made = Reporter(tmp_path, 100, torch.device("cpu"))
    yield made
    made.close()


@pytest.fixture
def corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace corner with clips, lists and a run folder, as the current directory."""
    write_lists(tmp_path, TINY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def metrics(run: Path, tag: str = "loss/g/total") -> dict[int, float]:
    """step -> value of one tag from a run's events; the last line may be being written."""
    *lines, _ = (run / "events.jsonl").read_text().split("\n")
    events = map(json.loads, lines)
    return {e["step"]: e["values"][tag] for e in events if e["kind"] == "metric" and tag in e["values"]}


def with_train(config: Config, **changes: object) -> Config:
    return replace(config, train=replace(config.train, **changes))
