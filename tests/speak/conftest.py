"""A run that speaks: what every test of speech begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.config import Config
from engine.dataset.prepared import NAME, PreparedClip, PreparedData
from engine.model.voice import build_voice
from tests.train.conftest import TINY


@pytest.fixture
def tiny_config() -> Config:
    return TINY


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with one G_ file of fresh weights, the D_ beside it, and a validation clip."""
    return make_run(tmp_path, TINY)


def make_run(folder: Path, config: Config) -> Path:
    """Fill a run folder. The flow of the weights is not the identity, as a fresh one would be."""
    torch.manual_seed(0)
    model = build_voice(config, 178).state_dict()
    for name, weight in model.items():
        if ".post." in name:
            weight.normal_(0, 0.3)
    for name in ("G_3.pth", "D_3.pth"):
        torch.save({"model": model, "iteration": 1, "optimizer": {}, "learning_rate": 1e-4}, folder / name)
    (folder / "config.json").write_text(config.to_json())
    clips = [PreparedClip("1.wav", 0, tuple(range(20, 60)), 100)]
    (folder / NAME).write_text(PreparedData("", clips, clips).to_jsonl())
    return folder
