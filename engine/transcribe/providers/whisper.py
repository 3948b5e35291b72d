"""Whisper by faster-whisper: many languages on this machine, no cost. The device is chosen by itself."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import (
    CallError,
    Chunk,
    Plan,
    Recognition,
    Settings,
    check_library,
    missing_library,
)

RATE = 16000
DEFAULT_MODEL = "small"
# It works in windows of 30 s and carries what it heard from one to the next.
_LONGEST_SECONDS = 600.0


def plan(settings: Settings) -> Plan:
    """See `registry.plan`."""
    if settings.rate != RATE:
        raise InputError(
            _("whisper needs {rate} Hz, not {rate2}").format(rate=RATE, rate2=settings.rate),
            fix=_("leave --rate out"),
        )
    model = settings.model or DEFAULT_MODEL
    decides = {"language": language_of(settings.language), "model": model}
    return Plan("whisper", _LONGEST_SECONDS, 2 * RATE * 3600, "", model, decides)


def language_of(code: str) -> str:
    """`en-US` as Whisper knows it: `en`."""
    first = code.lower().split("-")[0]
    return {"cmn": "zh", "nb": "no", "iw": "he", "fil": "tl"}.get(first, first)


def check(settings: Settings) -> None:  # noqa: ARG001 - as every provider
    """See `registry.check`."""
    check_library("faster_whisper", "whisper")


def connect(settings: Settings) -> Whisper:
    """See `registry.connect`."""
    return Whisper(settings)


class Whisper:
    """One model for all threads, one sentence at a time: it uses all cores or the GPU by itself.

    Raises:
        InputError: the library is not installed, or there is no such model.
    """

    def __init__(self, settings: Settings) -> None:
        self._language = plan(settings).decides["language"]
        name = settings.model or DEFAULT_MODEL
        try:
            import faster_whisper
        except ImportError:
            raise missing_library("faster_whisper", "whisper") from None
        try:
            self._model: Any = faster_whisper.WhisperModel(name, device="auto", compute_type="default")
        except Exception as error:
            what = f"the whisper model {name} cannot be loaded ({str(error).splitlines()[0][:200]})"
            fix = "name one of whisper's models, as small, or a folder with a converted one"
            raise InputError(what, fix=fix) from error
        self._turn = threading.Lock()

    def ready(self, timeout_s: float) -> None:
        """See `Provider.ready`."""

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        wav_L = chunk.pcm_L.astype(np.float32) / 32768
        with self._turn:
            try:
                segments, _unused = self._model.transcribe(wav_L, language=self._language, vad_filter=False)
                heard = list(segments)
            except (RuntimeError, ValueError) as error:  # out of memory, a language that it does not know
                raise CallError("refused", f"whisper: {error}", stops=True) from error
        sure = [math.exp(segment.avg_logprob) for segment in heard]
        text = " ".join(part for segment in heard if (part := segment.text.strip()))
        return Recognition(text, confidence=sum(sure) / len(sure) if sure else None)

    def close(self) -> None:
        """See `Provider.close`."""
        self._model = None
