"""Judges of speech that are networks of others. They run on the CPU, so that they take no memory of a training's GPU.

Axes: L samples at `RATE`, float32 in [-1, 1].
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import languages
from engine.errors import InputError
from engine.i18n import _
from engine.quality.whisper_folder import require_library

RATE = 16000
Wave = NDArray[np.float32]
_MOST_TOKENS = 128  # of 20 s of fast speech
_CODES = {"nb": "no", "cmn": "zh"}  # where Whisper's differ


class OpinionJudge:
    """Predicts the mean opinion score of listeners, from 1 (bad) to 5 (excellent).

    Distill-MOS (Stahl and Gamper, "Distillation and pruning for scalable self-supervised representation-based speech
    quality assessment", 2025). Its weights are in its wheel; nothing is downloaded.
    """

    def __init__(self) -> None:
        import distillmos

        with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
            self._model: Any = distillmos.ConvTransformerSQAModel().eval()

    @staticmethod
    def is_installed() -> bool:
        """Whether the library is there."""
        return importlib.util.find_spec("distillmos") is not None

    def score(self, wave_L: Wave) -> float:
        """The score of one sentence."""
        with torch.inference_mode():
            return float(self._model(torch.from_numpy(wave_L)[None]))


class WordJudge:
    """Writes down what it understands, with a Whisper model (Radford et al. 2023) run by faster-whisper.

    Args:
        folder: the model; `whisper_folder` has checked it.
        cleaners: of the voice; they say which language it speaks.

    Raises:
        InputError: the library is missing, the folder holds no model that it can load, or one of another language.
    """

    def __init__(self, folder: Path, cleaners: Sequence[str]) -> None:
        require_library()
        import faster_whisper

        try:
            self._model: Any = faster_whisper.WhisperModel(
                str(folder), device="cpu", compute_type="int8", local_files_only=True
            )
        except Exception as error:  # the library names no errors of its own
            reason = str(error).splitlines()[0][:200]
            what = _("the whisper model {name} cannot be loaded ({reason})")
            raise InputError(what.format(name=folder, reason=reason)) from error
        spoken = languages.of_cleaners(cleaners)
        code = spoken.code.partition("-")[0] if spoken else None
        self._language = _CODES.get(code, code) if code else None
        if not self._model.model.is_multilingual and self._language not in (None, "en"):
            what = _("is a model of English, but the voice speaks {language}")
            fix = _("name a model of several languages in train.whisper_model")
            raise InputError(what.format(language=spoken.name if spoken else ""), path=folder, fix=fix)

    def words(self, wave_L: Wave) -> str:
        """What it understands of one sentence; "" where it hears no speech.

        No second attempt and a bounded number of tokens: the same sound gives the same words, noise takes no minutes.
        """
        segments, _info = self._model.transcribe(
            wave_L,
            language=self._language,
            beam_size=5,
            temperature=0.0,
            max_new_tokens=_MOST_TOKENS,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        return " ".join(segment.text.strip() for segment in segments)
