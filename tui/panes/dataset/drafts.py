"""Unsaved changes, kept after every step: a crash, a lost connection or a careless quit costs nothing.

    .vitsdeck/drafts/DIGEST.json    v, t, sources, clips: [index, path, line, place, columns or null],
                                    typed: [index, path, line, text], steps: lines of the journal
    .vitsdeck/drafts/DIGEST.steps   the journal: every step behind these changes, for undo and redo

A draft names each clip that stands elsewhere, or says something else, than on the disk, and each transcript that was
typed and not entered. It is taken up by the clip's place in what is opened, or by its path where lists were changed
meanwhile; the steps behind it then come with it if they lead to just these changes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.dataset.clips.cache import FOLDER
from engine.dataset.session import PLACES, Board, Change, Clip
from engine.errors import InputError
from engine.files.atomic import write_text
from tui.app import words
from tui.panes.dataset.journal import Journal, with_history

VERSION = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved changes as they lie on the disk."""

    path: Path
    sources: tuple[Path, ...]
    time: float
    clips: list[list[Any]] = field(default_factory=list)
    typed: list[list[Any]] = field(default_factory=list)
    steps: int = 0

    @property
    def journal(self) -> Path:
        """The steps behind it."""
        return self.path.with_suffix(".steps")

    @property
    def said(self) -> str:
        """What it holds, in words."""
        parts = [f"{words.plural(len(self.clips), 'clip')} changed and not saved"] if self.clips else []
        parts += [f"{words.plural(len(self.typed), 'transcript')} typed and not kept"] if self.typed else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Drafts:
    """All drafts of one workspace."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.root / FOLDER / "drafts"

    def path_of(self, sources: Sequence[Path]) -> Path:
        """The file of what was opened; any list of a split stands for all of them."""
        names = "\n".join(str(self.root / source) for source in sources)
        return (
            self.folder
            / f"{hashlib.blake2b(names.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}.json"
        )

    def keep(
        self,
        sources: Sequence[Path],
        opened: Board,
        board: Board,
        typed: Mapping[int, str] | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Write what differs between the disk and the screen; nothing is kept where nothing does.

        Args:
            typed: transcripts that were typed and not entered, by the number of their clip.
            journal: where the steps are written down as well.

        Raises:
            InputError: the workspace cannot be written to.
        """
        path = self.path_of(sources)
        clips = list(_differences(opened, board))
        try:
            if not clips and not typed:
                self.drop(sources)
                if journal is not None:
                    journal.forget()
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            content = {
                "v": VERSION,
                "t": time.time(),
                "sources": [str(each) for each in sources],
                "clips": clips,
                "typed": [
                    [index, opened.clip(index).path, opened.clip(index).line, text]
                    for index, text in (typed or {}).items()
                ],
                "steps": 0 if journal is None else journal.add(board),
            }
            write_text(path, json.dumps(content))
        except OSError as error:
            raise InputError(f"unsaved changes cannot be kept ({error.strerror})", path=path) from None

    def drop(self, sources: Sequence[Path]) -> None:
        """Nothing is unsaved any more."""
        path = self.path_of(sources)
        path.unlink(missing_ok=True)
        path.with_suffix(".steps").unlink(missing_ok=True)

    def journal_of(self, sources: Sequence[Path], opened: Board) -> Journal:
        """A new journal for what was opened."""
        return Journal(self.path_of(sources).with_suffix(".steps"), opened)

    def read(self, sources: Sequence[Path]) -> Draft | None:
        """The draft of what was opened; None where there is none that can be read."""
        return _read(self.path_of(sources))

    def newest(self) -> Draft | None:
        """The draft that was written last."""
        found = [draft for path in self.folder.glob("*.json") if (draft := _read(path)) is not None]
        return max(found, key=lambda draft: draft.time, default=None)


def _differences(opened: Board, board: Board) -> list[list[Any]]:
    found: list[list[Any]] = []
    for index, (then, now) in enumerate(zip(opened.places, board.places, strict=True)):
        before, after = opened.clip(index), board.clip(index)
        if then != now or before != after:
            columns = None if before == after else [after.path, after.speaker, after.text, after.fault]
            found.append([index, before.path, before.line, PLACES[now], columns])
    return found


def _read(path: Path) -> Draft | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["v"] != VERSION:
            return None
        clips = [entry for entry in content["clips"] if _is_sound(entry)]
        typed = [entry for entry in content.get("typed", ()) if _is_typed(entry)]
        sources = tuple(Path(name) for name in content["sources"])
        return Draft(path, sources, float(content["t"]), clips, typed, int(content.get("steps", 0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_sound(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 5:
        return False
    index, path, _, place, columns = entry
    is_edit = columns is None or (isinstance(columns, list) and len(columns) == 4)
    return isinstance(index, int) and isinstance(path, str) and place in PLACES and is_edit


def _is_typed(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 4:
        return False
    index, path, _, text = entry
    return isinstance(index, int) and isinstance(path, str) and isinstance(text, str)


def taken_up(board: Board, draft: Draft) -> tuple[Board, int]:
    """The board with a draft's changes, and how many of them found no clip any more.

    The steps that led there are behind it; or one step of undo, where they do not fit what was opened.
    """
    find = _Finder(board)
    changes: dict[int, Change] = {}
    moves: dict[int, str] = {}
    lost = 0
    for number, path, line, place, columns in draft.clips:
        index = find(number, path, line)
        if index is None:
            lost += 1
            continue
        moves[index] = place
        if columns is not None:
            changes[index] = Change(*columns)
    wanted = board.changed(changes, moves, "take up unsaved changes")
    return with_history(wanted, board, draft.journal, draft.steps), lost


def typed_in(board: Board, draft: Draft) -> dict[int, str]:
    """Transcripts that were typed and not entered, by the number of their clip."""
    find = _Finder(board)
    found = {find(number, path, line): text for number, path, line, text in draft.typed}
    return {index: text for index, text in found.items() if index is not None}


class _Finder:
    """Which clip of a board a draft means; None: there is none any more."""

    def __init__(self, board: Board) -> None:
        self._board = board
        paths = Counter(clip.path for clip in board.clips)
        self._by_path = {clip.path: index for index, clip in enumerate(board.clips) if paths[clip.path] == 1}

    def __call__(self, number: int, path: str, line: int) -> int | None:
        return number if _is_at(self._board, number, path, line) else self._by_path.get(path)


def _is_at(board: Board, index: int, path: str, line: int) -> bool:
    if not 0 <= index < len(board):
        return False
    clip: Clip = board.clip(index)
    return clip.path == path and clip.line == line
