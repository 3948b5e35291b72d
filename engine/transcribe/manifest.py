"""The manifest that a transcription makes, `path|text` a line, and beside it what became of every recording.

What stands in the manifest is kept: a person may have corrected it. A line without a text, as `vitsdeck slice` writes
it, keeps its place and waits. LIST.transcribed.json says for each recording whether it is done, empty (nobody speaks),
failed or unconfirmed, and by which settings.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.run.atomic import write_json
from engine.text.rows import read_rows, write_rows

SUFFIX = ".transcribed.json"
_WRITE_SECONDS = 2.0
_UNSPACED = ("zh", "cmn", "yue", "ja", "th", "lo", "km", "my")


class Manifest:
    """A manifest under way; `save` writes it whole or not at all.

    Raises:
        InputError: the file is no manifest of two columns, or cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.report_path = self.path.with_name(self.path.name + SUFFIX)
        self.texts: dict[str, str] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.made_by: dict[str, Any] = {}
        self._saved = 0.0
        self._changed = False
        _check_writable(self.path)
        listed: dict[str, str] = {}
        if self.path.exists() and self.path.stat().st_size:
            for row in read_rows(self.path):
                if len(row.columns) != 2:
                    fix = "name another --out"
                    raise InputError("is not a manifest of path|text", path=self.path, line=row.line, fix=fix)
                listed[row.columns[0].strip()] = row.columns[1]
        self.texts = {name: text for name, text in listed.items() if text.strip()}
        self._old = listed  # a person's order is theirs; what is new is sorted
        self._read_report()

    def has(self, name: str) -> bool:
        """Whether a recording has its transcript."""
        return name in self.texts

    def set(self, name: str, state: str, text: str = "", **more: Any) -> None:
        """What became of a recording: `done` with its text, or `empty`, `failed`, `unconfirmed` without."""
        if state == "done":
            self.texts[name] = text
        elif state == "empty":
            self.texts.pop(name, None)
            self._old.pop(name, None)
        self.files[name] = {"state": state, **more}
        self._changed = True

    def save(self, *, now: bool = False) -> None:
        """Write both files, if there is news; every two seconds at most unless `now`.

        Raises:
            InputError: they cannot be written.
        """
        if not self._changed or (not now and time.monotonic() - self._saved < _WRITE_SECONDS):
            return
        if self.texts or self.path.exists():
            new = sorted(self.texts.keys() - self._old.keys())
            write_rows(self.path, [(name, self.texts.get(name, "")) for name in [*self._old, *new]])
        try:
            files = dict(sorted(self.files.items()))
            write_json(self.report_path, {"v": 1, "made_by": self.made_by, "files": files})
        except OSError as error:
            what = f"cannot be written ({error.strerror or error})"
            raise InputError(what, path=self.report_path) from None
        self._changed, self._saved = False, time.monotonic()

    def _read_report(self) -> None:
        try:
            found = json.loads(self.report_path.read_text(encoding="utf-8"))
            files = found["files"]
        except (OSError, ValueError, KeyError, TypeError):
            return  # a lost report costs nothing: the ledger knows all of it
        if isinstance(files, dict):
            self.files = {str(key): value for key, value in files.items() if isinstance(value, dict)}


def joined(texts: list[str], language: str) -> str:
    """The text of a recording from those of its pieces, fit for a line of a manifest."""
    between = "" if language.lower().split("-")[0] in _UNSPACED else " "
    whole = between.join(text.strip() for text in texts if text.strip())
    return " ".join(whole.replace("|", " ").split())


def name_fault(name: str) -> str:
    """Why a recording of this name cannot stand in a manifest; empty when it can."""
    if any(mark in name for mark in "|\n\r"):
        return "has a bar or a line break in its name, which a manifest cannot hold; rename it"
    if name.startswith("#"):
        return "has a name that would read back as a comment in a manifest; rename it"
    if name != name.strip():
        return "has a space at an end of its name, which a manifest would lose; rename it"
    if not name.isascii() and not _is_unicode(name):
        return "has a name that is not UTF-8, as manifests are; rename it"
    return ""


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_writable(path: Path) -> None:
    """Before money is spent: a manifest that cannot be written is found out now."""
    fix = "name another --out, or change its mode"
    if path.is_dir():
        raise InputError("is a folder, where the manifest would go", path=path, fix="name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.with_name(f".{path.name}.{os.getpid()}.try")
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        probe.unlink()
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path, fix=fix) from None
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError("cannot be written (it is read-only)", path=path, fix=fix)
