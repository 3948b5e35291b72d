"""The dashboard as a command, without the command line's library."""

from __future__ import annotations

import gc
from pathlib import Path

from engine import workspace as workspaces
from engine.config.keymap import read_keymap
from engine.config.settings import FILE_NAME
from engine.i18n import _
from tui.cli import here
from tui.cli.output import notify


def dashboard() -> int:
    """Open the dashboard on this folder's workspace, after offering to make one where there is none."""
    from tui.app.terminal import refuse_without_one

    refuse_without_one()
    workspace = here.maybe_workspace()
    if workspace is None:
        question = _("{folder} is not inside a vitsdeck workspace. Make one here?").format(folder=Path.cwd())
        if not here.confirm(question):
            notify(_("nothing was made; `vitsdeck init DIR` makes a workspace, `vitsdeck demo` a demo"))
            return 0
        workspace = workspaces.init(Path.cwd(), here.notify_made)
    return show(workspace)


def show(workspace: workspaces.Workspace, run: str = "", exports: Path | None = None) -> int:
    """The dashboard on a workspace, and on one of its runs, until it is closed; `exports` is where it exports to."""
    gc.disable()  # until the first frame nothing is garbage; the app turns it on again
    from tui.app import key_table

    settings = workspace.root / FILE_NAME
    if settings.is_file():
        key_table.use(read_keymap(settings), settings)
    from tui.app import app  # the panes take their keys from the table

    app.run(workspace, run, exports)
    return 0
