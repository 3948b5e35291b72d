"""Our network against the recorded tensors of the reference implementation, for every pair in the folder.

How far apart: the largest absolute difference of an array over the largest absolute value of the recorded one, which
must stay under 1e-4 (an elementwise ratio would ask for more digits near zero than float32 sums hold). Losses: the
plain relative difference. Alignment paths and frame counts: exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
import torch
from golden import Golden, discriminators, folder, pair_names
from torch import Tensor, nn

from engine.audio.mel import linear_spectrogram, mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.model import losses
from engine.model.masks import length_mask, slice_segments

TOLERANCE = 1e-4
EXACT = ("path", "infer_frames")
MISSING = pytest.mark.skip(reason=f"no golden pairs in {folder()} (set VITSDECK_REFERENCE)")


@dataclass(frozen=True)
class Run:
    """What our code made of one pair's inputs, under the names of the recording."""

    golden: Golden
    shapes: dict[str, list[int]]
    arrays: dict[str, Tensor]
    losses: dict[str, float]
    folded_shapes: dict[str, list[int]]
    folded_wave: Tensor


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in module.state_dict().items()}


@torch.no_grad()
def run(golden: Golden) -> Run:
    config, given, voice = golden.config, golden.arrays, golden.voice()
    data = config.data
    shapes = shapes_of(voice)
    spec = linear_spectrogram(given["in_wav"], data.filter_length, data.hop_length, data.win_length)
    spec = spec * length_mask(given["in_spec_lengths"], spec.shape[2])
    hidden, mean, logs, _ = voice.enc_p(given["in_x"], given["in_x_lengths"])
    arrays = {"in_spec": spec[:, :, ::8], "enc_p_hidden": hidden, "enc_p_mean": mean, "enc_p_logs": logs}
    speaker = given.get("in_sid")
    text = (given["in_x"], given["in_x_lengths"])
    out = voice(
        *text,
        spec,
        given["in_spec_lengths"],
        speaker,
        noise=golden.noise(),
        segment_starts_B=given["in_ids_slice"],
    )
    for name in ("z", "z_p", "m_q", "logs_q"):
        arrays[name] = getattr(out, name)[:, :, ::8]
    spoken = voice.infer(*text, speaker, noise=golden.noise())
    segment, hop = config.train.segment_size, data.hop_length
    arrays |= {
        "wave": out.wave_B1L,
        "dur_loss": out.duration_loss_B,
        "path": out.path_BFN,
        "infer_wave": spoken.wave_B1L,
        "infer_frames": spoken.frames_B,
        "target_mel": slice_segments(mel_from_linear(spec, data), out.starts_B, segment // hop),
        "wave_mel": mel_spectrogram(out.wave_B1L.squeeze(1), data),
    }
    if out.bands_BKL is not None:
        arrays["bands"] = out.bands_BKL
    real = slice_segments(given["in_wav"].unsqueeze(1), out.starts_B * hop, segment)
    judged = [(judge(real), judge(out.wave_B1L)) for judge in discriminators().discriminators]
    scores = [(real_scores, fake_scores) for (real_scores, _), (fake_scores, _) in judged]
    terms = {
        "mel": losses.mel_loss(arrays["target_mel"], arrays["wave_mel"]),
        "kl": losses.kl_loss(out.z_p, out.logs_q, out.m_p, out.logs_p, out.spec_mask),
        "fm": sum(losses.feature_loss(real_maps, fake_maps) for (_, real_maps), (_, fake_maps) in judged),
        "gen": sum(losses.generator_loss(fake_scores) for _, fake_scores in scores),
        "disc": sum(sum(losses.discriminator_loss(*both)) for both in scores),
        "dur": out.duration_loss_B.sum(),
    }
    if config.model.decoder == "multiband" and out.bands_BKL is not None:
        bands = Pqmf(config.model.subbands).analysis(real)
        terms["subband"] = losses.subband_stft_loss(bands, out.bands_BKL, config.train)
    voice.fold_weight_norm()
    folded_wave = voice.infer(*text, speaker, noise=golden.noise()).wave_B1L
    values = {name: value.item() for name, value in terms.items()}
    return Run(golden, shapes, arrays, values, shapes_of(voice), folded_wave)


@pytest.fixture(scope="module", params=pair_names() or [pytest.param("", marks=MISSING)])
def ours(request: pytest.FixtureRequest, one_thread: None) -> Run:
    return run(Golden(request.param))


def test_state_dict_has_the_family_names_and_shapes(ours: Run) -> None:
    assert ours.shapes == dict(ours.golden.facts["generator"])
    if ours.golden.facts["discriminator"] is not None:
        assert shapes_of(discriminators()) == dict(ours.golden.facts["discriminator"])


def test_parameters_stand_in_the_family_order_since_optimisers_number_them(ours: Run) -> None:
    def numbered(names: Iterable[str]) -> list[str]:
        return [name for name in names if name != "dec.updown_filter"]  # a buffer

    assert numbered(ours.shapes) == numbered(ours.golden.facts["generator"])
    if ours.golden.facts["discriminator"] is not None:
        assert list(shapes_of(discriminators())) == list(ours.golden.facts["discriminator"])


def test_every_recorded_array_is_reproduced(ours: Run) -> None:
    recorded = {name: a for name, a in ours.golden.arrays.items() if name == "in_spec" or name[:3] != "in_"}
    assert recorded.keys() == ours.arrays.keys()
    for name, wanted in recorded.items():
        made = ours.arrays[name].to(torch.float64)
        assert made.shape == wanted.shape, name
        distance = (made - wanted).abs().max()
        limit = 0.0 if name in EXACT else TOLERANCE * wanted.to(torch.float64).abs().max()
        assert distance <= limit, f"{name}: {distance:.3g} apart where {limit:.3g} is allowed"


def test_every_recorded_loss_is_reproduced(ours: Run) -> None:
    recorded = ours.golden.facts["losses"]
    assert recorded.keys() == ours.losses.keys()
    assert ours.losses == pytest.approx(recorded, rel=TOLERANCE, abs=0.0)


def test_folding_weight_norm_leaves_the_speech_as_it_was(ours: Run) -> None:
    assert not [name for name in ours.folded_shapes if name.endswith(("weight_g", "weight_v"))]
    wanted = ours.golden.arrays["infer_wave"]
    assert (ours.folded_wave - wanted).abs().max() <= TOLERANCE * wanted.abs().max()
