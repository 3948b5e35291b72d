"""The statistics of a workspace's clips, kept by path, size and time of change, so that each is decoded once.

`.vitsdeck/analysis.sqlite` is a cache: a file that is damaged, or of another version, is deleted and filled anew.
Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, NamedTuple

from engine.dataset.clips.clip_stats import MISSING, OUTSIDE, ClipStats, climbs_out
from engine.errors import cannot_write

FOLDER, NAME = ".vitsdeck", "analysis.sqlite"
VERSION = 4  # of the table and of what the statistics mean
_BUSY_SECONDS = 10.0
_COLUMNS = ["path", "size", "mtime_ns", *(each.name for each in fields(ClipStats))]
_TABLE = f"""
CREATE TABLE IF NOT EXISTS clips ({", ".join(_COLUMNS)}, PRIMARY KEY (path)) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""

Stamp = tuple[int, int]  # size in bytes, time of the last change in ns


class Measured(NamedTuple):
    """One clip that was measured: where, of which size and time, and its statistics."""

    path: str
    stamp: Stamp
    stats: ClipStats


def stamp_of(path: str | Path) -> Stamp | None:
    """Size and time of a regular file; None when there is none: reading a pipe could take for ever."""
    try:
        found = os.stat(path)  # noqa: PTH116 - ten thousand of them: a Path each would double the time
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


class StatsCache:
    """The statistics of one workspace. Paths are as filelists name them, relative to `root` or absolute."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self.path = self.root / FOLDER / NAME

    def find(self, paths: Sequence[str]) -> list[ClipStats | None]:
        """The statistics of each path.

        None: not measured since it last changed. MISSING: no such file. OUTSIDE: it climbs out of the workspace.
        """
        known = {row[0]: row[1:] for row in self._rows()}
        root = os.fspath(self.root)
        base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
        found: list[ClipStats | None] = []
        for path in paths:
            if climbs_out(path, base):
                found.append(OUTSIDE)
                continue
            stamp = stamp_of(os.path.join(root, path))  # noqa: PTH118 - as above
            if stamp is None:
                found.append(MISSING)
                continue
            row = known.get(self._key(path))
            found.append(ClipStats(*row[2:]) if row is not None and row[:2] == stamp else None)
        return found

    def add(self, measured: Sequence[Measured]) -> None:
        """Keep what was measured.

        Raises:
            InputError: the cache cannot be written.
        """
        rows = [(self._key(each.path), *each.stamp, *astuple(each.stats)) for each in measured]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._add(rows)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:  # damaged, or of another version
                for end in ("", "-journal", "-wal", "-shm"):
                    self.path.with_name(NAME + end).unlink(missing_ok=True)
                self._add(rows)
        except (OSError, sqlite3.OperationalError) as error:  # a full disk, a folder without right to write
            raise cannot_write(error, self.path) from None

    def _add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(_COLUMNS))
        with contextlib.closing(self._connect()) as database, database:
            if database.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):  # 0: new
                raise sqlite3.DatabaseError
            database.executescript(_TABLE)
            database.executemany(f"INSERT OR REPLACE INTO clips VALUES ({marks})", rows)  # noqa: S608

    def _rows(self) -> list[Any]:
        """All rows; none when there is no cache, or one that cannot be read: then nothing is known."""
        if not self.path.exists():
            return []
        with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(self._connect()) as database:
            if database.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                return database.execute("SELECT * FROM clips").fetchall()
        return []

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_BUSY_SECONDS)

    def _key(self, path: str) -> bytes:
        """A path inside the workspace is kept relative to it: a workspace may be moved."""
        name = os.path.normpath(path)
        return os.fsencode(name.removeprefix(os.fspath(self.root) + os.sep))
