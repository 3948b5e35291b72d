"""The curves that are seen, as a file in the workspace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.files import atomic
from engine.i18n import _
from tui.dialogs.picker import Choice, PickerScreen
from tui.widgets.charts import export

if TYPE_CHECKING:
    from tui.app.dashboard import Dashboard
    from tui.panes.training.curves import Curves

FOLDER = "exports"
_NOTES = {
    "csv": _("a row for each point: curve, run, step, value"),
    "json": _("the same as a list of objects"),
    "svg": _("a drawing"),
}


def ask(app: Dashboard, run: str, curves: Curves) -> None:
    """Choose a format, and write the curves that are on the screen."""
    seen = curves.seen
    what = seen[0].title.replace(" ", "_") if len(seen) == 1 else "curves"
    names = curves.legend.names if curves.compared else {"a": run}

    def write(kind: str) -> None:
        text = export.written(seen, names, kind)
        path = app.workspace.root / FOLDER / f"{run}-{what}{_steps(curves)}.{kind}"

        async def write_and_tell() -> None:
            with app.errors_notified():
                await asyncio.to_thread(path.parent.mkdir, exist_ok=True)
                await asyncio.to_thread(atomic.write_text, path, text)
                app.notify(_("written to {path}").format(path=f"{FOLDER}/{path.name}"))

        app.run_worker(write_and_tell(), group="export")

    choices = [Choice(kind, kind, _NOTES[kind]) for kind in export.FORMATS]
    app.take_answer(PickerScreen(_("Write the curves as"), choices), write)


def _steps(curves: Curves) -> str:
    """The part that is seen as the end of a file name: another part does not overwrite it."""
    view = curves.view
    if view.by_time or view.span is None:
        return ""
    first, last = view.part or view.span
    if view.part is None and view.last_steps is not None:
        first = max(first, last - view.last_steps)
    return f"-{int(first)}-{int(last)}"
