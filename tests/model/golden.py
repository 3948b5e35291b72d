"""Reads the golden pairs and rebuilds what they were recorded with: config, filled weights, inputs, noise."""

from __future__ import annotations

import dataclasses
import json
import os
import zlib
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine import config as configs
from engine.config import Config
from engine.model.discriminators import Discriminators
from engine.model.voice import Noise, Voice, build_voice

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Where the pairs are: $VITSDECK_REFERENCE, else beside the repository."""
    return Path(os.environ.get("VITSDECK_REFERENCE", ROOT.parent / "shared" / "reference"))


def pair_names() -> list[str]:
    """Every name in the folder that has both a .json and a .npz."""
    return sorted(path.stem for path in folder().glob("*.npz") if path.with_suffix(".json").exists())


def fill(module: nn.Module) -> None:
    """Give every parameter the values that the folder's README prescribes for its name."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            random = np.random.RandomState(zlib.crc32(name.encode()))
            r = random.standard_normal(parameter.numel()).astype(np.float32).reshape(tuple(parameter.shape))
            leaf = name.rsplit(".", maxsplit=1)[-1]
            if leaf == "weight_g":
                values = 0.5 + 0.05 * r
            elif leaf == "gamma":
                values = 1 + 0.1 * r
            elif leaf not in ("bias", "beta", "m", "logs") and parameter.ndim >= 2:
                values = 0.4 * r / np.sqrt(parameter[0].numel())
            else:
                values = 0.05 * r
            parameter.copy_(torch.from_numpy(np.asarray(values, dtype=np.float32)))


def noise(name: str, *shape: int) -> Tensor:
    """The standard normal numbers that the pairs were recorded with under this name."""
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    return torch.from_numpy(values.astype(np.float32))


@cache
def discriminators() -> Discriminators:
    """The filled discriminators; every pair was judged by the same ones."""
    made = Discriminators().eval()
    fill(made)
    return made


class Golden:
    """One pair."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.facts: dict[str, Any] = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder() / f"{name}.npz") as arrays:
            self.arrays = {key: torch.from_numpy(arrays[key]) for key in arrays.files}

    @cached_property
    def config(self) -> Config:
        config = configs.load(ROOT / "configs" / f"{self.facts['config']}.json")
        sections = {"train": config.train, "data": config.data, "model": config.model}
        for key, value in self.facts["overrides"].items():
            owner = next(n for n, s in sections.items() if key in {f.name for f in dataclasses.fields(s)})
            sections[owner] = dataclasses.replace(sections[owner], **{key: value})
        return dataclasses.replace(config, **sections)

    def voice(self) -> Voice:
        n_symbols = dict(self.facts["generator"])["enc_p.emb.weight"][0]
        voice = build_voice(self.config, n_symbols).eval()
        fill(voice)
        return voice

    def noise(self) -> Noise:
        channels = self.config.model.inter_channels
        frames = int(self.arrays["infer_frames"].max())
        return Noise(
            posterior_BCF=noise("eps_q", 2, channels, self.arrays["path"].shape[1]),
            prior_BCF=noise("eps_p", 2, channels, frames),
            duration_B2N=noise("e_dp", 2, 2, self.arrays["in_x"].shape[1]),
        )
