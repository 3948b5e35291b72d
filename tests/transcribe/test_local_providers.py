"""Recognisers on this machine: PocketSphinx for real, Whisper as far as it goes without a model."""

from __future__ import annotations

import re
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.dataset.lists.layouts import recognise
from engine.errors import InputError
from engine.quality.error_rate import edits
from engine.transcribe.ledger import Ledger
from engine.transcribe.providers import registry
from engine.transcribe.providers.base import CallError, Chunk, Settings
from tests.transcribe.support import Place

CLIPS = 2


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def test_real_recordings_are_transcribed_by_pocketsphinx(corpora: Path, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    place = Place(tmp_path, "", provider="pocketsphinx")
    place.audio.mkdir()
    entries = recognise(corpora / "ljspeech" / "metadata.csv").entries[:CLIPS]
    for entry in entries:
        (place.audio / Path(entry.path).name).symlink_to(entry.path)
    assert place.run(workers=2) == 0, place.log()
    heard = place.texts()
    assert len(heard) == CLIPS
    wrong = total = 0
    for entry in entries:
        said = words(entry.text)
        wrong += edits(said, words(heard[f"audio/{Path(entry.path).name}"]))
        total += len(said)
    assert wrong / total < 0.5
    with Ledger(place.ledger) as ledger:
        assert ledger.usage().spent_micros == ledger.usage().forecast_micros == 0
        assert dict(ledger.usage().chunks) == {"settled": CLIPS}


def test_whisper_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(InputError, match=r"faster-whisper is not installed.*whisper"):
        registry.connect(Settings("whisper", "en"))


@pytest.mark.parametrize(
    ("code", "language"), [("en-US", "en"), ("cmn-Hans-CN", "zh"), ("ja-JP", "ja"), ("nb-NO", "no")]
)
def test_whisper_knows_languages_by_their_first_part(code: str, language: str) -> None:
    assert registry.plan(Settings("whisper", code)).decides["language"] == language


class Library(types.ModuleType):
    """faster_whisper's own interface: a model class, segments with a text and a log probability."""

    def __init__(self) -> None:
        super().__init__("faster_whisper")
        self.__spec__ = ModuleSpec("faster_whisper", None)
        self.asked: list[Any] = []

    def WhisperModel(self, name: str, device: str, compute_type: str) -> Library:
        assert compute_type == "default"
        if name == "absent":
            raise ValueError("Invalid model size 'absent'\nmore words")
        self.asked.append((name, device))
        return self

    def transcribe(self, wav_L: np.ndarray, language: str, vad_filter: bool) -> Any:
        assert not vad_filter
        if len(wav_L) == 1:
            raise RuntimeError("CUDA out of memory")
        self.asked.append((wav_L.dtype, float(np.abs(wav_L).max()), language))
        heard = types.SimpleNamespace(text=" Hello. ", avg_logprob=-0.1)
        return iter([heard, types.SimpleNamespace(text="World.", avg_logprob=-0.3)]), None


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    found = Library()
    monkeypatch.setitem(sys.modules, "faster_whisper", found)
    return found


def test_whisper_gets_floats_and_its_own_choice_of_device(library: Library) -> None:
    model = registry.connect(Settings("whisper", "de-DE", model="tiny"))
    heard = model.recognise(Chunk(np.array([0, 16384, -32768], np.int16), 16000))
    assert (heard.text, heard.billed_ms) == ("Hello. World.", None)
    assert heard.confidence is not None
    assert 0.7 < heard.confidence < 0.95
    assert library.asked == [("tiny", "auto"), (np.dtype("float32"), 1.0, "de")]


def test_whisper_without_the_model_or_the_memory_says_so(library: Library) -> None:
    with pytest.raises(InputError, match="the whisper model absent cannot be loaded"):
        registry.connect(Settings("whisper", "en", model="absent"))
    with pytest.raises(CallError) as caught:
        registry.connect(Settings("whisper", "en")).recognise(Chunk(np.zeros(1, np.int16), 16000))
    assert (caught.value.kind, caught.value.stops) == ("refused", True)
