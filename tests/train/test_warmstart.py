"""Somebody else's weights start a new voice: what fits is taken, what does not is listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from engine.config import Config
from engine.model.voice import build_voice
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205
from engine.train.checkpoints import warmstart


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


def test_text_embedding_is_carried_by_symbol(tiny_config: Config, tmp_path: Path) -> None:
    turned = (ENGLISH_178[0], *reversed(ENGLISH_178[1:]))
    # the second table is told by the config beside the checkpoint, the others by their size
    for theirs, ours in ((MULTILINGUAL_205, ENGLISH_178), (turned, ENGLISH_178), (ENGLISH_178, turned)):
        source, target = build_voice(tiny_config, len(theirs)), build_voice(tiny_config, len(ours))
        (tmp_path / "config.json").unlink(missing_ok=True)
        if theirs is turned:
            (tmp_path / "config.json").write_text(replace(tiny_config, symbols=turned).to_json())
        fit = warmstart.start_from(target, save(source, tmp_path / "G_9.pth"), ours)
        for symbol in ("a", "ˈ", "ʃ", "_"):
            here, there = ours.index(symbol), theirs.index(symbol)
            assert torch.equal(target.enc_p.emb.weight[here], source.enc_p.emb.weight[there]), symbol
        assert len(theirs) == 178 or any("178 of 178 rows by symbol" in line for line in fit.carried)


def speakers_of(config: Config, names: tuple[str, ...]) -> Config:
    data, model = replace(config.data, n_speakers=len(names)), replace(config.model, gin_channels=8)
    return replace(config, data=data, model=model, speakers=names)


def test_speakers_are_carried_by_name_where_both_sides_name_them(tiny_config: Config, tmp_path: Path) -> None:
    there = speakers_of(tiny_config, ("anna", "ben", "cleo"))
    theirs = build_voice(there, 178)
    (tmp_path / "config.json").write_text(there.to_json())
    names = ("cleo", "dan", "anna")
    ours = build_voice(speakers_of(tiny_config, names), 178)
    fit = warmstart.start_from(ours, save(theirs, tmp_path / "G_9.pth"), ENGLISH_178, names)
    assert torch.equal(ours.emb_g.weight[0], theirs.emb_g.weight[2])
    assert torch.equal(ours.emb_g.weight[2], theirs.emb_g.weight[0])
    assert torch.allclose(ours.emb_g.weight[1], theirs.emb_g.weight.mean(0))
    assert any("2 of 3 speakers by name, the rest start as the average voice" in line for line in fit.carried)
    (tmp_path / "config.json").unlink()  # then they keep their numbers
    more = build_voice(speakers_of(tiny_config, ("1", "2", "3", "4")), 178)
    warmstart.start_from(more, tmp_path / "G_9.pth", ENGLISH_178)
    assert torch.equal(more.emb_g.weight[:3], theirs.emb_g.weight)
    assert torch.allclose(more.emb_g.weight[3], theirs.emb_g.weight.mean(0))


def test_parts_that_do_not_fit_are_listed(tiny_config: Config, tmp_path: Path) -> None:
    wider = replace(tiny_config, model=replace(tiny_config.model, upsample_initial_channel=32))
    path = save(build_voice(wider, 178), tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    assert any(line.startswith("dec.conv_pre") for line in fit.left_out)
    assert not any(line.startswith("enc_p.") for line in fit.left_out)
