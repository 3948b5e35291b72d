"""The exported graph against torch: golden weights of every decoder, and the ids that each player sends."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.export.graph import PlayerGraph, exported, own_ids
from engine.model.voice import build_voice
from engine.speak.onnx.exported import open_session
from tests.export.support import config_for
from tests.model.golden import Golden, folder, pair_names

TOLERANCE = 1e-4
MISSING = pytest.mark.skip(reason=f"no golden pairs in {folder()} (set VITSDECK_REFERENCE)")
SYMBOLS = (5, 9, 5, 7)
SENT = {
    "ours": [0, 5, 0, 9, 0, 5, 0, 7, 0],
    "Piper without our map": [1, 0, 5, 0, 9, 0, 5, 0, 7, 0, 2],
    "sherpa-onnx": [0, 5, 0, 9, 0, 5, 0, 7, 0, 0],
}


def wave_of(session: object, **inputs: Tensor) -> Tensor:
    """What a session speaks; inputs that its graph has not are left out."""
    wanted = {each.name for each in session.get_inputs()}  # type: ignore[attr-defined]
    feed = {name: value.numpy() for name, value in inputs.items() if name in wanted}
    return torch.from_numpy(session.run(None, feed)[0])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", pair_names() or [pytest.param("", marks=MISSING)])
def test_golden_voice_sounds_as_in_torch(name: str) -> None:
    golden = Golden(name)
    voice, given, noise = golden.voice(), golden.arrays, golden.noise()
    voice.fold_weight_norm()
    session = open_session(exported(voice, golden.config, has_noise_inputs=True))
    speaker = {"sid": given["in_sid"]} if "in_sid" in given else {}
    assert noise.prior_BCF is not None and noise.duration_B2N is not None
    drawn = {"prior": noise.prior_BCF, "duration": noise.duration_B2N}
    scales = torch.tensor([0.667, 1.0, 0.8])
    both = {"input": given["in_x"], "input_lengths": given["in_x_lengths"]}
    wave = wave_of(session, **both, scales=scales, **drawn, **speaker)
    assert wave.shape == given["infer_wave"].shape
    assert (wave - given["infer_wave"]).abs().max() < TOLERANCE
    for item in range(2):
        lengths_B = given["in_x_lengths"][item : item + 1]
        ids_BN = given["in_x"][item : item + 1, : int(lengths_B)]
        speaker_B = given["in_sid"][item : item + 1] if speaker else None
        spoken = voice.infer(ids_BN, lengths_B, speaker_B, noise_scale=0.0, noise_scale_w=0.0)
        alone = wave_of(
            session,
            input=ids_BN,
            input_lengths=lengths_B,
            scales=torch.tensor([0.0, 1.0, 0.0]),
            prior=torch.randn(1, golden.config.model.inter_channels, int(spoken.frames_B)),
            duration=torch.randn(1, 2, ids_BN.shape[1]),
            sid=lengths_B if speaker_B is None else speaker_B,
        )
        assert alone.shape == spoken.wave_B1L.shape
        assert (alone - spoken.wave_B1L).abs().max() < TOLERANCE


@pytest.mark.parametrize(("player", "sent"), SENT.items())
def test_ids_of_every_player_become_those_of_training(player: str, sent: list[int]) -> None:
    padded = torch.tensor([[*sent, 0, 0, 0]])
    ids_BN, lengths_B = own_ids(padded, torch.tensor([len(sent)]), has_blanks=True)
    assert ids_BN[0, : int(lengths_B)].tolist() == SENT["ours"]
    ids_BN, lengths_B = own_ids(padded, torch.tensor([len(sent)]), has_blanks=False)
    assert ids_BN[0, : int(lengths_B)].tolist() == list(SYMBOLS)


def test_voice_without_blanks_keeps_its_own_ids() -> None:
    ids_BN, lengths_B = own_ids(torch.tensor([SYMBOLS]), torch.tensor([4]), has_blanks=False)
    assert ids_BN.tolist() == [list(SYMBOLS)] and lengths_B.tolist() == [4]


def test_players_get_bit_identical_sound_and_nothing_to_say_is_no_crash() -> None:
    config = config_for("english_cleaners2")
    torch.manual_seed(0)
    voice = build_voice(config, 178).eval()
    voice.fold_weight_norm()
    session = open_session(exported(voice, config, {"comment": "piper"}))
    scales = torch.tensor([0.0, 1.0, 0.0])
    waves = [
        wave_of(session, input=torch.tensor([ids]), input_lengths=torch.tensor([len(ids)]), scales=scales)
        for ids in [*SENT.values(), [0], [0, 0], [1, 0, 2]]
    ]
    assert all(torch.equal(wave, waves[0]) for wave in waves[: len(SENT)])
    assert all(np.isfinite(wave.numpy()).all() for wave in waves)
    assert session.get_modelmeta().custom_metadata_map == {"comment": "piper"}
    shape = [each.shape for each in session.get_inputs()]
    assert [each.name for each in session.get_inputs()] == ["input", "input_lengths", "scales"], shape


def test_noise_is_drawn_inside_and_batches_are_possible() -> None:
    config = config_for("english_cleaners2", speakers=("a", "b"))
    torch.manual_seed(0)
    voice = build_voice(config, 178).eval()
    voice.fold_weight_norm()
    session = open_session(exported(voice, config), seed=1)
    inputs = {
        "input": torch.tensor([[0, 5, 0, 9, 0], [0, 6, 0, 0, 0]]),
        "input_lengths": torch.tensor([5, 3]),
        "scales": torch.tensor([0.667, 1.0, 0.8]),
        "sid": torch.tensor([0, 1]),
    }
    one, two = (wave_of(session, **inputs) for _ in range(2))
    assert one.shape[0] == 2
    assert one.shape != two.shape or not torch.equal(one, two)
    flat = torch.tensor([0.0, 1.0, 0.0])
    one, two = (wave_of(session, **inputs | {"scales": flat}) for _ in range(2))
    assert torch.equal(one, two)


def test_diverged_durations_stay_bounded() -> None:
    config = config_for("english_cleaners2")
    voice = build_voice(config, 178).eval()
    voice.fold_weight_norm()
    with torch.no_grad():
        voice.dp.proj.bias.fill_(30.0)  # type: ignore[union-attr, operator]
    graph = PlayerGraph(voice, config, has_images=True)
    graph.most_frames = 50
    wave = graph(torch.tensor([[0, 5, 0]]), torch.tensor([3]), torch.tensor([0.0, 1.0, 0.0]))
    assert wave.shape == (1, 1, 50 * config.data.hop_length)
