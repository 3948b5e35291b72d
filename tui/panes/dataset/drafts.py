"""Unsaved changes, kept after every step: a crash, a lost connection or a careless quit costs nothing.

    .vitsdeck/drafts/DIGEST.json    v, t, sources, clips: [index, path, line, place, columns or null]

A draft names each clip that stands elsewhere, or says something else, than on the disk. It is taken up by the clip's
place in what is opened, or by its path where lists were changed meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.data.figures import FOLDER
from engine.data.splitset import PLACES, Board, Change, Clip
from engine.errors import InputError
from engine.run.atomic import write_text

VERSION = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved changes as they lie on the disk."""

    path: Path
    sources: tuple[Path, ...]
    time: float
    clips: list[list[Any]] = field(default_factory=list)


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

    def keep(self, sources: Sequence[Path], opened: Board, board: Board) -> None:
        """Write what differs between the disk and the screen; nothing is kept where nothing does.

        Raises:
            InputError: the workspace cannot be written to.
        """
        path = self.path_of(sources)
        clips = list(_differences(opened, board))
        try:
            if not clips:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            content = {
                "v": VERSION,
                "t": time.time(),
                "sources": [str(each) for each in sources],
                "clips": clips,
            }
            write_text(path, json.dumps(content))
        except OSError as error:
            raise InputError(f"unsaved changes cannot be kept ({error.strerror})", path=path) from None

    def drop(self, sources: Sequence[Path]) -> None:
        """Nothing is unsaved any more."""
        self.path_of(sources).unlink(missing_ok=True)

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
        return Draft(path, tuple(Path(name) for name in content["sources"]), float(content["t"]), clips)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_sound(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 5:
        return False
    index, path, _, place, columns = entry
    is_edit = columns is None or (isinstance(columns, list) and len(columns) == 4)
    return isinstance(index, int) and isinstance(path, str) and place in PLACES and is_edit


def taken_up(board: Board, draft: Draft) -> tuple[Board, int]:
    """The board with a draft's changes as one step of undo, and how many of them found no clip any more."""
    paths = Counter(clip.path for clip in board.clips)
    by_path = {clip.path: index for index, clip in enumerate(board.clips) if paths[clip.path] == 1}
    changes: dict[int, Change] = {}
    moves: dict[int, str] = {}
    lost = 0
    for number, path, line, place, columns in draft.clips:
        index = number if _is_at(board, number, path, line) else by_path.get(path)
        if index is None:
            lost += 1
            continue
        moves[index] = place
        if columns is not None:
            changes[index] = Change(*columns)
    return board.changed(changes, moves, "take up unsaved changes"), lost


def _is_at(board: Board, index: int, path: str, line: int) -> bool:
    if not 0 <= index < len(board):
        return False
    clip: Clip = board.clip(index)
    return clip.path == path and clip.line == line
