"""Unsaved changes, written after every step and every letter: a crash or a lost connection costs nothing.

    .vitsdeck/drafts/DIGEST.json    v, t, sources, clips: [index, path, line, split, columns or null],
                                    typed: [index, path, line, text]

A draft names each clip that differs from the lists on the disk, and each transcript that was typed and not entered.
A clip is found again by its index in what is opened, or by its path where lists were changed meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from engine.dataset.clips.cache import FOLDER
from engine.dataset.session import ALL_SPLITS, Change, DatasetState
from engine.errors import InputError
from engine.files.atomic import write_text
from engine.i18n import _, plural

_VERSION = 1


class _Change(NamedTuple):
    """What differs of one clip: its split, and its columns where they do."""

    number: int
    path: str
    line: int
    split: str
    columns: Change | None


class _Typed(NamedTuple):
    """A transcript that was typed and not entered."""

    number: int
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved changes of what was opened, as they are kept on the disk."""

    sources: tuple[Path, ...]
    time: float
    clips: list[_Change]
    typed: list[_Typed]

    @classmethod
    def of(
        cls, sources: tuple[Path, ...], opened: DatasetState, state: DatasetState, typed: Mapping[int, str]
    ) -> Draft:
        """What differs between the dataset on the disk and as it is now, and what is typed by its clip's number."""
        clips = []
        for index in sorted(state.differing(opened)):
            before, after = opened.clip(index), state.clip(index)
            columns = None if before == after else Change(after.path, after.speaker, after.text, after.fault)
            clips.append(_Change(index, before.path, before.line, state.split_of(index), columns))
        texts = [_Typed(i, opened.clip(i).path, opened.clip(i).line, text) for i, text in typed.items()]
        return cls(sources, time.time(), clips, texts)

    @property
    def sentence(self) -> str:
        """What it holds, in words; "" for nothing."""
        count, typed = len(self.clips), len(self.typed)
        clips = plural("{n:,} clip changed and not saved", "{n:,} clips changed and not saved", count)
        texts = plural("{n:,} transcript typed and not kept", "{n:,} transcripts typed and not kept", typed)
        return ", ".join([clips] * bool(count) + [texts] * bool(typed))

    def applied(self, state: DatasetState) -> tuple[DatasetState, int]:
        """The state with these changes as one step, and how many of them found no clip any more."""
        find = _finder(state)
        found = {index: each for each in self.clips if (index := find(each)) is not None}
        moves = {index: each.split for index, each in found.items()}
        changes = {index: each.columns for index, each in found.items() if each.columns}
        return state.changed(changes, moves, _("take up unsaved changes")), len(self.clips) - len(found)

    def typed_in(self, state: DatasetState) -> dict[int, str]:
        """Transcripts that were typed and not entered, by the number of their clip; the newest is the last."""
        find = _finder(state)
        return {index: each.text for each in self.typed if (index := find(each)) is not None}


class Autosave:
    """The drafts of one workspace: the newest is written by whichever thread calls `write`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / FOLDER / "drafts"
        self._next: Draft | None = None
        self._lock = threading.Lock()  # or an older draft could be written over a newer one

    def keep(self, draft: Draft) -> None:
        """Have this written by the next `write`, in place of what was not written yet."""
        self._next = draft

    def write(self) -> None:
        """Write what is unsaved; where nothing is, there is no file.

        Raises:
            InputError: the workspace cannot be written to.
        """
        with self._lock:
            draft, self._next = self._next, None
            if draft is None:
                return
            path = self._path_of(draft.sources)
            content = {
                "v": _VERSION,
                "t": draft.time,
                "sources": [str(each) for each in draft.sources],
                "clips": draft.clips,
                "typed": draft.typed,
            }
            try:
                if draft.sentence:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    write_text(path, json.dumps(content))
                else:
                    path.unlink(missing_ok=True)
            except OSError as error:
                what = _("unsaved changes cannot be kept ({reason})").format(reason=error.strerror)
                raise InputError(what, path=path) from None

    def drop(self, sources: Sequence[Path]) -> None:
        """Forget what was unsaved of this."""
        with self._lock:
            if self._next is not None and self._next.sources == tuple(sources):
                self._next = None
            self._path_of(sources).unlink(missing_ok=True)

    def read(self, sources: Sequence[Path]) -> Draft | None:
        """The draft of what was opened; None where there is none that can be read."""
        return _read(self._path_of(sources))

    def newest(self) -> Draft | None:
        """The draft that was written last."""
        found = [draft for path in self.folder.glob("*.json") if (draft := _read(path)) is not None]
        return max(found, key=lambda draft: draft.time, default=None)

    def _path_of(self, sources: Sequence[Path]) -> Path:
        names = "\n".join(str(self._root / source) for source in sources).encode("utf-8", "surrogateescape")
        return self.folder / f"{hashlib.blake2b(names, digest_size=8).hexdigest()}.json"


def _read(path: Path) -> Draft | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["v"] != _VERSION:
            return None
        clips = [_change_of(*each) for each in content["clips"]]
        typed = [_Typed(*each) for each in content.get("typed", ())]
        return Draft(tuple(map(Path, content["sources"])), float(content["t"]), clips, typed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _change_of(number: int, path: str, line: int, split: str, columns: list[str] | None) -> _Change:
    known = ALL_SPLITS[ALL_SPLITS.index(split)]
    return _Change(int(number), path, line, known, None if columns is None else Change(*columns))


def _finder(state: DatasetState) -> Callable[[_Change | _Typed], int | None]:
    """Which clip a draft means: the one at its index, else of its path; None: there is none any more."""
    paths = Counter(clip.path for clip in state.clips)
    by_path = {clip.path: index for index, clip in enumerate(state.clips) if paths[clip.path] == 1}

    def find(each: _Change | _Typed) -> int | None:
        clip = state.clip(each.number) if 0 <= each.number < len(state) else None
        if clip is not None and (clip.path, clip.line) == (each.path, each.line):
            return each.number
        return by_path.get(each.path)

    return find
