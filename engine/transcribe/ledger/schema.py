"""The ledger's tables, and opening them so that nothing that was committed can be lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _

VERSION = 2  # 1 had a queue without digests
_WAIT_SECONDS = 60.0  # for another process's transaction; each of ours takes milliseconds

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY,
    time_zone TEXT NOT NULL,      -- in which its months begin
    budget_micros INTEGER         -- the most that a month may cost; NULL: no limit
);
CREATE TABLE IF NOT EXISTS prices (id TEXT PRIMARY KEY, row TEXT NOT NULL);
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
    owner TEXT NOT NULL,          -- identity of the process, so that a dead one's rows are known
    at REAL NOT NULL,             -- unix seconds: when it was reserved, then when it was sent
    month TEXT NOT NULL,          -- when it was reserved, in the account's time zone
    UNIQUE (digest, provider, settings, take)
);
CREATE INDEX IF NOT EXISTS by_month ON chunks (account, month, price, state, billed_ms, expected_ms, worst_ms);
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


def connect(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """Open the ledger. A missing one is made (0600 in a folder of 0700), or read as an empty one unless `create`.

    Raises:
        InputError: it cannot be opened, is damaged, or comes from a newer vitsdeck.
    """
    is_made = create or not is_missing(path)
    try:
        if is_made:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        file = path if is_made else ":memory:"
        db = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise InputError(
            _("cannot be opened ({error})").format(error=error), path=path, fix=_("name another ledger")
        ) from None
    db.row_factory = sqlite3.Row
    try:
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        fix = _("if it is damaged, put a copy back, or move it away: a new one knows of nothing spent so far")
        what = _("cannot be used as a ledger ({error})").format(error=error)
        raise InputError(what, path=path, fix=fix) from None
    except BaseException:
        db.close()
        raise
    return db


def is_missing(path: Path) -> bool:
    """Whether there is no ledger; one in a folder that may not be read is there, as far as we know."""
    with contextlib.suppress(PermissionError):
        return not path.exists()
    return False


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    # not WAL, whose shared memory does not work on a network's file system; EXTRA: a commit is on the disk
    with contextlib.suppress(
        sqlite3.OperationalError
    ):  # an older vitsdeck has it open in WAL: as safe on one machine
        db.execute("PRAGMA journal_mode = DELETE")
    db.execute("PRAGMA synchronous = EXTRA")
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise InputError(
            _("was written by a newer vitsdeck (version {found})").format(found=found),
            path=path,
            fix=_("update vitsdeck"),
        )
    if found < VERSION:
        # each job that starts writes its queue anew
        script = f"DROP TABLE IF EXISTS queue; {_TABLES} PRAGMA user_version = {VERSION};"
        db.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
