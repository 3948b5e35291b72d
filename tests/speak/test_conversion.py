"""A recording by another speaker: in windows as in one piece, to oneself the reconstruction, there and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.audio.mel import linear_spectrogram
from engine.audio.wav import Recording
from engine.config import Config
from engine.errors import InputError
from engine.model.voice import Noise, Voice, build_voice
from engine.speak.conversion import convert_to_file, converted
from tests.train.conftest import TINY, write_clip

RATE, HOP = 22050, 256
OfThree = tuple[Voice, Config]  # a voice with three speakers
VARIANTS = ("multiband", "multistream", "istft", "light blocks", "full size")


def config_of(variant: str) -> Config:
    """Three speakers, one of the decoders; "full size" has the kernels of the family's own configs."""
    model = dataclasses.replace(TINY.model, gin_channels=8)
    if variant in ("multistream", "istft"):
        model = dataclasses.replace(model, decoder=variant)
    if variant == "istft":
        model = dataclasses.replace(model, subbands=1, upsample_rates=(8, 8))
    if variant == "light blocks":
        model = dataclasses.replace(model, resblock="2", resblock_dilation_sizes=((1, 3),))
    if variant == "full size":
        kernels: dict[str, Any] = {"resblock_kernel_sizes": (3, 7, 11)}
        model = dataclasses.replace(model, **kernels, resblock_dilation_sizes=((1, 3, 5),) * 3)
    data = dataclasses.replace(TINY.data, n_speakers=3)
    return dataclasses.replace(TINY, model=model, data=data, speakers=("anna", "ben", "2"))


def voice_of(config: Config) -> Voice:
    """Weights that are large enough for every frame of the context to be heard."""
    torch.manual_seed(5)
    voice = build_voice(config, 178).eval()
    with torch.no_grad():
        for name, parameter in voice.named_parameters():
            if ".post." in name:  # a fresh flow is the identity
                parameter.normal_(0, 0.3)
            elif name.endswith("weight_g"):
                parameter.mul_(1.5)
    return voice


@pytest.fixture
def of_three(request: pytest.FixtureRequest) -> OfThree:
    config = config_of(getattr(request, "param", "multiband"))
    return voice_of(config), config


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three seconds and a part of a frame."""
    write_clip(tmp_path / "in.wav", 3.0051, 1)
    return tmp_path / "in.wav"


def convert(of_three: OfThree, clip: Path, source: int, target: int, **how: Any) -> NDArray[np.float32]:
    return np.concatenate(list(converted(*of_three, Recording(clip), source, target, **how)))


def spectrogram(clip: Path) -> Tensor:
    wave, _ = soundfile.read(clip, dtype="float32")
    return linear_spectrogram(torch.from_numpy(wave)[None], 1024, HOP, 1024)


@pytest.mark.parametrize("of_three", VARIANTS, indirect=True)
def test_windows_give_what_the_whole_gives(of_three: OfThree, clip: Path) -> None:
    whole = convert(of_three, clip, 0, 1, seed=3, window_frames=1000)
    assert len(whole) == int(3.0051 * RATE) // HOP * HOP
    for window_frames in (16, 37, 100):
        pieces = convert(of_three, clip, 0, 1, seed=3, window_frames=window_frames)
        assert len(pieces) == len(whole)
        assert np.abs(pieces - whole).max() <= 1e-5 * np.abs(whole).max()


def context(function: Callable[[Tensor], Tensor], channels: int, samples_out: int = 1) -> tuple[int, int]:
    """How many frames before and behind one its gradient reaches."""
    middle = 60
    x_BCF = torch.randn(1, channels, 120, requires_grad=True)
    answer = function(x_BCF)[..., middle * samples_out : (middle + 1) * samples_out]
    answer.square().sum().backward()
    assert x_BCF.grad is not None
    heard = x_BCF.grad.abs().sum((0, 1)).nonzero()
    return middle - int(heard.min()), int(heard.max()) - middle


@pytest.mark.parametrize("of_three", VARIANTS, indirect=True)
def test_context_is_what_the_networks_look_at(of_three: OfThree) -> None:
    voice, mask = of_three[0], torch.ones(1, 1, 120)
    channels, dec = voice.inter_channels, voice.dec.context_frames
    before, behind = context(lambda z: voice.dec(z).wave_B1L, channels, HOP)
    assert behind <= dec and before in (dec, dec - 1)
    for inverse in (False, True):
        reach = context(partial(voice.flow, mask_B1F=mask, inverse=inverse), channels)
        assert reach == (voice.flow.context_frames,) * 2 == (32, 32)
    reach = context(lambda spec: voice.enc_q(spec, mask, torch.zeros(1))[1], 513)
    assert reach == (voice.enc_q.context_frames,) * 2 == (32, 32)


def test_to_oneself_is_the_reconstruction(of_three: OfThree, clip: Path) -> None:
    spec, voice = spectrogram(clip), of_three[0]
    frames = spec.shape[2]
    noise = np.random.default_rng(3).standard_normal((frames, voice.inter_channels), dtype=np.float32)
    with torch.inference_mode():
        ids, one = torch.ones(1, 5, dtype=torch.long), torch.tensor([1])
        given = Noise(posterior_BCF=torch.from_numpy(noise.T)[None])
        # the training pass, which is compared with the reference implementation's
        z = voice(ids, torch.tensor([5]), spec, torch.tensor([frames]), one, noise=given).z
        wanted = voice.dec(z).wave_B1L[0, 0].numpy()
    same = convert(of_three, clip, 1, 1, seed=3, window_frames=64)
    assert np.abs(same - wanted).max() <= 1e-4 * np.abs(wanted).max()
    assert np.abs(convert(of_three, clip, 1, 2, seed=3) - wanted).max() > 0.01 * np.abs(wanted).max()


def test_there_and_back_returns_the_latent(of_three: OfThree, clip: Path) -> None:
    anna, ben = torch.tensor([0]), torch.tensor([1])
    z, _ = of_three[0].posterior(spectrogram(clip), anna)
    there = of_three[0].convert(z, anna, ben)
    back = of_three[0].convert(there, ben, anna)
    assert (there - z).abs().max() > 0.01 * z.abs().max()
    assert (back - z).abs().max() <= 1e-4 * z.abs().max()


def test_any_recording_is_read_and_progress_is_told(of_three: OfThree, tmp_path: Path) -> None:
    sound = 0.2 * np.random.default_rng(0).standard_normal((4 * 48000, 2))
    soundfile.write(tmp_path / "in.flac", sound, 48000)
    told: list[tuple[int, int]] = []
    made = convert_to_file(
        *of_three,
        tmp_path / "in.flac",
        tmp_path / "out.ogg",
        from_speaker=0,
        to_speaker=2,
        seed=1,
        on_progress=lambda *at: told.append(at),
    )
    info = soundfile.info(tmp_path / "out.ogg")
    assert (info.samplerate, info.channels, made.rate) == (RATE, 1, RATE)
    assert info.duration == pytest.approx(4.0, abs=0.1) == made.seconds
    assert told[-1] == (3, 4) and told == sorted(told)


def test_seed_decides_the_sound(of_three: OfThree, clip: Path) -> None:
    one, same, other = (convert(of_three, clip, 0, 1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "numbers", "sentence"),
    [
        ("in.wav", (0, 3, 1), "there is no speaker 3; choose one from 0 to 2 or one of anna, ben, 2"),
        ("in.wav", (-1, 0, 1), "there is no speaker -1; choose"),
        ("in.wav", (0, 1, -1), "seed is -1"),
        ("short.wav", (0, 1, 1), "short.wav: is shorter than 0.02 s, of which no spectrogram can be made"),
        ("text.wav", (0, 1, 1), "text.wav: cannot be read as audio"),
        ("none.wav", (0, 1, 1), "none.wav: no such file"),
        ("out.wav", (0, 1, 1), "out.wav: would overwrite its own source; choose another file"),
    ],
)
def test_what_cannot_be_converted_is_one_sentence(
    of_three: OfThree, clip: Path, name: str, numbers: tuple[int, int, int], sentence: str
) -> None:
    folder = clip.parent
    write_clip(folder / "short.wav", 0.01, 1)
    (folder / "text.wav").write_text("words")
    if name == "out.wav":
        write_clip(folder / name, 1.0, 1)
    speakers = dict(zip(("from_speaker", "to_speaker", "seed"), numbers, strict=True))
    with pytest.raises(InputError, match=sentence):
        convert_to_file(*of_three, folder / name, folder / "out.wav", **speakers)
    assert name == "out.wav" or not list(folder.glob("*out.wav*"))


def test_voice_of_one_speaker_has_nobody_to_convert_to(clip: Path, tmp_path: Path) -> None:
    alone = build_voice(TINY, 178).eval()
    with pytest.raises(
        InputError, match="this voice has one speaker, and nobody to convert to; choose a run"
    ):
        convert_to_file(alone, TINY, clip, tmp_path / "out.wav", from_speaker=0, to_speaker=0)


def test_interrupted_conversion_and_diverged_weights_leave_no_file(of_three: OfThree, clip: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_to_file(
            *of_three, clip, clip.with_name("out.wav"), from_speaker=0, to_speaker=1, on_progress=interrupt
        )
    with torch.no_grad():
        of_three[0].dec.conv_pre.weight_g.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite: the weights are damaged"):
        convert_to_file(*of_three, clip, clip.with_name("out.wav"), from_speaker=0, to_speaker=1)
    assert [path.name for path in clip.parent.iterdir()] == ["in.wav"]


def test_long_recording_needs_no_more_memory_than_a_short_one(of_three: OfThree, tmp_path: Path) -> None:
    resident: list[int] = []
    write_clip(tmp_path / "long.wav", 400.0, 1)

    def watch(_done: int, _total: int) -> None:
        resident.append(psutil.Process().memory_info().rss)

    convert_to_file(
        *of_three,
        tmp_path / "long.wav",
        tmp_path / "out.wav",
        from_speaker=0,
        to_speaker=1,
        on_progress=watch,
    )
    assert len(resident) > 60
    assert max(resident) - resident[15] < 30 * 2**20
