"""PocketSphinx: English on this machine, the model inside the wheel. Quick and rough; no account, no network."""

from __future__ import annotations

import threading
from typing import Any

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import CallError, Chunk, Plan, Provider, Recognition, Settings

RATE = 16000  # of the model
_LONGEST_SECONDS = 60.0


class PocketSphinx(Provider):
    """One decoder a thread, since a decoder holds the state of its utterance."""

    def __init__(self, settings: Settings) -> None:  # noqa: ARG002 - as every provider
        self._own = threading.local()

    @staticmethod
    def plan(settings: Settings) -> Plan:
        """See `registry.plan`."""
        if settings.language.lower().split("-")[0] != "en":
            raise InputError(
                _("pocketsphinx has no model for {language}, only for English").format(
                    language=settings.language
                ),
                fix=_("use --language en-US, or another provider"),
            )
        decides = {"language": "en-US", "model": "en-us"}
        library = ("pocketsphinx", "offline-asr")
        size = 2 * RATE * 3600
        return Plan("pocketsphinx", _LONGEST_SECONDS, size, "", "", decides, rate=RATE, library=library)

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        import pocketsphinx

        decoder: Any = getattr(self._own, "decoder", None)
        if decoder is None:
            decoder = self._own.decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL")
        try:
            decoder.start_utt()
            decoder.process_raw(chunk.pcm_L.astype("<i2").tobytes(), full_utt=True)
            decoder.end_utt()
        except RuntimeError as error:
            self._own = threading.local()  # its utterance is spoilt
            raise CallError("refused", f"pocketsphinx: {error}") from error
        best = decoder.hyp()
        return Recognition("" if best is None else best.hypstr.strip())
