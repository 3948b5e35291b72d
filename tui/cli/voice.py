"""The voice that a command works for."""

from __future__ import annotations

from pathlib import Path

from engine import presets
from engine.config import Config
from engine.workspace import Workspace
from tui.cli import here


def voice(config: str | None) -> tuple[Workspace, Path | None, Config]:
    """The workspace, the path of `-c CONFIG` and the config; without -c the workspace's own voice.

    Raises:
        InputError: no workspace where one is needed, no such config, a fault of it.
    """
    if config is None:
        workspace = here.workspace()
        return workspace, None, presets.usual(workspace)
    workspace = here.workspace_or_folder() if Path(config).is_file() else here.workspace()
    path = workspace.config_named(config)
    return workspace, path, presets.complete(workspace, path)
