"""Whisper by faster-whisper: many languages on this machine, no cost. The device is chosen by itself."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import CallError, Chunk, Plan, Provider, Recognition, Settings

RATE = 16000
DEFAULT_MODEL = "small"
# It works in windows of 30 s and carries what it recognised from one to the next.
_LONGEST_SECONDS = 600.0
_CODES = {"cmn": "zh", "nb": "no", "iw": "he", "fil": "tl"}  # where Whisper's differ


class Whisper(Provider):
    """One model for all threads, one chunk at a time: it uses all cores or the GPU by itself.

    Raises:
        InputError: there is no such model.
    """

    def __init__(self, settings: Settings) -> None:
        import faster_whisper

        decides = self.plan(settings).decides
        self._language, name = decides["language"], decides["model"]
        try:
            self._model: Any = faster_whisper.WhisperModel(name, device="auto", compute_type="default")
        except Exception as error:  # the library names no errors of its own
            reason = str(error).splitlines()[0][:200]
            what = _("the whisper model {name} cannot be loaded ({reason})").format(name=name, reason=reason)
            fix = _("name one of whisper's models, as small, or a folder with a converted one")
            raise InputError(what, fix=fix) from error
        self._turn = threading.Lock()

    @staticmethod
    def plan(settings: Settings) -> Plan:
        """See `registry.plan`."""
        model = settings.model or DEFAULT_MODEL
        first = settings.language.lower().split("-")[0]
        decides = {"language": _CODES.get(first, first), "model": model}
        library = ("faster_whisper", "whisper")
        size = 2 * RATE * 3600
        return Plan("whisper", _LONGEST_SECONDS, size, "", model, decides, rate=RATE, library=library)

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        wav_L = chunk.pcm_L.astype(np.float32) / 32768
        with self._turn:
            try:
                found, _unused = self._model.transcribe(wav_L, language=self._language, vad_filter=False)
                segments = list(found)
            except (RuntimeError, ValueError) as error:  # out of memory, a language that it does not know
                raise CallError("refused", f"whisper: {error}", stops=True) from error
        sure = [math.exp(segment.avg_logprob) for segment in segments]
        text = " ".join(part for segment in segments if (part := segment.text.strip()))
        return Recognition(text, confidence=sum(sure) / len(sure) if sure else None)
