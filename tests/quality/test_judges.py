"""Judges that are libraries of others: their errors and their answers; real speech where they are installed."""

from __future__ import annotations

import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.resample import resample
from engine.audio.wav import read
from engine.errors import InputError
from engine.quality.judges import RATE, OpinionJudge, WordJudge


class Library(types.ModuleType):
    """faster_whisper's interface as far as it is used; it hears its two segments in every sound."""

    def __init__(self, *, is_multilingual: bool = True) -> None:
        super().__init__("faster_whisper")
        self.__spec__ = ModuleSpec("faster_whisper", None)
        self.model = types.SimpleNamespace(is_multilingual=is_multilingual)
        self.asked: list[Any] = []

    def WhisperModel(self, folder: str, **how: Any) -> Library:
        assert how == {"device": "cpu", "compute_type": "int8", "local_files_only": True}
        if folder == "broken":
            raise RuntimeError("File model.bin is incomplete: failed to read a buffer\nmore words")
        return self

    def transcribe(self, wav_L: np.ndarray, **how: Any) -> Any:
        assert how["temperature"] == 0.0, "the same sound must give the same words"
        self.asked.append(how["language"])
        return iter([types.SimpleNamespace(text=" Hello. "), types.SimpleNamespace(text="World.")]), None


def use(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setitem(sys.modules, "faster_whisper", library)
    return library


@pytest.mark.parametrize(
    ("cleaner", "language"),
    [("english_cleaners2", "en"), ("espeak:nb", "no"), ("espeak:pt-br", "pt"), ("basic_cleaners", None)],
)
def test_whisper_is_told_the_language_of_the_voice(
    cleaner: str, language: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = use(Library(), monkeypatch)
    assert WordJudge(Path("m"), [cleaner]).words(np.zeros(9, np.float32)) == "Hello. World."
    assert library.asked == [language]


def test_a_model_that_cannot_judge_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Library(is_multilingual=False), monkeypatch)
    with pytest.raises(InputError, match=r"broken cannot be loaded \(File model.bin is incomplete"):
        WordJudge(Path("broken"), ["english_cleaners2"])
    with pytest.raises(InputError, match=r"is a model of English, but the voice speaks German; name"):
        WordJudge(Path("m"), ["espeak:de"])
    assert WordJudge(Path("m"), ["english_cleaners2"])
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(InputError, match=r"faster-whisper is not installed; .*quality"):
        WordJudge(Path("m"), ["english_cleaners2"])


def test_real_speech_is_predicted_to_please_more_than_noise_over_it(
    corpora: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distillmos")
    path = min((corpora / "ljspeech" / "wavs").glob("*.wav"))
    wave_L = resample(*read(path), RATE)
    judge = OpinionJudge()
    clean = judge.score(wave_L)
    noisy = judge.score(wave_L + np.random.default_rng(0).normal(0, 0.05, len(wave_L)).astype(np.float32))
    assert 5 >= clean > 3 > noisy >= 1
    assert capsys.readouterr().out == "", "the log shows no path of the library's files"
