"""Batches without recordings: noise with the shapes of speech, of different lengths on purpose."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch

from engine.audio.mel import linear_spectrogram
from engine.config import Config
from engine.dataset.loader.batch import Batch, collate
from engine.dataset.loader.dataset import Clip
from engine.train.seeds import seed_step
from engine.train.state import TrainingState, new_state

CPU = torch.device("cpu")


def noise_batch(config: Config, frames: tuple[int, ...] = (60, 50, 47, 40), *, speakers: int = 0) -> Batch:
    """A clip for each number of frames, named 0.wav, 1.wav, ...; half as many symbols, give or take."""
    data = config.data
    dice = torch.Generator().manual_seed(7)
    clips = []
    for index, count in enumerate(frames):
        wav_L = 0.1 * torch.randn(count * data.hop_length, generator=dice)
        spec_CF = linear_spectrogram(wav_L[None], data.filter_length, data.hop_length, data.win_length)[0]
        ids_N = torch.randint(1, 170, (max(5, count // 2 - 3 * index),), generator=dice)
        speaker = index % speakers if speakers else None
        clips.append(Clip(ids_N, wav_L, spec_CF, speaker, f"{index}.wav"))
    return collate(clips)


def fresh(config: Config) -> TrainingState:
    """A new state on the CPU, the same every time, with the step's randomness seeded."""
    state = new_state(config, 178, CPU)
    seed_step(1, 0)
    return state


def memory_of(state: TrainingState) -> dict[str, object]:
    """A copy of all that a step may move."""
    return {
        name: copy.deepcopy(getattr(state, name).state_dict())
        for name in ("voice", "discriminators", "optimizer_g", "optimizer_d", "scaler")
    }


def same(left: object, right: object) -> bool:
    """Whether two trees of tensors are equal to the bit."""
    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
        return torch.equal(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    """A run folder's events of one kind."""
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


def alerts(folder: Path) -> list[str]:
    """The sentences that a person was told."""
    return [event["text"] for event in events(folder, "alert")]
