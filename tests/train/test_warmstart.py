"""Somebody else's weights start a new voice: what fits is taken, what does not is listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.config import Config
from engine.errors import InputError
from engine.model.voice import build_voice
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205
from engine.train import warmstart


def save(voice: torch.nn.Module, path: Path) -> Path:
    torch.save({"model": voice.state_dict(), "iteration": 9, "optimizer": {}, "learning_rate": 1e-4}, path)
    return path


def test_same_network_is_taken_over_whole(tiny_config: Config, tmp_path: Path) -> None:
    theirs = build_voice(tiny_config, 178)
    path = save(theirs, tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    assert fit.left_out == []
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], tensor), name


def test_text_embedding_moves_by_symbol_between_tables(tiny_config: Config, tmp_path: Path) -> None:
    theirs = build_voice(tiny_config, 205)
    path = save(theirs, tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    source, target = theirs.enc_p.emb.weight, ours.enc_p.emb.weight
    for symbol in ("a", "ˈ", "ʃ", "_"):
        assert torch.equal(target[ENGLISH_178.index(symbol)], source[MULTILINGUAL_205.index(symbol)]), symbol
    assert any("178 of 178 rows by symbol" in line for line in fit.carried)


def test_speakers_are_carried_and_new_ones_start_as_the_average(tiny_config: Config, tmp_path: Path) -> None:
    def speakers(count: int) -> Config:
        return replace(
            tiny_config,
            data=replace(tiny_config.data, n_speakers=count),
            model=replace(tiny_config.model, gin_channels=8),
        )

    theirs = build_voice(speakers(2), 178)
    ours = build_voice(speakers(4), 178)
    warmstart.start_from(ours, save(theirs, tmp_path / "G_9.pth"), ENGLISH_178)
    assert torch.equal(ours.emb_g.weight[:2], theirs.emb_g.weight)
    assert torch.allclose(ours.emb_g.weight[3], theirs.emb_g.weight.mean(0))


def test_parts_that_do_not_fit_are_listed(tiny_config: Config, tmp_path: Path) -> None:
    wider = replace(tiny_config, model=replace(tiny_config.model, upsample_initial_channel=32))
    path = save(build_voice(wider, 178), tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    assert any(line.startswith("dec.conv_pre") for line in fit.left_out)
    assert not any(line.startswith("enc_p.") for line in fit.left_out)


def test_file_without_a_model_is_refused(tiny_config: Config, tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, tmp_path / "G_9.pth")
    with pytest.raises(InputError, match="no `model`"):
        warmstart.start_from(build_voice(tiny_config, 178), tmp_path / "G_9.pth", ENGLISH_178)
