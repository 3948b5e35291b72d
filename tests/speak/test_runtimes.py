"""Runtimes and precisions: the same samples from all, whole and in windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from engine.config import Config
from engine.errors import InputError
from engine.model.voice import Noise
from engine.speak import torch_network
from engine.speak.loading import load_speaker, runtime_of
from engine.speak.manner import Manner
from engine.speak.network import Scales, WindowedNetwork, Windows
from engine.speak.onnx import graphs
from engine.speak.onnx.quantise import signal_to_noise
from engine.speak.synthesis import Speaker
from engine.speak.windows import Array
from engine.train.state import has_bfloat16
from tests.speak.conftest import make_run
from tests.speak.test_conversion import VARIANTS, config_of
from tests.train.conftest import TINY

IDS = tuple(range(20, 90))
SLOW = 16.0  # so slowly that all sizes of windows occur
Load = Callable[[Path, Config], Speaker]
LOADS: dict[str, Load] = {
    "torch": partial(torch_network.load, device="cpu"),
    "onnx": partial(graphs.load),
}


def said(speaker: Speaker, *, live: bool = False, number: int = 0) -> Array:
    """All samples of a sentence."""
    scales, windows = Scales(length=SLOW), Windows() if live else None
    return np.concatenate(list(speaker.network.say(IDS, number, scales, (7,), windows)))


@pytest.fixture
def variant(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Config]:
    """A checkpoint of three speakers and its config."""
    config = config_of(request.param)
    return make_run(tmp_path, config) / "G_3.pth", config


@pytest.mark.parametrize("variant", VARIANTS, indirect=True)
def test_runtimes_and_windows_give_the_samples_of_the_model(variant: tuple[Path, Config]) -> None:
    voice, _symbols = torch_network.read_voice(*variant, device="cpu")
    noise, ids = np.random.default_rng([7]), torch.tensor([IDS])
    rhythm = torch.from_numpy(noise.standard_normal((1, 2, len(IDS)), dtype=np.float32))
    drawn = noise.standard_normal((20000, voice.inter_channels), dtype=np.float32)
    frames = voice.infer(ids, torch.tensor([len(IDS)]), torch.tensor([1]), length_scale=SLOW).frames_B
    prior = torch.from_numpy(drawn[: int(frames)].T)[None]
    given = Noise(prior_BCF=prior, duration_B2N=rhythm)
    wanted = voice.infer(ids, torch.tensor([len(IDS)]), torch.tensor([1]), length_scale=SLOW, noise=given)
    wanted_L = wanted.wave_B1L[0, 0].numpy()
    assert len(wanted_L) > 10 * 22050
    for load in LOADS.values():
        speaker = load(*variant)
        whole = said(speaker, number=1)
        assert whole.shape == wanted_L.shape
        assert np.abs(whole - wanted_L).max() <= 1e-4 * np.abs(wanted_L).max()
        live = said(speaker, number=1, live=True)
        assert np.abs(live - whole).max() <= 1e-5 * np.abs(whole).max()


def test_stochastic_durations_are_the_same_by_onnx(tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, model=dataclasses.replace(TINY.model, use_sdp=True))
    run = make_run(tmp_path, config)
    one, other = (said(load(run / "G_3.pth", config)) for load in LOADS.values())
    assert one.shape == other.shape
    assert np.abs(one - other).max() <= 1e-4 * np.abs(one).max()


def test_padded_lengths_give_what_the_length_itself_gives(run: Path) -> None:
    voice, _symbols = torch_network.read_voice(run / "G_3.pth", TINY, "cpu")
    network = torch_network.load(run / "G_3.pth", TINY, device="cpu").network
    assert isinstance(network, torch_network.TorchNetwork)
    noise = np.random.default_rng(1)
    for frames in (1, 2, 31, 32, 33, 63, 129, 255, 256, 257, 300):
        z_CF = noise.standard_normal((voice.inter_channels, frames), dtype=np.float32)
        given = torch.from_numpy(z_CF)[None]
        with torch.inference_mode():
            latent = voice.flow(given, torch.ones(1, 1, frames), None, inverse=True)[0].numpy()
            wave_L = voice.dec(given).wave_B1L[0, 0].numpy()
        assert np.abs(network.flow(z_CF, 0) - latent).max() <= 1e-5 * np.abs(latent).max()
        assert np.abs(network.decode(z_CF) - wave_L).max() <= 1e-5 * np.abs(wave_L).max()
    for count in (1, 31, 32, 33, 70):
        ids = torch.tensor([IDS[:count]])
        zeros = np.zeros((2, count), np.float32)
        durations_N, mean_CN, _logs = network.read(IDS[:count], 0, zeros)
        _hidden, mean_BCN, _logs_BCN, _mask = voice.enc_p(ids, torch.tensor([count]))
        assert np.abs(mean_CN - mean_BCN[0].detach().numpy()).max() < 1e-5
        assert durations_N.shape == (count,)


def test_first_samples_come_before_the_last_are_made(run: Path) -> None:
    network = cast(WindowedNetwork, LOADS["torch"](run / "G_3.pth", TINY).network)
    seen: list[int] = []
    decode = network.decode

    def watch(z_CF: Array) -> Array:
        seen.append(z_CF.shape[1])
        return decode(z_CF)

    network.decode = watch  # type: ignore[method-assign]
    pieces = network.say(IDS, 0, Scales(length=SLOW), (7,), Windows())
    first = next(pieces)
    assert len(first) == 16 * 256
    assert seen == [16 + network.decoder_context]
    list(pieces)
    assert max(seen) <= 256 + 64 + 2 * network.decoder_context


def test_int8_keeps_durations_and_is_made_beside_fp32(run: Path) -> None:
    checkpoint = run / "G_3.pth"
    fp32, int8 = (graphs.load(checkpoint, TINY, precision) for precision in ("fp32", "int8"))
    assert signal_to_noise(said(fp32), said(int8)) > 35
    assert np.abs(said(fp32) - said(int8)).max() > 0
    made = sorted(path.name for path in (run / "onnx_graphs").iterdir())
    parts = ["G_3.decoder-int8.onnx", "G_3.decoder.onnx", "G_3.flow.onnx", "G_3.json", "G_3.text.onnx"]
    assert made == parts


def test_bf16_is_near_fp32_where_there_are_units(run: Path) -> None:
    if not has_bfloat16(torch.device("cpu")):
        with pytest.raises(InputError, match="this processor has no units for bf16"):
            load_speaker(run / "G_3.pth", TINY, precision="bf16")
        assert load_speaker(run / "G_3.pth", TINY).network.precision == "fp32"
        return
    fp32, bf16 = (
        load_speaker(run / "G_3.pth", TINY, runtime="torch", precision=each) for each in ("fp32", "auto")
    )
    assert (fp32.network.precision, bf16.network.precision) == ("fp32", "bf16")
    assert 30 < signal_to_noise(said(fp32), said(bf16)) < 70


def test_graphs_follow_their_checkpoint(run: Path) -> None:
    checkpoint, made = run / "G_3.pth", 0

    def count() -> None:
        nonlocal made
        made += 1

    first = said(graphs.load(checkpoint, TINY, on_making=count))
    assert np.array_equal(said(graphs.load(checkpoint, TINY, on_making=count)), first)
    assert made == 1
    graphs.load(checkpoint, TINY, "int8")
    tree = torch.load(checkpoint, weights_only=True)
    tree["model"]["dec.conv_pre.bias"] += 1.0
    torch.save(tree, checkpoint)  # another voice under the same name
    assert not np.array_equal(said(graphs.load(checkpoint, TINY, on_making=count)), first)
    assert made == 2 and not (run / "onnx_graphs" / "G_3.decoder-int8.onnx").exists()
    checkpoint.rename(run / "G_4.pth")
    graphs.load(run / "G_4.pth", TINY)
    assert {path.name.partition(".")[0] for path in (run / "onnx_graphs").iterdir()} == {"G_4"}


def test_damaged_graphs_are_made_anew_and_what_is_not_ours_stays(run: Path) -> None:
    checkpoint, folder = run / "G_3.pth", run / "onnx_graphs"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"of somebody else")
    first = said(graphs.load(checkpoint, TINY))
    (folder / "G_3.text.onnx").unlink()
    assert runtime_of(checkpoint, TINY, "auto") == "torch"
    assert np.array_equal(said(graphs.load(checkpoint, TINY)), first)
    (folder / "G_3.flow.onnx").write_bytes(b"cut")
    assert np.array_equal(said(graphs.load(checkpoint, TINY)), first)
    assert (folder / "model.onnx").read_bytes() == b"of somebody else"


def test_sentence_without_end_is_refused(run: Path) -> None:
    for load in LOADS.values():
        with pytest.raises(InputError, match="one sentence would last more than 120 s; speak with an older"):
            list(load(run / "G_3.pth", TINY).network.say(IDS, 0, Scales(length=900.0), (1,), None))


def test_auto_takes_onnx_once_it_was_used(run: Path) -> None:
    checkpoint = run / "G_3.pth"
    assert [runtime_of(checkpoint, TINY, each) for each in ("auto", "int8")] == ["torch", "onnx"]
    load_speaker(checkpoint, TINY, runtime="onnx")
    assert [runtime_of(checkpoint, TINY, each) for each in ("auto", "bf16")] == ["onnx", "torch"]
    assert load_speaker(checkpoint, TINY).network.runtime == "onnx"


@pytest.mark.parametrize(
    ("runtime", "precision", "sentence"),
    [
        ("torch", "int8", "torch has no precision int8; choose one of auto, fp32, bf16"),
        ("onnx", "bf16", "onnx has no precision bf16; choose one of auto, fp32, int8"),
        ("tensorrt", "auto", "there is no runtime tensorrt; choose one of auto, torch, onnx"),
        ("auto", "fp64", "there is no precision fp64"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(
    run: Path, runtime: str, precision: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        load_speaker(run / "G_3.pth", TINY, runtime=runtime, precision=precision)


def test_int8_needs_texts_of_the_run(run: Path) -> None:
    (run / "prepared.jsonl").unlink()
    with pytest.raises(InputError, match="no text to find the ranges of 8 bits on; choose a checkpoint of a"):
        graphs.load(run / "G_3.pth", TINY, "int8")


@pytest.mark.parametrize("count", [1, 4])
def test_several_sentences_at_once_are_those_of_one_after_the_other(
    run: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("engine.speak.synthesis.cores", lambda: count)
    text = "One here. Two there, and more. Three. Four at last. Five."
    for load in LOADS.values():
        speaker = load(run / "G_3.pth", TINY)
        at_once = np.concatenate([part.wave for part in speaker.stream(text, Manner(seed=3))])
        live = np.concatenate([part.wave for part in speaker.stream(text, Manner(seed=3), is_live=True)])
        assert at_once.shape == live.shape
        assert np.abs(at_once - live).max() <= 1e-5 * np.abs(live).max()
