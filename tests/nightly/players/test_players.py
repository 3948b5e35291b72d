"""Full-size voices in the players that people use: Piper, sherpa-onnx, and Home Assistant's wyoming-piper.

The weights are filled by a rule, which is noise to the ear and as strict for a comparison as a trained voice. The
sentences are fixed: the first 20 without digits of LJ Speech and of kerstin_de. Counts are printed (`pytest -rA`).
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import espeakng_loader
import numpy as np
import piper
import pytest

from engine import config as configs
from engine.config import Config
from engine.export.folder import Exported
from tests.export.support import (
    SENTENCES,
    SPEAKERS,
    TorchVoice,
    compare_with_piper,
    config_for,
    export_run,
    run_of,
    scaled,
    sentences_of,
)

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="'audioop' is deprecated")
    from wyoming.audio import AudioChunk, AudioStart, AudioStop
    from wyoming.client import AsyncTcpClient
    from wyoming.info import Describe, Info
    from wyoming.tts import Synthesize, SynthesizeVoice

LEAST = 9
VOICES = {
    "English, mb": ("ljspeech", "english_cleaners2", "ljs_mb_istft_vits", ()),
    "German, mini": ("kerstin_de", "espeak:de", "ljs_mini_mb_istft_vits", ()),
    "four speakers, mb": ("ljspeech", "english_cleaners2", "ljs_mb_istft_vits", SPEAKERS),
}


@dataclass(frozen=True)
class Made:
    """A voice of VOICES, its run folder and what was exported."""

    run: Path
    config: Config
    made: Exported
    texts: list[str]


@pytest.fixture(scope="module", params=VOICES)
def voice(
    request: pytest.FixtureRequest, corpora: Path, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    corpus, cleaner, name, speakers = VOICES[request.param]
    texts = sentences_of(corpora, corpus)
    assert len(texts) == SENTENCES
    base = configs.load(root / "configs" / f"{name}.json")
    config = config_for(cleaner, texts, speakers=speakers, base=base)
    run = run_of(tmp_path_factory.mktemp("voice") / "run", config, texts)
    return Made(run, config, export_run(run, config), texts)


def test_piper(voice: Made) -> None:
    assert compare_with_piper(voice.run, voice.config, voice.made, voice.texts) >= LEAST


def test_sherpa_onnx(voice: Made, tmp_path: Path) -> None:
    """It tells no ids, so a sentence counts whose length is ours; then its samples must be ours."""
    ours, count = TorchVoice(voice.run, voice.config), max(1, voice.config.data.n_speakers)
    spoken = [(place % count, text) for place, text in enumerate(voice.texts)]
    (tmp_path / "texts.json").write_text(json.dumps(spoken), encoding="utf-8")
    out = tmp_path / "waves.npz"
    script = Path(__file__).with_name("sherpa.py")
    data_dir = espeakng_loader.get_data_path()
    words = [sys.executable, script, voice.made.folder, data_dir, tmp_path / "texts.json", out]
    subprocess.run(list(map(str, words)), check=True)
    equal, others = 0, []
    with np.load(out) as waves:
        for (speaker, text), name in zip(spoken, waves.files, strict=True):
            wave = np.concatenate([ours.wave(said, speaker) for said in ours.cleaned(text)])
            if len(waves[name]) != len(wave):
                others.append(f"  {len(waves[name]):,} samples, ours {len(wave):,}: {text}")
                continue
            equal += 1
            assert np.abs(scaled(waves[name]) - wave).max() < 1e-4
    print(f"{voice.made.name}: {equal} of {len(spoken)} sentences sound as in torch")
    print(*others, sep="\n")
    assert equal >= LEAST


def test_wyoming_piper_speaks_as_home_assistant_asks_it(voice: Made) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--voice", voice.made.name, "--data-dir", str(voice.made.folder), "--noise-scale", "0"]
    words += ["--noise-w-scale", "0", "--uri", f"tcp://127.0.0.1:{port}"]
    server = subprocess.Popen([sys.executable, "-m", "wyoming_piper", *words])
    try:
        info, pcm = asyncio.run(_ask(port, voice))
    finally:
        server.terminate()
        server.wait(30)
    (mine,) = [each for program in info.tts for each in program.voices if each.name == voice.made.name]
    assert mine.languages == [voice.made.name.partition("-")[0]]
    theirs = piper.PiperVoice.load(voice.made.folder / f"{voice.made.name}.onnx")
    # it lists no speakers of a voice that is not in its catalogue, but knows their names
    speaker = voice.config.data.n_speakers - 1 if voice.config.speakers else None
    how = piper.SynthesisConfig(speaker, noise_scale=0.0, noise_w_scale=0.0, length_scale=1.0)
    text = voice.texts[0].removesuffix(".") + "."  # the server adds it where it is missing
    wanted = b"".join(chunk.audio_int16_bytes for chunk in theirs.synthesize(text, how))
    assert len(pcm) == len(wanted) > 20_000
    distance = np.frombuffer(pcm, np.int16).astype(int) - np.frombuffer(wanted, np.int16)
    assert np.abs(distance).max() <= 1
    print(f"{voice.made.name}: {len(pcm) // 2:,} samples came by the protocol")


async def _ask(port: int, voice: Made) -> tuple[Info, bytes]:
    """What the server offers, and the first sentence by the last of the speakers."""
    client = await _connected(port)
    try:
        await client.write_event(Describe().event())
        info = None
        while info is None:
            event = await client.read_event()
            assert event is not None
            info = Info.from_event(event) if Info.is_type(event.type) else None
        names = voice.config.speakers
        asked = SynthesizeVoice(name=voice.made.name, speaker=names[-1] if names else None)
        await client.write_event(Synthesize(text=voice.texts[0], voice=asked).event())
        pcm = b""
        while (event := await client.read_event()) and not AudioStop.is_type(event.type):
            if AudioStart.is_type(event.type):
                assert AudioStart.from_event(event).rate == voice.config.data.sampling_rate
            elif AudioChunk.is_type(event.type):
                pcm += AudioChunk.from_event(event).audio
        return info, pcm
    finally:
        await client.disconnect()


async def _connected(port: int) -> AsyncTcpClient:
    for _attempt in range(600):
        client = AsyncTcpClient("127.0.0.1", port)
        try:
            await client.connect()
        except OSError:
            await asyncio.sleep(0.1)
            continue
        return client
    raise TimeoutError("the server does not listen")
