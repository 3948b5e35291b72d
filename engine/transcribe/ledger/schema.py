"""The ledger's tables, and opening them so that nothing that was committed can be lost."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from engine.errors import InputError

VERSION = 2  # 1 had a queue without digests
_REMOTE = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "afs", "ceph", "lustre", "beegfs", "gpfs")
)
_WAIT_SECONDS = 60.0  # for another process's transaction; each of ours takes milliseconds

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY,
    time_zone TEXT NOT NULL,      -- in which its months begin
    budget_micros INTEGER         -- the most that a month may cost; NULL: no limit
);
CREATE TABLE IF NOT EXISTS prices (id TEXT PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (id TEXT PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL,         -- SHA-256 of the samples
    provider TEXT NOT NULL,
    settings TEXT NOT NULL,       -- id of everything that decides the result
    take INTEGER NOT NULL,        -- the attempt: 1, more after a redo or a retry
    account TEXT NOT NULL,
    price TEXT NOT NULL,
    path TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    length_ms INTEGER NOT NULL,
    expected_ms INTEGER NOT NULL, -- what the price list bills for it
    worst_ms INTEGER NOT NULL,    -- what a budget sets aside for it
    state TEXT NOT NULL CHECK (state IN ('reserved', 'sent', 'settled', 'failed', 'unconfirmed')),
    billed_ms INTEGER,            -- settled: what was billed
    is_told INTEGER NOT NULL DEFAULT 0, -- whether the reply said so; else it is our own rounding
    text TEXT,                    -- settled: what was said; '' when nothing was
    confidence REAL,
    reason TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    job TEXT NOT NULL,
    owner TEXT NOT NULL,          -- identity of the process, so that a dead one's rows can be told
    at REAL NOT NULL,             -- unix seconds: when it was reserved, then when it was sent
    month TEXT NOT NULL,          -- of `at`, in the account's time zone
    UNIQUE (digest, provider, settings, take)
);
CREATE INDEX IF NOT EXISTS by_month ON chunks (account, month, price, state, billed_ms, expected_ms, worst_ms);
CREATE INDEX IF NOT EXISTS by_price ON chunks (price, state, id, billed_ms, worst_ms);
CREATE INDEX IF NOT EXISTS open_rows ON chunks (state) WHERE state IN ('reserved', 'sent');
CREATE TABLE IF NOT EXISTS queue (
    job TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    settings TEXT NOT NULL,
    account TEXT NOT NULL,
    price TEXT NOT NULL,
    expected_ms INTEGER NOT NULL,
    above INTEGER NOT NULL,       -- a chunk of the same sound with an id above this one is what it waits for
    owner TEXT NOT NULL,
    PRIMARY KEY (job, number)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger, made when missing (0600 in a folder of 0700).

    Raises:
        InputError: it cannot be opened, is damaged, or comes from a newer vitsdeck.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    except OSError as error:
        what = f"cannot be opened ({error.strerror or error})"
        raise InputError(what, path=path, fix="check its owner, or name another ledger") from None
    except sqlite3.Error as error:
        raise InputError(f"cannot be opened ({error})", path=path) from None
    db.row_factory = sqlite3.Row
    try:
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        is_damaged = not isinstance(error, sqlite3.OperationalError)  # else it is locked, or the disk is full
        fix = "put a copy back, or move it away: a new one begins, which knows of nothing spent so far"
        what = f"cannot be used as a ledger ({error})"
        raise InputError(what, path=path, fix=fix if is_damaged else "") from None
    except BaseException:
        db.close()
        raise
    return db


def is_missing(path: Path) -> bool:
    """Whether there is no ledger; one in a folder that may not be read is there, as far as we know."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def empty() -> sqlite3.Connection:
    """A ledger in which nothing stands, in memory."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.executescript(_TABLES)
    return db


def _choose_journal(db: sqlite3.Connection, path: Path) -> None:
    """WAL, whose shared memory works among processes of one machine; on a network's file system the older journal.

    Raises:
        InputError: the file is on a network, in WAL, and open elsewhere, so that it cannot be changed.
    """
    if not is_remote(path):
        _journal(db, "WAL")  # where it is refused, the older journal stays: as safe, only slower
    elif _journal(db, "DELETE") == "wal":
        what = "lies on a network's file system and is open elsewhere in a way that is not safe there"
        raise InputError(what, path=path, fix="close other windows, or name a --ledger on a local disk")


def is_remote(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether a file lies on another machine, as far as the list of mounts (Linux) says."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    where, kind = "", ""
    real = os.path.realpath(path)
    for line in lines:
        fields = line.split()
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
        if Path(real).is_relative_to(point) and len(point) >= len(where):
            where, kind = point, fields[fields.index("-") + 1]
    return kind.removeprefix("fuse.") in _REMOTE


def _journal(db: sqlite3.Connection, mode: str) -> str:
    """Ask for a way of keeping the journal; the one that it is kept in from now on."""
    try:
        return str(db.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]).lower()
    except sqlite3.OperationalError:  # no shared memory, or others have the file open
        return str(db.execute("PRAGMA journal_mode").fetchone()[0]).lower()


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    _choose_journal(db, path)
    db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk before it counts
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise InputError(
            f"was written by a newer vitsdeck (version {found})", path=path, fix="update vitsdeck"
        )
    if found < VERSION:
        # what waits is told anew by each job that begins
        script = f"DROP TABLE IF EXISTS queue; {_TABLES} PRAGMA user_version = {VERSION};"
        db.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
