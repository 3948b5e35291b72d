"""Write the lists of a dataset: all files together or none. Standard library only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from engine.dataset.lists.filelist import ListFile, unlistable
from engine.dataset.session import ALL_SPLITS, LISTED, Clip, DatasetState
from engine.errors import InputError, cannot_read
from engine.files.replace_many import bytes_of, recover, replace_together
from engine.i18n import _
from engine.text.rows import WIDE, newline_of

__all__ = ["FileChange", "SaveReport", "recover", "save"]


class ListChanged(InputError):  # noqa: N818 - named by what it says
    """A list is not as it was opened; `force` saves over it."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What saving did to one list, in lines; a line that took the place of another counts once, as changed."""

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


def save(state: DatasetState, folder: str | Path, *, force: bool = False) -> SaveReport:
    """Write train, val, test (and quarantine, when a clip is in it) into `folder`.

    A list without changes keeps its bytes; one with changes is written in UTF-8, its other lines and its comments as
    they were. Clips that are new to a list follow at its end, sorted by path, with its line ends. The former lists are
    kept as NAME.previous.

    Args:
        force: write over lists that somebody else changed since they were opened.

    Raises:
        InputError: a list changed since it was opened, a clip without text, a change of a list in UTF-16 or UTF-32, or
            the folder cannot be written to; nothing was written.
    """
    folder = Path(folder)
    recover(folder)
    contents: dict[str, bytes] = {}
    changes = []
    for split in LISTED:
        path = folder / state.names[split]
        opened = state.files[state.homes.index(split)] if split in state.homes else None
        try:
            now = bytes_of(path)
        except OSError as error:
            raise cannot_read(error, path) from None
        is_ours = opened is not None and opened.path.absolute() == path.absolute()
        expected = state.written.get(split, opened.data if opened is not None and is_ours else now)
        if now not in (None, expected) and not force:
            fix = _("open the lists again, or save over it")
            raise ListChanged(_("was changed by somebody else since it was opened"), path=path, fix=fix)
        data = _content(state, split, opened)
        if data or now is not None:
            contents[path.name] = data
            changes.append(_compared(path, now or b"", data))
    replace_together(folder, contents)
    written = {split: contents[name] for split, name in state.names.items() if name in contents}
    return SaveReport(state.as_saved(written), changes)


def _content(state: DatasetState, split: str, opened: ListFile | None) -> bytes:
    """One list: the lines that were there and stay, then the clips that came to it."""
    number = ALL_SPLITS.index(split)
    home = state.homes.index(split) if opened else None
    newline = opened.newline.decode() if opened else "\n"
    own = {clip.line: index for index, clip in enumerate(state.base) if clip.source == home}
    new = [i for i, clip in enumerate(state.base) if state.splits[i] == number and clip.source != home]
    kept = [i for i in own.values() if state.splits[i] == number and state.clip(i) == state.base[i]]
    if opened and not new and len(kept) == len(own):
        return opened.data
    rows: list[str] = []
    for line_number, line in enumerate(opened.lines if opened else (), 1):
        if opened and line.encoding == WIDE:
            raise _wide(opened.path, line_number)
        index = own.get(line_number)
        if index is None:
            rows.append(line.text)
        elif state.splits[index] == number:
            rows.append(_line(state, index) + line.end)
    rows += [_line(state, index) + newline for index in sorted(new, key=lambda index: state.clip(index).path)]
    # a line without an end keeps it so as long as it stays the last
    ended = [row if row.endswith(newline[-1:]) else row + newline for row in rows[:-1]]
    return (opened.mark if opened else b"") + "".join([*ended, *rows[-1:]]).encode()


def _line(state: DatasetState, index: int) -> str:
    """The line of a clip, without an end."""
    clip, base = state.clip(index), state.base[index]
    if base.source >= 0 and state.homes[base.source] is not None:
        origin = state.files[base.source].lines[base.line - 1]
        if origin.encoding == WIDE:
            raise _wide(state.files[base.source].path, base.line)
        if clip == base:
            return origin.text.rstrip("\r\n")
    return "|".join(_columns(clip))


def _wide(path: Path, line: int) -> InputError:
    what = _("cannot be moved or edited while a list is {encoding}").format(encoding=WIDE)
    return InputError(what, path=path, line=line, fix=_("make it UTF-8 first"))


def _columns(clip: Clip) -> tuple[str, ...]:
    if reason := unlistable(clip.path):
        raise InputError(_("{path!r} cannot be in a list: {reason}").format(path=clip.path, reason=reason))
    if not clip.text:
        fix = _("write what is said, transcribe it, or move it to quarantine")
        raise InputError(_("{path} has no text, so it cannot be in a list").format(path=clip.path), fix=fix)
    return (clip.path, clip.text) if clip.speaker is None else (clip.path, clip.speaker, clip.text)


def _compared(path: Path, before: bytes, after: bytes) -> FileChange:
    old, new = Counter(_bodies(before)), Counter(_bodies(after))
    gone, come = (old - new).total(), (new - old).total()
    changed = min(gone, come)
    return FileChange(path, come - changed, gone - changed, changed)


def _bodies(data: bytes) -> list[bytes]:
    """Lines without their ends; empty ones at the end of a list are none."""
    body = data.rstrip(b"\r\n")
    return [line.rstrip(b"\r") for line in body.split(newline_of(data)[-1:])] if body else []
