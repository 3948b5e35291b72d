"""Writing a board's lists: only lines that changed differ, all files together or none. Standard library only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data.listfile import ListFile, unlistable, write_columns
from engine.data.splitset import LISTED, PLACES, Board, Clip
from engine.data.together import recover, replace_together
from engine.errors import InputError

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


def save(
    board: Board,
    folder: str | Path,
    *,
    force: bool = False,
    on_step: Callable[[str], None] = lambda _name: None,
) -> SaveReport:
    """Write train, val, test (and quarantine, when a clip is in it) into `folder`.

    Lines that were not changed keep their bytes, order, comments and encoding; clips that are new to a list follow at
    its end, sorted by path. The former lists are kept as NAME.previous.

    Args:
        force: write over lists that somebody else changed since they were opened.
        on_step: called before each step that a kill could separate from the next.

    Raises:
        InputError: a list changed since it was opened, a clip without text, or the folder cannot be written to.
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
        data = _content(board, place, opened)
        if not data and now is None:
            continue
        contents[name] = data
        changes.append(_compared(path, now or b"", data))
    replace_together(folder, contents, on_step)
    written = {place: contents[name] for place, name in board.names.items() if name in contents}
    return SaveReport(board.as_saved(written), changes)


def _content(board: Board, place: str, opened: ListFile | None) -> bytes:
    """The bytes of one list: the lines that were there and stay, then what came to it."""
    number = PLACES.index(place)
    home = board.homes.index(place) if place in board.homes else -1
    newline = opened.newline if opened else b"\n"
    lines: list[bytes] = []
    own = {clip.line: index for index, clip in enumerate(board.base) if clip.source == home} if opened else {}
    for line_number, line in enumerate(opened.lines if opened else (), 1):
        index = own.get(line_number)
        if index is None:
            lines.append(line.raw)
        elif board.places[index] == number:
            lines.append(_line(board, index, line.end))
    # a last line without an end keeps its place as long as it stays the last
    new = [
        i
        for i, clip in enumerate(board.base)
        if board.places[i] == number and (clip.source != home or home < 0)
    ]
    new.sort(key=lambda index: board.clip(index).path)
    if new and lines and not lines[-1].endswith(b"\n"):
        lines[-1] += newline
    lines += [_line(board, index, newline) for index in new]
    lines[:-1] = [line if line.endswith(b"\n") else line + newline for line in lines[:-1]]
    return (opened.mark if opened else b"") + b"".join(lines)


def _line(board: Board, index: int, end: bytes) -> bytes:
    clip, base = board.clip(index), board.base[index]
    home = board.homes[base.source] if base.source >= 0 else None
    if home is not None:
        origin = board.files[base.source].lines[base.line - 1]
        if clip == base:
            return origin.raw.removesuffix(b"\n").removesuffix(b"\r") + end
        encoding = "utf-8" if base.fault and not clip.fault else origin.encoding
        return write_columns(_columns(clip), encoding, end)
    return write_columns(_columns(clip), "utf-8", end)


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


def _compared(path: Path, before: bytes, after: bytes) -> FileChange:
    old, new = Counter(_bodies(before)), Counter(_bodies(after))
    gone, come = old - new, new - old
    left = Counter(line.split(b"|", 1)[0] for line in gone.elements())
    arrived = Counter(line.split(b"|", 1)[0] for line in come.elements())
    changed = (left & arrived).total()
    return FileChange(path, come.total() - changed, gone.total() - changed, changed)


def _bodies(data: bytes) -> list[bytes]:
    """Lines without their ends; empty ones at the end of a list are none."""
    body = data.rstrip(b"\r\n")
    return [line.rstrip(b"\r") for line in body.split(b"\n")] if body else []


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
