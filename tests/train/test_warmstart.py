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


def test_text_embedding_moves_by_symbol_between_tables(tiny_config: Config, tmp_path: Path) -> None:
    theirs = build_voice(tiny_config, 205)
    path = save(theirs, tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    source, target = theirs.enc_p.emb.weight, ours.enc_p.emb.weight
    for symbol in ("a", "ˈ", "ʃ", "_"):
        assert torch.equal(target[ENGLISH_178.index(symbol)], source[MULTILINGUAL_205.index(symbol)]), symbol
    assert any("178 of 178 rows by symbol" in line for line in fit.carried)


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


def test_a_table_of_the_same_size_and_another_order_is_carried_by_symbol(
    tiny_config: Config, tmp_path: Path
) -> None:
    theirs = build_voice(tiny_config, 178)
    path = save(theirs, tmp_path / "G_9.pth")
    turned = (ENGLISH_178[0], *reversed(ENGLISH_178[1:]))
    ours = build_voice(tiny_config, 178)
    warmstart.start_from(ours, path, turned)
    for symbol in ("a", "ʃ", "ˈ"):
        here, there = turned.index(symbol), ENGLISH_178.index(symbol)
        assert torch.equal(ours.enc_p.emb.weight[here], theirs.enc_p.emb.weight[there]), symbol
    # and back, told by the config beside the checkpoint
    (tmp_path / "config.json").write_text(replace(tiny_config, symbols=turned).to_json())
    again = build_voice(tiny_config, 178)
    warmstart.start_from(again, save(ours, path), ENGLISH_178)
    row = ENGLISH_178.index("ʃ")
    assert torch.equal(again.enc_p.emb.weight[row], theirs.enc_p.emb.weight[row])


def test_parts_that_do_not_fit_are_listed(tiny_config: Config, tmp_path: Path) -> None:
    wider = replace(tiny_config, model=replace(tiny_config.model, upsample_initial_channel=32))
    path = save(build_voice(wider, 178), tmp_path / "G_9.pth")
    ours = build_voice(tiny_config, 178)
    fit = warmstart.start_from(ours, path, ENGLISH_178)
    assert any(line.startswith("dec.conv_pre") for line in fit.left_out)
    assert not any(line.startswith("enc_p.") for line in fit.left_out)
