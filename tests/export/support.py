"""Voices whose weights are filled by a rule, exported: what is tested is the way to a player."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import piper
import torch
from numpy.typing import NDArray

from engine import languages
from engine.config import Config
from engine.dataset.prepared import NAME, PreparedClip, PreparedData
from engine.export.folder import Exported, export
from engine.model.voice import build_voice
from engine.runs.events import EventWriter
from engine.speak.torch_network import read_voice
from engine.speak.voice_text import VoiceText
from engine.text import symbol_sets
from engine.text.cleaners import registry
from engine.text.sentences import LONGEST, stretches
from engine.text.symbols import ENGLISH_178, table, to_ids, with_blanks
from tests.model.golden import fill
from tests.train.conftest import TINY

SENTENCES = 20
SPEAKERS = ("anna", "ben", "cleo", "dora")
Wave = NDArray[np.float32]
STEP = 7


def config_for(
    cleaner: str, texts: Sequence[str] = (), *, speakers: Sequence[str] = (), base: Config = TINY
) -> Config:
    """A network for a cleaner, with the symbols of `texts`."""
    occurring = "".join(registry.clean_all(texts, [cleaner]))
    symbols = symbol_sets.needed([cleaner], occurring=occurring)
    data = dataclasses.replace(base.data, text_cleaners=(cleaner,), n_speakers=len(speakers))
    model = dataclasses.replace(base.model, gin_channels=16 if speakers else 0, use_sdp=bool(speakers))
    named = None if symbols == ENGLISH_178 else symbols
    return dataclasses.replace(base, data=data, model=model, symbols=named, speakers=tuple(speakers) or None)


def run_of(folder: Path, config: Config, texts: Sequence[str]) -> Path:
    """A run folder as a training leaves it: a checkpoint, the clips of `texts`, figures and a sample of its step."""
    folder.mkdir(parents=True)
    voice = build_voice(config, len(config.symbols or ENGLISH_178))
    fill(voice)
    torch.save({"model": voice.state_dict()}, folder / f"G_{STEP}.pth")
    (folder / "config.json").write_text(config.to_json())
    known = table(config.symbols or ENGLISH_178)
    cleaned = registry.clean_all(texts, config.data.cleaning)
    ids = [tuple(with_blanks(to_ids(text, known))) for text in cleaned]
    speaker = 0 if config.data.n_speakers else None
    clips = [PreparedClip(f"{n}.wav", speaker, each, 441) for n, each in enumerate(ids)]
    (folder / NAME).write_text(PreparedData("", clips, clips[:2]).to_jsonl())
    (folder / "samples").mkdir()
    (folder / "samples" / "1.wav").write_bytes(b"RIFF")
    with EventWriter(folder / "events.jsonl") as events:
        events.metric(STEP, 1, {"loss/g/total": 9.0})
        events.metric(STEP, 1, {"loss/val/mel": 21.5, "quality/mel/held_out": 0.75})
        events.metric(STEP + 1, 1, {"loss/val/mel": 20.5})
        events.sample(STEP, cleaned[0], {"wav": "samples/1.wav"})
    return folder


def export_run(run: Path, config: Config, **how: object) -> Exported:
    """The exported voice of a run, beside it."""
    spoken = languages.of_cleaners(config.data.text_cleaners) or languages.ENGLISH
    return export(
        run / f"G_{STEP}.pth",
        config,
        run.parent / "exported",
        dataset=run.name,
        language=spoken,
        **how,  # type: ignore[arg-type]
    )


def sentences_of(corpora: Path, name: str) -> list[str]:
    """The first sentences of a corpus without digits."""
    lines = (corpora / name / "metadata.csv").read_text(encoding="utf-8").splitlines()
    texts = [line.split("|")[1] for line in lines]
    return [text for text in texts if not any(map(str.isdigit, text))][:SENTENCES]


class TorchVoice:
    """A run's voice in torch, without noise."""

    def __init__(self, run: Path, config: Config) -> None:
        self.config = config
        self.voice, symbols = read_voice(run / f"G_{STEP}.pth", config, "cpu")
        self.text = VoiceText(config, symbols)

    def cleaned(self, text: str) -> list[str]:
        """The phonemes of each sentence of a text."""
        spoken = languages.of_cleaners(self.config.data.text_cleaners) or languages.ENGLISH
        parts = [part.text for part in stretches(text, LONGEST, spoken.code)]
        return registry.clean_all(parts, self.config.data.cleaning)

    def wave(self, phonemes: str, speaker: int = 0) -> Wave:
        """Samples (L,), the largest at 1, as Piper scales them."""
        ids = self.text.ids(phonemes)
        speaker_B = torch.tensor([speaker]) if self.config.data.n_speakers > 1 else None
        spoken = self.voice.infer(
            torch.tensor([ids]), torch.tensor([len(ids)]), speaker_B, noise_scale=0.0, noise_scale_w=0.0
        )
        return scaled(spoken.wave_B1L[0, 0].numpy())


def scaled(wave: Wave) -> Wave:
    """Samples with the largest at 1."""
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def compare_with_piper(run: Path, config: Config, made: Exported, texts: Sequence[str]) -> int:
    """Speak texts by torch and by Piper; how many have equal phonemes, for which all else must be equal.

    Piper brings an espeak-ng of its own, which writes some words otherwise: these are printed.
    """
    ours, theirs = TorchVoice(run, config), piper.PiperVoice.load(made.folder / f"{made.name}.onnx")
    equal, others = 0, []
    for place, text in enumerate(texts):
        cleaned = ours.cleaned(text)
        speaker = place % max(1, config.data.n_speakers)
        how = piper.SynthesisConfig(speaker, noise_scale=0.0, noise_w_scale=0.0, length_scale=1.0)
        spoken = list(theirs.synthesize(text, how))
        phonemes = [_known("".join(chunk.phonemes), theirs) for chunk in spoken]
        if phonemes != cleaned:
            others += [f"  ours  {' / '.join(cleaned)}", f"  Piper {' / '.join(phonemes)}"]
            continue
        equal += 1
        for chunk, said in zip(spoken, cleaned, strict=True):
            wave = ours.wave(said, speaker)
            assert chunk.phoneme_ids == ours.text.ids(said)
            assert chunk.audio_float_array.shape == wave.shape
            assert np.abs(chunk.audio_float_array - wave).max() < 1e-4
    print(f"{made.name}: phonemes of {equal} of {len(texts)} sentences are equal, and so are ids and sound")
    print(*others, sep="\n")
    return equal


def _known(phonemes: str, voice: piper.PiperVoice) -> str:
    """What of Piper's phonemes the voice has symbols for, composed as ours are."""
    composed = unicodedata.normalize("NFC", phonemes)
    return "".join(symbol for symbol in composed if symbol in voice.config.phoneme_id_map)
