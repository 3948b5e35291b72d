"""Writing a board's lists: only lines that changed differ, all files together or none. Standard library only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from engine.dataset.lists.filelist import ListFile, unlistable
from engine.dataset.session import LISTED, PLACES, Board, Clip
from engine.errors import InputError
from engine.files.replace_many import recover, replace_together
from engine.text.rows import WIDE, newline_of

__all__ = ["FileChange", "SaveReport", "recover", "save"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What saving did to one list, in lines; a line that was edited counts once, as changed."""

    path: Path
    added: int
    removed: int
    changed: int

    @property
    def lines(self) -> int:
        """Lines that differ."""
        return self.added + self.removed + self.changed


@dataclass(frozen=True, slots=True)
class SaveReport:
    """The board as saved, and what changed in which list."""

    board: Board
    files: list[FileChange]

    @property
    def lines(self) -> int:
        """Lines that differ, over all lists."""
        return sum(each.lines for each in self.files)


class _Row(NamedTuple):
    """A line of a list with its end, and the clip it is of; -1 for a comment."""

    clip: int
    line: bytes


def save(
    board: Board,
    folder: str | Path,
    *,
    force: bool = False,
    on_step: Callable[[str], None] = lambda _name: None,
) -> SaveReport:
    """Write train, val, test (and quarantine, when a clip is in it) into `folder`.

    Lines that were not changed keep their bytes, order, comments and encoding; clips that are new to a list follow at
    its end, sorted by path, in its encoding and with its line ends. The former lists are kept as NAME.previous.

    Args:
        force: write over lists that somebody else changed since they were opened.
        on_step: called before each step that a kill could separate from the next.

    Raises:
        InputError: a list changed since it was opened, a clip without text, a character that the encoding of a list
            lacks, or the folder cannot be written to; nothing was written.
    """
    folder = Path(folder)
    recover(folder)
    layouts = {home: file for home, file in zip(board.homes, board.files, strict=True) if home is not None}
    contents: dict[str, bytes] = {}
    changes = []
    for place in LISTED:
        name = board.names[place]
        path = folder / name
        now = _read(path)
        opened = layouts.get(place)
        if now is not None and not force and now != _expected(board, place, path, opened, now):
            fix = "open the lists again, or save over it"
            raise InputError("was changed by somebody else since it was opened", path=path, fix=fix)
        rows = _rows(board, place, opened)
        data = _joined(opened, rows)
        if not data and now is None:
            continue
        contents[name] = data
        before = _on_disk(board, place, opened, now)
        changes.append(
            _compared(path, now or b"", data) if before is None else _clips_compared(path, before, rows)
        )
    replace_together(folder, contents, on_step)
    written = {place: contents[name] for place, name in board.names.items() if name in contents}
    return SaveReport(board.as_saved(written), changes)


def _rows(board: Board, place: str, opened: ListFile | None) -> list[_Row]:
    """The lines of one list: those that were there and stay, then what came to it."""
    number = PLACES.index(place)
    home = board.homes.index(place) if place in board.homes else -1
    newline = opened.newline if opened else b"\n"
    encoding = _encoding(board, home)
    rows: list[_Row] = []
    own = {clip.line: index for index, clip in enumerate(board.base) if clip.source == home} if opened else {}
    for line_number, line in enumerate(opened.lines if opened else (), 1):
        index = own.get(line_number)
        if index is None:
            rows.append(_Row(-1, line.raw))
        elif board.places[index] == number:
            kept = encoding if line.raw.isascii() else _encoding_of(board, index)
            rows.append(_Row(index, _line(board, index, kept, place) + line.end))
    # a last line without an end keeps its place as long as it stays the last
    new = [
        i
        for i, clip in enumerate(board.base)
        if board.places[i] == number and (clip.source != home or home < 0)
    ]
    new.sort(key=lambda index: board.clip(index).path)
    rows += [_Row(index, _line(board, index, encoding, place) + newline) for index in new]
    return [
        row if row.line.endswith(newline[-1:]) else _Row(row.clip, row.line + newline) for row in rows[:-1]
    ] + rows[-1:]


def _joined(opened: ListFile | None, rows: Sequence[_Row]) -> bytes:
    return (opened.mark if opened else b"") + b"".join(row.line for row in rows)


def _encoding(board: Board, home: int) -> str:
    """What a list is written in, by its clips that tell, else by its comments."""
    if home < 0 or board.files[home].mark:
        return "utf-8"
    lines = board.files[home].lines
    own = [
        index
        for index, clip in enumerate(board.base)
        if clip.source == home and not lines[clip.line - 1].raw.isascii()
    ]
    told = Counter(_encoding_of(board, index) for index in own) or Counter(
        line.encoding for line in lines if line.kind == "comment" and not line.raw.isascii()
    )
    return max(told, key=lambda name: (told[name], name)) if told else "utf-8"


def _encoding_of(board: Board, index: int) -> str:
    """What the line of a clip is written in: as it was, but UTF-8 once this fault of it is mended."""
    clip, base = board.clip(index), board.base[index]
    return (
        "utf-8" if base.fault and not clip.fault else board.files[base.source].lines[base.line - 1].encoding
    )


def _line(board: Board, index: int, encoding: str, place: str) -> bytes:
    """A clip's line without an end, its own bytes where nothing speaks against it."""
    clip, base = board.clip(index), board.base[index]
    home = board.homes[base.source] if base.source >= 0 else None
    if home is None:
        return "|".join(_columns(clip)).encode("utf-8", "surrogateescape")
    source = board.files[base.source]
    origin = source.lines[base.line - 1]
    body = origin.raw.removesuffix(b"\n").removesuffix(b"\r")
    if clip == base and (home == place or (origin.encoding == encoding != WIDE)):
        return body
    if WIDE in (encoding, origin.encoding):
        what = f"cannot be moved or edited while a list is {WIDE}"
        raise InputError(what, path=source.path, line=base.line, fix="make it UTF-8 first")
    try:
        return (body.decode(origin.encoding) if clip == base else "|".join(_columns(clip))).encode(encoding)
    except UnicodeEncodeError as error:
        name = board.names[place]
        what = f"{error.object[error.start]!r} cannot be written into {name}, which is {encoding}"
        fix = f"make {name} UTF-8 first, with the fix `strip`"
        raise InputError(what, path=source.path, line=base.line, fix=fix) from None


def _columns(clip: Clip) -> tuple[str, ...]:
    if unlisted := unlistable(clip.path):
        raise InputError(f"{clip.path!r} cannot be in a list: {unlisted}")
    if not clip.text:
        fix = "write what is said, transcribe it, or move it to quarantine"
        raise InputError(f"{clip.path} has no text, so it cannot be in a list", fix=fix)
    return (clip.path, clip.text) if clip.speaker is None else (clip.path, clip.speaker, clip.text)


def _expected(board: Board, place: str, path: Path, opened: ListFile | None, now: bytes) -> bytes:
    """What a list should hold if nobody else wrote it: what we saved or opened; anything if we did neither."""
    if place in board.written:
        return board.written[place]
    is_ours = opened is not None and opened.path.absolute() == path.absolute()
    return opened.data if is_ours and opened is not None else now


def _on_disk(board: Board, place: str, opened: ListFile | None, now: bytes | None) -> list[_Row] | None:
    """The lines of a list as it stands, clip by clip; None where it is not what this board wrote or read."""
    saved = board.saved
    if saved is None or now is None:
        return None
    try:
        rows = _rows(saved, place, opened)
    except InputError:
        return None
    return rows if _joined(opened, rows) == now else None


def _clips_compared(path: Path, before: Sequence[_Row], after: Sequence[_Row]) -> FileChange:
    """Which clips a list gained, lost, or has another line for, whatever of it is edited."""
    old, new = (
        {row.clip: row.line.rstrip(b"\r\n") for row in rows if row.clip >= 0} for rows in (before, after)
    )
    both = old.keys() & new.keys()
    changed = sum(old[clip] != new[clip] for clip in both)
    return FileChange(path, len(new) - len(both), len(old) - len(both), changed)


def _compared(path: Path, before: bytes, after: bytes) -> FileChange:
    """The same for a list that somebody else wrote: a line is edited when it names the same clip."""
    old, new = Counter(_bodies(before)), Counter(_bodies(after))
    gone, come = old - new, new - old
    left = Counter(line.split(b"|", 1)[0] for line in gone.elements())
    arrived = Counter(line.split(b"|", 1)[0] for line in come.elements())
    changed = (left & arrived).total()
    return FileChange(path, come.total() - changed, gone.total() - changed, changed)


def _bodies(data: bytes) -> list[bytes]:
    """Lines without their ends; empty ones at the end of a list are none."""
    body = data.rstrip(b"\r\n")
    return [line.rstrip(b"\r") for line in body.split(newline_of(data)[-1:])] if body else []


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
