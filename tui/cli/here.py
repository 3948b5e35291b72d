"""The workspace around the current folder, and paths as seen from there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine import workspace as workspaces
from engine.config.settings import Settings
from engine.errors import InputError
from engine.i18n import _
from engine.workspace import Workspace

if TYPE_CHECKING:
    from engine.config import Config


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
    """The same, or None."""
    return workspaces.find(Path.cwd())


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


def voice(config: str | None) -> tuple[Workspace, Path | None, Config]:
    """The workspace, the path of `-c CONFIG` and the config; without -c the workspace's own voice.

    Raises:
        InputError: no workspace where one is needed, no such config, a fault of it.
    """
    from engine import presets

    if config is None or (maybe_workspace() is None and not Path(config).is_file()):
        workspace()  # raises
    place = workspace_or_folder()
    if config is None:
        return place, None, presets.usual(place)
    path = place.config_named(config)
    return place, path, presets.complete(place, path)


def usual_lists(*, cleaned: bool = False) -> list[Path]:
    """The workspace's lists, relative to the current folder.

    Args:
        cleaned: the cleaned lists for training and validation, where they exist.

    Raises:
        InputError: there are none.
    """
    place = workspace_or_folder()
    lists = [shortest(path) for path in place.split_lists if path.is_file()]
    if not lists:
        fix = _("make them with `vitsdeck split MANIFEST`, or name others")
        raise InputError(_("there are no lists"), path=shortest(place.filelists_dir), fix=fix)
    if not cleaned:
        return lists
    return [ready if (ready := Path(f"{path}.cleaned")).is_file() else path for path in lists[:2]]


def is_terminal() -> bool:
    """Whether stdin and stdout are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


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
