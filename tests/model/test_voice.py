"""The voice as a whole: it learns, speaks, and is the same again for the same seed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine import config as configs
from engine.config import Config
from engine.model.losses import kl_loss
from engine.model.voice import Voice, build_voice

VARIANTS = ["multiband", "multistream", "istft", "stochastic", "speakers", "light blocks"]


def small(root: Path, variant: str = "multiband") -> Config:
    """The small config, turned into one of the variants."""
    config = configs.load(root / "configs" / "small_cpu.json")
    model = dataclasses.replace(config.model, p_dropout=0.0)
    data = config.data
    if variant in ("multistream", "istft"):
        model = dataclasses.replace(model, decoder=variant)
    if variant == "istft":
        model = dataclasses.replace(model, subbands=1, upsample_rates=(8, 8))
    if variant == "stochastic":
        model = dataclasses.replace(model, use_sdp=True)
    if variant == "speakers":
        model = dataclasses.replace(model, gin_channels=16)
        data = dataclasses.replace(data, n_speakers=3)
    if variant == "light blocks":
        model = dataclasses.replace(model, resblock="2")
    return dataclasses.replace(config, model=model, data=data)


def voice(root: Path, variant: str = "multiband") -> Voice:
    torch.manual_seed(3)
    made = build_voice(small(root, variant), 178)
    # a fresh flow is the identity; give it something to do
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if ".post." in name or (name.startswith("dp.") and name.endswith("proj.weight")):
                parameter.normal_(0, 0.05)
    return made


def batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    ids = torch.randint(1, 178, (2, 21), generator=g)
    spec = torch.randn(2, 513, 60, generator=g).exp()
    return ids, torch.tensor([21, 15]), spec, torch.tensor([60, 44])


def speaker(variant: str) -> Tensor | None:
    return torch.tensor([0, 2]) if variant == "speakers" else None


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_pass_has_its_shapes_and_moves_every_parameter(root: Path, variant: str) -> None:
    config = small(root, variant)
    model = voice(root, variant).train()
    out = model(*batch(), speaker(variant))
    segment = config.train.segment_size
    assert out.wave_B1L.shape == (2, 1, segment)
    rate = 1 if variant == "multistream" else 4
    assert (out.bands_BKL is None) == (variant == "istft")
    assert out.bands_BKL is None or out.bands_BKL.shape == (2, 4, segment // rate)
    assert out.path_BFN.shape == (2, 60, 21)
    assert out.m_p.shape == out.logs_p.shape == out.z.shape == (2, config.model.inter_channels, 60)
    assert out.duration_loss_B.shape == (2,)
    assert (out.starts_B >= 0).all()
    assert (out.starts_B + segment // 256 <= torch.tensor([60, 44])).all()
    loss = out.wave_B1L.square().mean() + out.duration_loss_B.sum()
    loss = loss + kl_loss(out.z_p, out.logs_q, out.m_p, out.logs_p, out.spec_mask)
    loss.backward()
    for name, parameter in model.named_parameters():
        if name.endswith("conv_k.bias"):
            continue  # a constant on every key leaves the softmax as it is
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_training_pass_and_speech_are_functions_of_their_seed_alone(root: Path) -> None:
    model = voice(root, "stochastic").eval()
    ids, lengths, _, _ = batch()
    before = torch.random.get_rng_state()
    seeds = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    with torch.no_grad():
        first, same, other = (model(*batch(), generator=seed) for seed in seeds)
    for field in dataclasses.fields(first):
        assert torch.equal(getattr(first, field.name), getattr(same, field.name)), field.name
    assert not torch.equal(first.z, other.z)
    assert not torch.equal(first.duration_loss_B, other.duration_loss_B)
    spoken = [model.infer(ids, lengths, generator=seed, max_frames=80).wave_B1L for seed in seeds]
    assert torch.equal(spoken[0], spoken[1]) and torch.isfinite(spoken[0]).all()
    assert spoken[0].shape != spoken[2].shape or not torch.equal(spoken[0], spoken[2])
    assert torch.equal(torch.random.get_rng_state(), before), "the global generator is not used"


def test_length_scale_stretches_and_max_frames_bounds(root: Path) -> None:
    model = voice(root).eval()
    ids, lengths, _, _ = batch()
    plain, slow = (model.infer(ids, lengths, length_scale=scale) for scale in (1.0, 3.0))
    assert (slow.frames_B > plain.frames_B).all()
    bounded = model.infer(ids, lengths, length_scale=1e30, max_frames=50)
    assert bounded.frames_B.tolist() == [50, 50]
    assert bounded.wave_B1L.shape == (2, 1, 50 * 256)
    assert torch.equal(plain.path_BFN.sum((1, 2)).long(), plain.frames_B)


def test_padding_does_not_change_an_item(root: Path) -> None:
    model = voice(root).eval()
    ids, lengths, spec, frames = batch()
    with torch.no_grad():
        hidden = model.enc_p(ids, lengths)[0]
        alone = model.enc_p(ids[1:, :15], lengths[1:])[0]
        torch.testing.assert_close(hidden[1:, :, :15], alone, rtol=1e-4, atol=1e-5)
        starts = torch.tensor([3, 5])

        def seeded() -> torch.Generator:
            return torch.Generator().manual_seed(9)

        out = model(ids, lengths, spec, frames, segment_starts_B=starts, generator=seeded())
        spec[1, :, 44:] = 100.0
        ids[1, 15:] = 7
        again = model(ids, lengths, spec, frames, segment_starts_B=starts, generator=seeded())
    for field in dataclasses.fields(out):
        assert torch.equal(getattr(out, field.name), getattr(again, field.name)), field.name


def test_speakers_are_asked_for(root: Path) -> None:
    ids, lengths, _, _ = batch()
    with pytest.raises(ValueError, match="several speakers"):
        voice(root, "speakers").infer(ids, lengths)


def test_bfloat16_autocast_trains_with_float32_outputs(root: Path) -> None:
    model = voice(root, "stochastic").train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(*batch())
    for name in ("wave_B1L", "bands_BKL", "duration_loss_B", "z", "z_p", "m_p", "logs_p", "m_q", "logs_q"):
        assert getattr(out, name).dtype == torch.float32, name
    (out.wave_B1L.square().mean() + out.duration_loss_B.sum()).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
