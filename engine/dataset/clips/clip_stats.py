"""What was measured of clips, kept by content, so that a corpus is decoded once and listed in a blink ever after.

    .vitsdeck/analysis.sqlite   files: path, size, time -> content; figures: content -> what was measured

A clip that was copied or moved is known by its content; one that was written over is not, since size or time differ.
It is a cache: a file that is damaged, or of another version, is put aside and filled anew. Standard library only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from engine.audio.header import ClipHeader
from engine.errors import InputError

FOLDER, NAME = ".vitsdeck", "analysis.sqlite"
VERSION = 2  # of the tables and of what the figures mean
_BUSY_SECONDS = 10.0
_AT_ONCE = 500  # question marks in one statement


@dataclass(frozen=True, slots=True)
class Figures:
    """What a clip's bytes say.

    Attributes:
        rate, channels, frames, subtype: as in its header; all 0 and "" when that cannot be read.
        lufs: loudness (BS.1770-4); None where nothing is above -70 LUFS.
        peak: largest magnitude; 1 is full scale.
        clipped: samples in runs of three or more at full scale.
        silence: share of its time, 0 to 1, that is 40 dB below its loudest moment.
        lead_s, trail_s: seconds of that before the first and after the last sound.
        audio: digest of the decoded sound, the same for the same sound in another file format; "" where only the
            header was read, so nothing is known of loudness and silence.
        fault: "", or the kind of verdict: missing, escape, unreadable, truncated, nan.
        reason: the fault in words.
        offset: the constant that the one channel of it stands on; 1 is full scale.
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
    def of_header(cls, head: ClipHeader) -> Figures:
        """What a header says."""
        return cls(head.rate, head.channels, head.frames, head.subtype)

    @classmethod
    def of_fault(cls, error: InputError, head: ClipHeader | None = None) -> Figures:
        """Why a file is no clip, as `audio.header` or `audio.wav` said it."""
        if error.what == MISSING.reason:
            return MISSING
        kind = "unreadable"
        if error.what.startswith(("is cut short", "was never finished", "is an empty file")):
            kind = "truncated"
        elif error.what.endswith("is not a finite number"):
            kind = "nan"
        return dataclasses.replace(
            cls() if head is None else cls.of_header(head), fault=kind, reason=error.what
        )


MISSING = Figures(fault="missing", reason="no such file")
ESCAPED = Figures(fault="escape", reason="climbs out of the workspace with ..")  # and so is never opened
_SELECT = f"SELECT {', '.join(each.name for each in fields(Figures))}, content"
Stamp = tuple[int, int]  # size in bytes, time of the last change in ns

_COLUMNS = [each.name for each in fields(Figures)]
_TABLES = f"""
CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, content BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS figures (content BLOB PRIMARY KEY, {", ".join(_COLUMNS)}) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One clip that was measured: where, of which size and time, its content's digest, and the figures."""

    path: str
    stamp: Stamp
    content: bytes
    figures: Figures


def stamp_of(path: str | Path) -> Stamp | None:
    """Size and time of a file; None when there is none: no folder is one, nor a pipe, which could be read for ever."""
    try:
        found = os.stat(path)  # noqa: PTH116 - ten thousand of them: a Path each would double the time
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def climbs_out(path: str, root: str) -> bool:
    """Whether a relative path leads out of the folder `root` (absolute, normal); it is not looked at."""
    if ".." not in path or os.path.isabs(path):  # noqa: PTH117 - as above
        return False
    return not os.path.normpath(os.path.join(root, path)).startswith(root + os.sep)  # noqa: PTH118


class FigureStore:
    """The figures of one workspace. Paths are as filelists name them, relative to `root` or absolute."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self.path = self.root / FOLDER / NAME

    def find(self, paths: Sequence[str]) -> list[Figures | None]:
        """The figures of each path: None when it was not measured since it last changed, MISSING when it is gone.

        ESCAPED for one that climbs out of the workspace.
        """
        known = self._known()
        root = os.fspath(self.root)
        base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
        found: list[Figures | None] = []
        for path in paths:
            if climbs_out(path, base):
                found.append(ESCAPED)
                continue
            stamp = stamp_of(_join(root, path))
            if stamp is None:
                found.append(MISSING)
                continue
            entry = known.get(self._key(path))
            found.append(entry[1] if entry is not None and entry[0] == stamp else None)
        return found

    def contents(self, digests: Sequence[bytes]) -> dict[bytes, Figures]:
        """The figures of those contents that were measured before, under whatever path."""
        found: dict[bytes, Figures] = {}
        for start in range(0, len(digests), _AT_ONCE):
            part = digests[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._query(f"{_SELECT} FROM figures WHERE content IN ({marks})", part)
            found |= {row[-1]: Figures(*row[:-1]) for row in rows}
        return found

    def sizes(self) -> set[int]:
        """Sizes of all files on record: one of another size cannot have a content that is known."""
        return {row[0] for row in self._query("SELECT DISTINCT size FROM files")}

    def add(self, measured: Sequence[Measured]) -> None:
        """Keep what was measured.

        Raises:
            InputError: the cache cannot be written to.
        """
        try:
            self._add(measured)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # a full disk, a folder without right to write
                raise InputError(f"cannot be written ({error})", path=self.path) from None
            self._put_aside()
            self._add(measured)
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", path=self.path.parent) from None

    def _add(self, measured: Sequence[Measured]) -> None:
        self._prepare()
        marks = ", ".join("?" * (1 + len(_COLUMNS)))
        with contextlib.closing(_connect(self.path)) as database, database:
            database.executemany(
                f"INSERT OR REPLACE INTO figures VALUES ({marks})",  # noqa: S608 - question marks only
                [(each.content, *astuple(each.figures)) for each in measured],
            )
            database.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                [(self._key(each.path), *each.stamp, each.content) for each in measured],
            )

    def _prepare(self) -> None:
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            with contextlib.closing(_connect(self.path)) as database:
                version = database.execute("PRAGMA user_version").fetchone()[0]
            if version == VERSION:
                return
            self._put_aside()
        with contextlib.closing(_connect(self.path)) as database, database:
            database.executescript(_TABLES)

    def _put_aside(self) -> None:
        self.path.replace(self.path.with_name(f"{NAME}.unreadable"))
        for end in ("-journal", "-wal", "-shm"):
            self.path.with_name(NAME + end).unlink(missing_ok=True)

    def _known(self) -> dict[bytes, tuple[Stamp, Figures]]:
        rows = self._query(f"{_SELECT}, path, size, mtime_ns FROM files JOIN figures USING (content)")
        return {row[-3]: ((row[-2], row[-1]), Figures(*row[:-4])) for row in rows}

    def _query(self, statement: str, values: Sequence[bytes] = ()) -> list[Any]:
        """The rows; none when there is no cache, or one that cannot be read: then nothing is known."""
        if not self.path.exists():
            return []
        # for writing first: what a killed writer left half-done can only be rolled back so
        for mode in ("rw", "ro"):
            with (
                contextlib.suppress(sqlite3.DatabaseError),
                contextlib.closing(_connect(self.path, mode)) as database,
            ):
                if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                    return []
                return database.execute(statement, values).fetchall()
        return []

    def _key(self, path: str) -> bytes:
        """A path inside the workspace is kept relative to it: a workspace may be moved."""
        name = os.path.normpath(path)
        root = os.fspath(self.root)
        if name.startswith(root + os.sep):
            name = name[len(root) + 1 :]
        return os.fsencode(name)


def _connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)


def _join(root: str, path: str) -> str:
    return os.path.join(root, path)  # noqa: PTH118 - as `stamp_of`
