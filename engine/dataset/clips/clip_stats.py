"""What is known of a clip's sound: measured, or from its header alone. No numpy for wav and flac."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio.header import ClipHeader, header
from engine.errors import InputError
from engine.i18n import _

_READERS = 8  # a header is a few bytes: on a network disk nearly all of the time is waiting


@dataclass(frozen=True, slots=True)
class ClipStats:
    """What was measured of a clip.

    Attributes:
        rate, channels, frames, subtype: as in its header; all 0 and "" when that cannot be read.
        lufs: loudness (BS.1770-4) as one channel; None where nothing is above -70 LUFS.
        peak: largest magnitude; 1 is full scale.
        clipped: samples in runs of three or more at full scale.
        silence: share of its time, 0 to 1, that is 40 dB below its loudest moment.
        lead_s, trail_s: seconds of that before the first and after the last sound.
        audio: digest of the decoded sound, the same for the same sound in another file format; "" where only the
            header was read, so nothing is known of loudness and silence.
        fault: "", or the kind of issue: missing, path_outside, unreadable, truncated, nan.
        reason: the fault in words.
        offset: the constant (DC) offset of its one channel; 1 is full scale.
    """

    rate: int = 0
    channels: int = 0
    frames: int = 0
    subtype: str = ""
    lufs: float | None = None
    peak: float = 0.0
    clipped: int = 0
    silence: float = 0.0
    lead_s: float = 0.0
    trail_s: float = 0.0
    audio: str = ""
    fault: str = ""
    reason: str = ""
    offset: float = 0.0

    @property
    def seconds(self) -> float:
        """Length in seconds; 0 when it is not known."""
        return self.frames / self.rate if self.rate else 0.0

    def samples_at(self, rate: int | None) -> int:
        """Samples of a channel once it is converted to `rate`, rounded half up as soxr does; None: as it is."""
        if rate is None or rate == self.rate or not self.rate:
            return self.frames
        return (2 * self.frames * rate + self.rate) // (2 * self.rate)

    @classmethod
    def of_header(cls, head: ClipHeader) -> ClipStats:
        """What a header says."""
        return cls(head.rate, head.channels, head.frames, head.subtype)

    @classmethod
    def of_fault(cls, error: InputError, head: ClipHeader | None = None) -> ClipStats:
        """A file that is no clip, and why, as `audio.header` or `audio.wav` said it."""
        if error.what == MISSING.reason:
            return MISSING
        kind = "unreadable"
        if error.what.startswith(("is cut short", "was never finished", "is an empty file")):
            kind = "truncated"
        elif error.what.endswith("is not a finite number"):
            kind = "nan"
        known = cls() if head is None else cls.of_header(head)
        return dataclasses.replace(known, fault=kind, reason=error.what)


MISSING = ClipStats(fault="missing", reason=_("no such file"))
# such a file is never opened
OUTSIDE = ClipStats(fault="path_outside", reason=_("climbs out of the workspace with .."))


def read_headers(paths: Sequence[str | Path]) -> list[ClipStats]:
    """What the header of each clip says, or why it cannot be read."""
    with concurrent.futures.ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(_read_header, paths))


def seconds_of(paths: Sequence[str | Path]) -> list[float | None]:
    """Seconds of each clip; None for one that cannot be read."""
    return [None if each.fault else each.seconds for each in read_headers(paths)]


def climbs_out(path: str, root: str) -> bool:
    """Whether a relative path leads out of the folder `root` (absolute, normal). The disk is not read."""
    if ".." not in path or os.path.isabs(path):  # noqa: PTH117 - text alone: thousands of paths
        return False
    return not os.path.normpath(os.path.join(root, path)).startswith(root + os.sep)  # noqa: PTH118


def _read_header(path: str | Path) -> ClipStats:
    try:
        head = header(path)
    except InputError as error:
        return ClipStats.of_fault(error)
    if head.rate <= 0:
        return ClipStats(fault="unreadable", reason=_("its header says {rate} Hz").format(rate=head.rate))
    return ClipStats.of_header(head)
