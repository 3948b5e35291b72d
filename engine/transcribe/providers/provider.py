"""What every recogniser promises: one plan, one call, and failures that say whether they may have cost money."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from engine.errors import InputError

NAMES = ("google", "whisper", "pocketsphinx")

FailureKind = Literal["retry", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chooses. The names are the keys of a run's config.json and, with hyphens, the command's flags.

    Attributes:
        language: as in BCP 47: en-US, de-DE, cmn-Hans-CN.
        api: google: v1 or v2.
        model: google: its model's name; whisper: a model's name or a folder.
        rate: Hz that the audio is sent at.
        logging: google: whether the project takes part in data logging; it is chosen in Google's console for a whole
            project, and decides the price.
        project, location, endpoint: google: for v2, for regions, and HOST:PORT of another server.
        call_seconds: the time limit of one call.
    """

    provider: str
    language: str
    api: str = ""
    model: str = ""
    rate: int = 16000
    logging: bool = False
    punctuation: bool = True
    project: str = ""
    location: str = "global"
    endpoint: str = ""
    call_seconds: float = 90.0

    def to_json(self) -> dict[str, Any]:
        """Plain values for config.json."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a provider before any call, without loading its library.

    Attributes:
        longest_seconds, largest_bytes: limits of one call; audio is cut to them, bytes are those of 16-bit samples.
        api, model: as the price list knows them.
        place: where calls go, HOST or HOST:PORT; empty for this machine.
        decides: everything that decides the words; two calls that agree in it and in the audio are the same call.
    """

    provider: str
    longest_seconds: float
    largest_bytes: int
    api: str
    model: str
    decides: dict[str, Any]
    place: str = ""

    @property
    def settings_id(self) -> str:
        """The id of `decides` in the ledger."""
        text = json.dumps(self.decides, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of mono audio, as it is sent: 16-bit samples (L,) at `rate` Hz."""

    pcm_L: npt.NDArray[np.int16]
    rate: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.pcm_L) / self.rate


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was heard; `billed_ms` is None when the provider does not say, `confidence` is from 0 to 1."""

    text: str
    billed_ms: int | None = None
    confidence: float | None = None


class CallError(Exception):
    """A call failed.

    retry: it is known not to be billed, and may work later. refused: known not to be billed, and will not work later
    either. unknown: it may have been billed.

    Args:
        fix: what the person can do.
        stops: whether the next chunk would fare no better, so that the job should end.
    """

    def __init__(self, kind: FailureKind, reason: str, *, fix: str = "", stops: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.fix = fix
        self.stops = stops


class Provider(Protocol):
    """One recogniser, connected; safe for several threads."""

    def ready(self, timeout_s: float) -> None:
        """Make sure that a call can leave at all.

        Raises:
            CallError: of kind `retry`, and nothing was sent.
        """

    def recognise(self, chunk: Chunk) -> Recognition:
        """Send one chunk, once.

        Raises:
            CallError: see there.
        """

    def close(self) -> None:
        """Let go of connections and models."""


def plan(settings: Settings) -> Plan:
    """What the provider of these settings needs.

    Raises:
        InputError: no such provider, or settings that it cannot mean.
    """
    check_language(settings.language)
    if not 8000 <= settings.rate <= 48000:
        raise InputError(f"a rate of {settings.rate} Hz is not between 8000 and 48000", fix="16000 is usual")
    if not 1 <= settings.call_seconds <= 3600:
        raise InputError(
            f"a call of {settings.call_seconds:g} s is not between 1 and 3600 s", fix="90 is usual"
        )
    if settings.provider == "google":
        from engine.transcribe.providers import google

        return google.plan(settings)
    if settings.provider == "whisper":
        from engine.transcribe.providers import whisper

        return whisper.plan(settings)
    if settings.provider == "pocketsphinx":
        from engine.transcribe.providers import pocketsphinx

        return pocketsphinx.plan(settings)
    raise InputError(f'there is no provider "{settings.provider}"', fix=f"choose one of {', '.join(NAMES)}")


def connect(settings: Settings) -> Provider:
    """The provider, ready to be called.

    Raises:
        InputError: a library, a model or credentials are missing.
    """
    if settings.provider == "google":
        from engine.transcribe.providers.google import Google

        return Google(settings)
    if settings.provider == "whisper":
        from engine.transcribe.providers.whisper import Whisper

        return Whisper(settings)
    from engine.transcribe.providers.pocketsphinx import PocketSphinx

    return PocketSphinx(settings)


def check(settings: Settings) -> None:
    """Find out cheaply what `connect` would miss: a library, or credentials.

    Raises:
        InputError: says what is missing and how to get it.
    """
    if settings.provider == "google":
        from engine.transcribe.providers import google

        google.check(settings)
        return
    module, extra = {
        "whisper": ("faster_whisper", "whisper"),
        "pocketsphinx": ("pocketsphinx", "offline-asr"),
    }[settings.provider]
    if importlib.util.find_spec(module) is None:
        raise missing_library(module, extra)


def missing_library(module: str, extra: str) -> InputError:
    """A library that only some people need is not there."""
    name = module.replace("_", "-")
    return InputError(f"{name} is not installed", fix=f"in vitsdeck's folder: `pip install -e '.[{extra}]'`")


def check_language(language: str) -> None:
    """Raises InputError when this cannot be a language code."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        raise InputError(f'"{language}" is not a language code', fix="write it as en-US, de-DE or ja-JP")
