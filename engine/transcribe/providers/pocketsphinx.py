"""PocketSphinx: English on this machine, the model inside the wheel. Quick and rough; no account, no network."""

from __future__ import annotations

import threading
from typing import Any

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

RATE = 16000  # of the model
_LONGEST_SECONDS = 60.0


def plan(settings: Settings) -> Plan:
    """See `registry.plan`."""
    if settings.language.lower().split("-")[0] != "en":
        raise InputError(
            _("pocketsphinx has no model for {language}, only for English").format(
                language=settings.language
            ),
            fix=_("use --language en-US, or another provider"),
        )
    if settings.rate != RATE:
        raise InputError(
            _("pocketsphinx needs {rate} Hz, not {rate2}").format(rate=RATE, rate2=settings.rate),
            fix=_("leave --rate out"),
        )
    decides = {"language": "en-US", "model": "en-us"}
    return Plan("pocketsphinx", _LONGEST_SECONDS, 2 * RATE * 3600, "", "", decides)


def check(settings: Settings) -> None:  # noqa: ARG001 - as every provider
    """See `registry.check`."""
    check_library("pocketsphinx", "offline-asr")


def connect(settings: Settings) -> PocketSphinx:
    """See `registry.connect`."""
    return PocketSphinx(settings)


class PocketSphinx:
    """One decoder a thread, since a decoder holds the state of its utterance.

    Raises:
        InputError: the library is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        plan(settings)
        try:
            import pocketsphinx
        except ImportError:
            raise missing_library("pocketsphinx", "offline-asr") from None
        self._make = pocketsphinx.Decoder
        self._own = threading.local()

    def ready(self, timeout_s: float) -> None:
        """See `Provider.ready`."""

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        decoder: Any = getattr(self._own, "decoder", None)
        if decoder is None:
            decoder = self._own.decoder = self._make(samprate=RATE, loglevel="FATAL")
        try:
            decoder.start_utt()
            decoder.process_raw(chunk.pcm_L.astype("<i2").tobytes(), full_utt=True)
            decoder.end_utt()
        except RuntimeError as error:
            self._own = threading.local()  # its utterance is spoilt
            raise CallError("refused", f"pocketsphinx: {error}") from error
        heard = decoder.hyp()
        return Recognition("" if heard is None else heard.hypstr.strip())

    def close(self) -> None:
        """See `Provider.close`."""
        self._own = threading.local()
