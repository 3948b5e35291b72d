"""The manifest that a transcription makes, `path|text` a line, and the report beside it, LIST.transcribed.json.

Texts in the manifest are kept: a person may have corrected them. A line without a text, as `vitsdeck slice` writes it,
keeps its place and is filled in. The report says for each recording whether it is done, empty (nobody speaks), failed
or unconfirmed, by which settings, and by which attempt when there was more than one.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from engine.errors import InputError, cannot_write
from engine.files.atomic import stamp, write_json
from engine.i18n import _
from engine.text.rows import read_rows, write_lines

SUFFIX = ".transcribed.json"
_WRITE_SECONDS = 2.0
_UNSPACED = ("zh", "cmn", "yue", "ja", "th", "lo", "km", "my")


class Manifest:
    """A manifest under way; `save` writes it whole or not at all, around what a person changed in it meanwhile.

    Raises:
        InputError: the file is no manifest of two columns, or cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.report_path = self.path.with_name(self.path.name + SUFFIX)
        self.files: dict[str, dict[str, Any]] = {}
        self.made_by: dict[str, Any] = {}
        self._saved = 0.0
        self._changed = False
        self.texts: dict[str, str] = {}
        self._lines: list[tuple[str, str]] = []  # as they stand, each with its recording ("" for a comment)
        self._listed: dict[str, str] = {}  # the text of each recording as it stands
        self._silent: set[str] = set()  # nobody speaks in them: no line
        self._added: set[str] = set()  # lines of ours behind all others, in the order of names
        _check_writable(self.path)
        self._read()
        self._read_report()

    def has(self, name: str) -> bool:
        """Whether a recording has its transcript."""
        return name in self.texts

    def attempt(self, name: str) -> int:
        """The number of the attempt that a recording's transcript is from."""
        known = self.files.get(name, {})
        return int(
            known.get("attempt", 2 if "again" in known else 1)
        )  # older versions marked a redo with `again`

    def set(self, name: str, state: str, text: str = "", **more: Any) -> None:
        """What became of a recording: `done` with its text, or `empty`, `failed`, `unconfirmed` without."""
        self._silent.discard(name)
        if state == "done":
            self.texts[name] = text
        elif state == "empty":
            self.texts.pop(name, None)
            self._silent.add(name)
        self.files[name] = {"state": state, **more}
        self._changed = True

    def save(self, *, now: bool = False) -> None:
        """Write both files, if there is news; every two seconds at most unless `now`.

        Raises:
            InputError: they cannot be written, or a person has made something else of the manifest.
        """
        if not self._changed or (not now and time.monotonic() - self._saved < _WRITE_SECONDS):
            return
        try:
            if stamp(self.path) != self._stamp:
                self._read()
        except InputError:
            if now:
                raise
            return  # somebody is at it: the next save may find it whole again
        if self.texts or self.path.exists():
            self._write()
        try:
            files = dict(sorted(self.files.items()))
            write_json(self.report_path, {"v": 1, "made_by": self.made_by, "files": files})
        except OSError as error:
            raise cannot_write(error, self.report_path) from None
        self._changed, self._saved = False, time.monotonic()

    def _read(self) -> None:
        """Read the lines; what a person has corrected, added or removed since we last looked stays so."""
        before = self._listed
        self._stamp = stamp(self.path)
        self._lines, self._listed = [], {}
        self._added.clear()  # once a person has saved the file, its order is theirs
        if self._stamp and self._stamp[1]:
            rows = {row.line: row for row in read_rows(self.path)}
            whole = self.path.read_bytes().decode("utf-8-sig")
            for number, line in enumerate(whole.rstrip().split("\n"), 1):
                name, row = "", rows.get(number)
                if row is not None:
                    if len(row.columns) != 2:
                        what, fix = _("is not a manifest of path|text"), _("name another --out")
                        raise InputError(what, path=self.path, line=number, fix=fix)
                    name = row.columns[0].strip()
                    self._listed[name] = row.columns[1]
                self._lines.append((name, line.removesuffix("\r")))
        for name, text in self._listed.items():
            if text.strip() and text != before.get(name):
                self.texts[name] = text
        for name in before.keys() - self._listed.keys():
            if before[name].strip():  # an empty one was only waiting: its text is news
                self.texts.pop(name, None)

    def _write(self) -> None:
        """A person's order is theirs and comments stay; what is new is sorted and comes last."""
        self._added |= self.texts.keys() - self._listed.keys()
        lines = []
        for name, line in self._lines:
            if name not in self._silent | self._added:
                known = self.texts.get(name) if name else None
                lines.append((name, line if known in (None, self._listed.get(name)) else f"{name}|{known}"))
        ours = sorted(self._added & self.texts.keys())
        lines += [(name, f"{name}|{self.texts[name]}") for name in ours]
        write_lines(self.path, (f"{line}\n" for _unused, line in lines))
        self._lines, self._stamp = lines, stamp(self.path)
        self._listed = {name: line.partition("|")[2] for name, line in lines if name}

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
    is_utf8 = name == name.encode(errors="replace").decode()
    if is_utf8 and not name.startswith("#") and name == name.strip() and not set(name) & set("|\n\r"):
        return ""
    return _(
        "has a name that a manifest cannot hold (a bar, a line break, a space at an end, a # at the beginning, "
        "or not UTF-8); rename it"
    )


def _check_writable(path: Path) -> None:
    """Before money is spent: raise InputError for a manifest that cannot be written."""
    if path.is_dir():
        raise InputError(_("is a folder, where the manifest would go"), path=path, fix=_("name a file"))
    reason = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            reason = _("it is read-only")
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        what = _("cannot be written ({reason})").format(reason=reason)
        raise InputError(what, path=path, fix=_("name another --out"))
