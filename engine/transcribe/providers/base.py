"""What every provider implements: a plan, one call, and errors that say whether the call may have been billed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a provider before any call, without loading its library.

    Attributes:
        longest_seconds, largest_bytes: limits of one call; audio is cut to them, bytes are those of 16-bit samples.
        api, model: as the price list knows them.
        host: where calls go, HOST or HOST:PORT; empty for this machine.
        rate: the only rate in Hz that it takes; 0: any.
        library: the module that it needs, and the extra that installs it; None where it comes with vitsdeck.
        decides: everything that decides the words; two calls that agree in it and in the audio are the same call.
    """

    provider: str
    longest_seconds: float
    largest_bytes: int
    api: str
    model: str
    decides: dict[str, Any]
    host: str = ""
    rate: int = 0
    library: tuple[str, str] | None = None

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


@dataclass(frozen=True, slots=True)
class Recognition:
    """The words of a chunk; `billed_ms` is None when the provider does not say, `confidence` is from 0 to 1."""

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


class Provider:
    """A connected provider; safe for several threads."""

    def __init__(self, settings: Settings) -> None:
        """Connect. Raises InputError: a model or credentials are missing."""

    @staticmethod
    def plan(settings: Settings) -> Plan:
        """See `registry.plan`."""
        raise NotImplementedError

    @staticmethod
    def check(settings: Settings) -> None:
        """Find out cheaply whether credentials are missing. Raises InputError."""

    def ready(self, timeout_s: float) -> None:
        """Make sure that a call can leave at all.

        Raises:
            CallError: of kind `retry`, and nothing was sent.
        """

    def recognise(self, chunk: Chunk) -> Recognition:
        """Send one chunk, once. Raises CallError."""
        raise NotImplementedError
