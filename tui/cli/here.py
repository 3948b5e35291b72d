"""The workspace around the current folder, and paths as seen from there."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from engine import workspace as workspaces
from engine.config.settings import FILE_NAME, Settings
from engine.errors import InputError
from engine.i18n import _
from engine.workspace import Workspace
from tui.cli.output import notify, safe, warn


def workspace() -> Workspace:
    """The workspace that the current folder lies in.

    Raises:
        InputError: there is none; says how to make one.
    """
    found = maybe_workspace()
    if found is None:
        fix = _("make one with `vitsdeck init`, or go to the one that you have")
        raise InputError(_("not inside a vitsdeck workspace"), path=Path.cwd(), fix=fix)
    return found


def maybe_workspace() -> Workspace | None:
    """The workspace that the current folder lies in, or None."""
    return workspaces.find(Path.cwd())


def workspace_of_runs() -> Workspace:
    """The workspace; one with a fault in vitsdeck.toml with its usual folders, so that a run can always be stopped."""
    try:
        return workspace()
    except InputError as fault:
        if fault.path is None or Path(fault.path).name != FILE_NAME:
            raise
        warn(str(fault))
        return Workspace(Path(fault.path).parent)


def workspace_or_folder() -> Workspace:
    """The workspace, or the current folder as one with default settings."""
    return maybe_workspace() or Workspace(Path.cwd())


def audio_dir() -> Path:
    """Where converted recordings are: in the workspace, or `wavs` here."""
    found = maybe_workspace()
    return found.audio_dir if found else Path("wavs")


def settings() -> Settings:
    """The workspace's settings, or the defaults outside of one."""
    return workspace_or_folder().settings


def usual_lists(*, cleaned: bool = False) -> list[Path]:
    """The workspace's lists, relative to the current folder.

    Args:
        cleaned: the cleaned lists for training and validation, where they exist.

    Raises:
        InputError: there are none.
    """
    found = workspace_or_folder()
    lists = [shortest(path) for path in found.split_lists if path.is_file()]
    if not lists:
        fix = _("make them with `vitsdeck split MANIFEST`, or name others")
        raise InputError(_("there are no lists"), path=shortest(found.filelists_dir), fix=fix)
    if not cleaned:
        return lists
    return [ready if (ready := Path(f"{path}.cleaned")).is_file() else path for path in lists[:2]]


def is_terminal() -> bool:
    """Whether stdin and stdout are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str) -> bool:
    """Whether the person at the terminal answers yes."""
    with contextlib.suppress(EOFError):
        return input(safe(f"{question} [y/N]: ")).strip().lower() in ("y", "yes")
    return False


def inside(path: Path, root: Path) -> Path:
    """`path` as filelists write it: relative to `root` when it is inside, else absolute."""
    absolute = plain(path)
    return absolute.relative_to(root) if absolute.is_relative_to(root) else absolute


def plain(path: Path) -> Path:
    """`path` as an absolute one, without `..`; symbolic links are not resolved."""
    return Path(os.path.normpath(path.absolute()))


def shortest(path: Path) -> Path:
    """`path` relative to the current folder when it is inside, else absolute."""
    return inside(path, Path.cwd())


def notify_made(path: Path) -> None:
    """Print that a file was made."""
    notify(_("made {path}").format(path=shortest(path)))
