"""Voices with random weights, exported: small ones, since what is tested is the way to a player."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch

from engine import languages
from engine.config import Config
from engine.dataset.prepared import NAME, PreparedClip, PreparedData
from engine.export.folder import Exported, export
from engine.model.voice import build_voice
from engine.runs.events import EventWriter
from engine.text import symbol_sets
from engine.text.cleaners import registry
from engine.text.symbols import ENGLISH_178, table, to_ids, with_blanks
from tests.train.conftest import TINY

STEP = 7


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def config_for(cleaner: str, *, speakers: Sequence[str] = (), normaliser: str = "") -> Config:
    """The tiny network for texts of a cleaner."""
    symbols = symbol_sets.needed([cleaner])
    data = dataclasses.replace(
        TINY.data, text_cleaners=(cleaner,), normaliser=normaliser, n_speakers=len(speakers)
    )
    model = dataclasses.replace(TINY.model, gin_channels=16 if speakers else 0, use_sdp=bool(speakers))
    named = tuple(speakers) or None
    return dataclasses.replace(
        TINY, data=data, model=model, symbols=None if symbols == ENGLISH_178 else symbols, speakers=named
    )


def run_of(folder: Path, config: Config, texts: Sequence[str]) -> Path:
    """A run folder as a training leaves it: a checkpoint, the clips of `texts`, figures and a sample of its step."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    voice = build_voice(config, len(config.symbols or ENGLISH_178))
    with torch.no_grad():  # a new voice is silent, and its symbols last no frame
        for name, weight in voice.named_parameters():
            if name.startswith(("dec.", "flow.")) and weight.ndim > 1:
                weight.copy_(torch.randn_like(weight) * (0.6 if name.startswith("dec.") else 0.2))
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
