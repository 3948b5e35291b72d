"""Several files of one folder replaced as one: after a kill or a power cut at any moment, all are new or all are old.

    .replacing/            made under another name and renamed when it is whole: from then on the new files count
      contents.json        the names, in order
      NAME.new             what takes NAME's place
      NAME.old             what it was: becomes NAME.previous

`recover` finishes what was interrupted after that rename, also by an error; before it nothing had happened. Whoever
reads such lists calls it first.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import InputError, cannot_write
from engine.files.atomic import replacing, sync_folder, write_bytes
from engine.files.lock import exclusive
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _

_READY, _LOCK, _LIST = ".replacing", ".replacing.lock", "contents.json"
_NEW, _OLD, PREVIOUS = ".new", ".old", ".previous"

Step = Callable[[str], None]


def replace_together(
    folder: str | Path, contents: Mapping[str, bytes], on_step: Step = lambda _name: None
) -> None:
    """Give files of `folder` these contents, all or none; each former content is kept as NAME.previous.

    Args:
        contents: by name; what a file holds already is not written again.
        on_step: called before every change that a kill could separate from the next.

    Raises:
        InputError: the folder cannot be written to. The old files are as they were, or the next `recover` finishes.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder / _LOCK):
            _finish(folder, on_step)
            _clear(folder)
            changed = {name: data for name, data in contents.items() if bytes_of(folder / name) != data}
            if changed:
                _stage(folder, changed, on_step)
                _finish(folder, on_step)
    except OSError as error:
        raise cannot_write(error, folder) from None


def recover(folder: str | Path) -> bool:
    """Finish a replacement that was interrupted; whether there was one.

    Raises:
        InputError: there was one and the folder cannot be written to.
    """
    folder = Path(folder)
    if not (folder / _READY).is_dir():
        return False
    try:
        with exclusive(folder / _LOCK):
            return _finish(folder, lambda _name: None)
    except OSError as error:
        what = _("an interrupted save of its lists cannot be finished ({reason})")
        raise InputError(what.format(reason=error.strerror or error), path=folder) from None


def _stage(folder: Path, contents: Mapping[str, bytes], on_step: Step) -> None:
    """All that is needed on the disk, then the one rename that makes it count."""
    staging = folder / f"{_READY}.{os.getpid()}"
    staging.mkdir()
    try:
        for name, data in contents.items():
            old = bytes_of(folder / name)
            for end, content in ((_NEW, data), (_OLD, old)):
                if content is not None:
                    with replacing(staging / (name + end)) as file:
                        give_ordinary_mode(file, folder / name)
                        file.write(content)
        write_bytes(staging / _LIST, json.dumps(list(contents)).encode())
        on_step("staged")
        staging.replace(folder / _READY)
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _finish(folder: Path, on_step: Step) -> bool:
    """Whatever is left to do of a replacement; each step may have been done before."""
    ready = folder / _READY
    if not ready.is_dir():
        return False
    for name in json.loads((ready / _LIST).read_bytes()):
        for made, becomes in ((name + _NEW, name), (name + _OLD, name + PREVIOUS)):
            if (ready / made).exists():
                on_step(becomes)
                (ready / made).replace(folder / becomes)
    on_step("done")
    sync_folder(folder)
    # renamed first: a folder without its list must not be taken for a replacement
    gone = ready.with_name(f"{_READY}.{os.getpid()}")
    ready.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _clear(folder: Path) -> None:
    """What writers that were killed before their rename left behind; we hold the lock, so none is at work."""
    for left in folder.glob(f"{_READY}.*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def bytes_of(path: Path) -> bytes | None:
    """The content of a file; None where there is none. Raises OSError where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
