"""Write the lists of a dataset: only lines that changed differ, all files together or none. Standard library only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.dataset.lists.filelist import ListFile, unlistable
from engine.dataset.session import ALL_SPLITS, LISTED, Clip, DatasetState
from engine.errors import InputError
from engine.files.replace_many import recover, replace_together
from engine.i18n import _
from engine.text.rows import WIDE, newline_of

__all__ = ["FileChange", "SaveReport", "recover", "save"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What saving did to one list, in lines; a line in split of another counts once, as changed."""

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
    """The state as saved, and what changed in which list."""

    state: DatasetState
    files: list[FileChange]

    @property
    def lines(self) -> int:
        """Lines that differ, over all lists."""
        return sum(each.lines for each in self.files)


def save(
    state: DatasetState,
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
    contents: dict[str, bytes] = {}
    changes = []
    for split in LISTED:
        path = folder / state.names[split]
        opened = state.files[state.homes.index(split)] if split in state.homes else None
        now = _read(path)
        if now is not None and not force and now != _expected(state, split, path, opened, now):
            fix = "open the lists again, or save over it"
            raise InputError(_("was changed by somebody else since it was opened"), path=path, fix=fix)
        data = _content(state, split, opened)
        if data or now is not None:
            contents[path.name] = data
            changes.append(_compared(path, now or b"", data))
    replace_together(folder, contents, on_step)
    written = {split: contents[name] for split, name in state.names.items() if name in contents}
    return SaveReport(state.as_saved(written), changes)


def _content(state: DatasetState, split: str, opened: ListFile | None) -> bytes:
    """One list: the lines that were there and stay, then what came to it."""
    number = ALL_SPLITS.index(split)
    home = state.homes.index(split) if opened else -1
    newline = opened.newline if opened else b"\n"
    encoding = _encoding(state, home)
    rows: list[bytes] = []
    own = {clip.line: index for index, clip in enumerate(state.base) if clip.source == home} if opened else {}
    for line_number, line in enumerate(opened.lines if opened else (), 1):
        index = own.get(line_number)
        if index is None:
            rows.append(line.raw)
        elif state.splits[index] == number:
            kept = encoding if line.raw.isascii() else _encoding_of(state, index)
            rows.append(_line(state, index, kept, split) + line.end)
    new = [
        index
        for index, clip in enumerate(state.base)
        if state.splits[index] == number and (clip.source != home or home < 0)
    ]
    new.sort(key=lambda index: state.clip(index).path)
    rows += [_line(state, index, encoding, split) + newline for index in new]
    # a line without an end keeps it so as long as it stays the last
    ended = [row if row.endswith(newline[-1:]) else row + newline for row in rows[:-1]]
    return (opened.mark if opened else b"") + b"".join([*ended, *rows[-1:]])


def _encoding(state: DatasetState, home: int) -> str:
    """What a list is written in, by its clips that tell, else by its comments."""
    if home < 0 or state.files[home].mark:
        return "utf-8"
    lines = state.files[home].lines
    own = [
        index
        for index, clip in enumerate(state.base)
        if clip.source == home and not lines[clip.line - 1].raw.isascii()
    ]
    found = Counter(_encoding_of(state, index) for index in own) or Counter(
        line.encoding for line in lines if line.kind == "comment" and not line.raw.isascii()
    )
    return max(found, key=lambda name: (found[name], name)) if found else "utf-8"


def _encoding_of(state: DatasetState, index: int) -> str:
    """What the line of a clip is written in: as it was, but UTF-8 once this fault of it is fixed."""
    clip, base = state.clip(index), state.base[index]
    return (
        "utf-8" if base.fault and not clip.fault else state.files[base.source].lines[base.line - 1].encoding
    )


def _line(state: DatasetState, index: int, encoding: str, split: str) -> bytes:
    """A clip's line without an end, its own bytes where nothing speaks against it."""
    clip, base = state.clip(index), state.base[index]
    home = state.homes[base.source] if base.source >= 0 else None
    if home is None:
        return "|".join(_columns(clip)).encode("utf-8", "surrogateescape")
    source = state.files[base.source]
    origin = source.lines[base.line - 1]
    body = origin.raw.removesuffix(b"\n").removesuffix(b"\r")
    if clip == base and (home == split or (origin.encoding == encoding != WIDE)):
        return body
    if WIDE in (encoding, origin.encoding):
        what = f"cannot be moved or edited while a list is {WIDE}"
        raise InputError(what, path=source.path, line=base.line, fix=_("make it UTF-8 first"))
    try:
        return (body.decode(origin.encoding) if clip == base else "|".join(_columns(clip))).encode(encoding)
    except UnicodeEncodeError as error:
        name = state.names[split]
        what = f"{error.object[error.start]!r} cannot be written into {name}, which is {encoding}"
        fix = f"make {name} UTF-8 first, with the fix `strip`"
        raise InputError(what, path=source.path, line=base.line, fix=fix) from None


def _columns(clip: Clip) -> tuple[str, ...]:
    if unlisted := unlistable(clip.path):
        raise InputError(
            _("{path!r} cannot be in a list: {unlisted}").format(path=clip.path, unlisted=unlisted)
        )
    if not clip.text:
        fix = "write what is said, transcribe it, or move it to quarantine"
        raise InputError(_("{path} has no text, so it cannot be in a list").format(path=clip.path), fix=fix)
    return (clip.path, clip.text) if clip.speaker is None else (clip.path, clip.speaker, clip.text)


def _expected(state: DatasetState, split: str, path: Path, opened: ListFile | None, now: bytes) -> bytes:
    """What a list should hold if nobody else wrote it: what we saved or opened; anything if we did neither."""
    if split in state.written:
        return state.written[split]
    is_ours = opened is not None and opened.path.absolute() == path.absolute()
    return opened.data if is_ours and opened is not None else now


def _compared(path: Path, before: bytes, after: bytes) -> FileChange:
    old, new = Counter(_bodies(before)), Counter(_bodies(after))
    gone, come = (old - new).total(), (new - old).total()
    changed = min(gone, come)
    return FileChange(path, come - changed, gone - changed, changed)


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
        raise InputError(
            _("cannot be read ({strerror})").format(strerror=error.strerror), path=path
        ) from None
