"""The plain step has the reference's losses, and ours has the plain step's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bench.plain_step import PlainStep
from engine.audio.mel import linear_spectrogram
from engine.config import Config
from engine.dataset.loader.batch import Batch
from engine.model.masks import length_mask
from engine.train.state import TrainingState
from engine.train.step import TrainingStep
from tests.model.golden import Golden, discriminators, pair_names
from tests.train.synthetic import CPU, fresh, memory_of, noise_batch

WEIGHTS = {"mel": "c_mel", "kl": "c_kl"}


def recorded_batch(golden: Golden) -> Batch:
    """The inputs of a golden pair."""
    given, data = golden.arrays, golden.config.data
    spec = linear_spectrogram(given["in_wav"], data.filter_length, data.hop_length, data.win_length)
    lengths = given["in_spec_lengths"]
    return Batch(
        x_BN=given["in_x"],
        x_lengths_B=given["in_x_lengths"],
        spec_BCF=spec * length_mask(lengths, spec.shape[2]),
        spec_lengths_B=lengths,
        wav_B1L=given["in_wav"].unsqueeze(1),
        wav_lengths_B=lengths * data.hop_length,
        speaker_B=given.get("in_sid"),
        names=("a", "b"),
    )


@pytest.mark.parametrize("name", [name for name in pair_names() if name in ("mini_mb", "istft")])
def test_plain_step_has_the_recorded_losses(name: str) -> None:
    golden = Golden(name)
    voice, judges = golden.voice(), discriminators()
    optimizers = [torch.optim.AdamW(module.parameters()) for module in (voice, judges)]
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    state = TrainingState(
        golden.config, CPU, voice, judges, *optimizers, scaler, fresh(golden.config).position
    )
    noise, starts_B = golden.noise(), golden.arrays["in_ids_slice"]
    values = PlainStep(state)(recorded_batch(golden), noise, starts_B, updates=False)
    train = golden.config.train
    for term, recorded in golden.facts["losses"].items():
        tag = "loss/d/total" if term == "disc" else f"loss/g/{term}"
        weight = getattr(train, WEIGHTS[term]) if term in WEIGHTS else 1.0
        assert float(values[tag]) == pytest.approx(weight * recorded, rel=1e-5), term


@pytest.mark.parametrize(
    ("steps", "decoder"), [(1, "multiband"), (3, "multiband"), (1, "multistream"), (1, "istft")]
)
def test_our_step_has_the_plain_steps_losses(tiny_config: Config, steps: int, decoder: str) -> None:
    model = replace(tiny_config.model, decoder=decoder)
    if decoder == "istft":
        model = replace(model, subbands=1, upsample_rates=(8, 8))
    tiny_config = replace(tiny_config, model=model)
    batch = noise_batch(tiny_config)
    plain, ours = fresh(tiny_config), fresh(tiny_config)
    for one, step in ((plain, PlainStep(plain)), (ours, TrainingStep(ours))):
        one.voice.train()
        one.discriminators.train()
        for _ in range(steps):
            values = step(batch)
            one.position.step += 1
        if one is plain:
            expected = values
    for tag, value in expected.items():
        assert float(values[tag]) == pytest.approx(float(value), rel=1e-6 if steps == 1 else 1e-3), tag
    moved = memory_of(ours)["voice"]
    assert isinstance(moved, dict)
    for name, tensor in plain.voice.state_dict().items():
        torch.testing.assert_close(moved[name], tensor, rtol=0, atol=steps * 4e-4)
