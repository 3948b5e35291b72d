"""Tags and a note of runs; renaming, archiving and deleting those that are not live.

An archived run is in `.archive` next to the runs, on the same disk; lists of runs leave it out.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _, shortened
from engine.runs import registry

ARCHIVE = ".archive"
_MOST_NAMES = 10  # in an error
_TAG = re.compile(r"[\w.-]{1,32}")
_LONGEST_NOTE = 500  # characters


def rename(folder: Path, new: Path) -> None:
    """Give a run another name.

    Raises:
        InputError: there is no such run, it is live, or the new name is taken.
    """
    _refuse_live(folder)
    _move(folder, new)
    registry.record(new, name=new.name)


def set_tags(folder: Path, tags: Iterable[str]) -> tuple[str, ...]:
    """Give a run these tags instead of those that it has, live or not; returns them sorted.

    Raises:
        InputError: there is no such run, or a tag is not one word.
    """
    registry.read_run(folder)
    found = tuple(sorted(set(tags)))
    for tag in found:
        if not _TAG.fullmatch(tag):
            what = _('"{tag}" cannot be a tag').format(tag=tag)
            raise InputError(what, fix=_("use up to 32 letters, digits, ., - and _"))
    registry.record(folder, tags=list(found))
    return found


def set_note(folder: Path, note: str) -> str:
    """Give a run this note, "" for none, live or not; returns it as one line.

    Raises:
        InputError: there is no such run, or the note is too long.
    """
    registry.read_run(folder)
    note = " ".join(note.split())
    if len(note) > _LONGEST_NOTE:
        what = _("the note has {n} characters").format(n=len(note))
        raise InputError(what, fix=_("use at most {most}").format(most=_LONGEST_NOTE))
    registry.record(folder, note=note)
    return note


def archive(folder: Path) -> Path:
    """Take a run out of the lists, with all that it has; returns where it lies.

    Raises:
        InputError: there is no such run, it is live, or the archive has one of this name.
    """
    _refuse_live(folder)
    target = folder.parent / ARCHIVE / folder.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _move(folder, target)
    return target


def restore(folder: Path) -> None:
    """Bring an archived run back to `folder`.

    Raises:
        InputError: the archive has no such run, or the name is taken by now.
    """
    archived = folder.parent / ARCHIVE / folder.name
    if not archived.is_dir():
        names = shortened(list_archived(folder.parent), _MOST_NAMES)
        raise InputError(
            _("no archived run {name}").format(name=folder.name),
            fix=_("there are: {names}").format(names=", ".join(names) or _("none")),
        )
    _move(archived, folder)


def list_archived(logs_dir: Path) -> list[str]:
    """Names of archived runs, sorted."""
    archive_dir = logs_dir / ARCHIVE
    return sorted(path.name for path in archive_dir.iterdir()) if archive_dir.is_dir() else []


def delete(folder: Path) -> None:
    """Delete a run with its checkpoints, for good.

    Raises:
        InputError: there is no such run, it is live, or its files cannot be deleted.
    """
    _refuse_live(folder)
    doomed = folder.with_name(f".deleted-{folder.name}-{os.urandom(4).hex()}")
    _move(folder, doomed)  # what is interrupted from here on is no half a run
    try:
        shutil.rmtree(doomed)
    except OSError as error:
        raise InputError(
            _("cannot be deleted ({strerror})").format(strerror=error.strerror),
            path=doomed,
            fix=_("check its owner, then delete what is left"),
        ) from None


def size_bytes(folder: Path) -> int:
    """What a run takes on the disk."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _refuse_live(folder: Path) -> None:
    if registry.read_run(folder).is_live:
        raise InputError(
            _('a live run has the name "{name}"').format(name=folder.name),
            path=folder,
            fix=_("stop it first: `vitsdeck stop {name}`").format(name=folder.name),
        )
    registry.claim(folder).release()  # no process of an earlier run is left in it


def _move(folder: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise InputError(
            _("there is a run {name} already").format(name=target.name),
            path=target,
            fix=_("choose another name"),
        )
    try:
        folder.rename(target)
    except OSError as error:
        raise InputError(
            _("cannot be moved ({strerror})").format(strerror=error.strerror),
            path=folder,
            fix=_("check its owner"),
        ) from None
