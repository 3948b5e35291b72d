"""The curves that are seen, or the lines of a log, as a file in the workspace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from engine.files import atomic
from engine.i18n import _
from tui.app import safe_text
from tui.dialogs.picker import Choice, PickerScreen
from tui.widgets.charts import export

if TYPE_CHECKING:
    from tui.app.dashboard import Dashboard
    from tui.panes.training.curves import Curves
    from tui.widgets.logtext import LineSource

_LINES_AT_ONCE = 1_000
_NOTES = {
    "csv": _("a row for each point, or stretch of points of a long curve"),
    "json": _("the same as a list of objects"),
    "svg": _("a drawing"),
}


def ask(app: Dashboard, run: str, curves: Curves) -> None:
    """Choose a format, and write the curves that are on the screen."""
    seen = curves.seen
    what = seen[0].title if len(seen) == 1 else "curves"
    names = curves.legend.names if curves.compared else {"a": run}

    def write(kind: str) -> None:
        text = export.written(seen, names, kind)
        _write(app, f"{run}-{what}{_steps(curves)}.{kind}", lambda file: file.write(text.encode()))

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


def write_log(app: Dashboard, run: str, source: LineSource) -> None:
    """Write the lines that the log view's filter lets pass, as they are shown: without control characters."""

    def write(file: BinaryIO) -> None:
        for start in range(0, len(source), _LINES_AT_ONCE):
            lines = source.lines(start, start + _LINES_AT_ONCE)
            file.write("".join(safe_text.clean_log_line(line) + "\n" for line in lines).encode())

    _write(app, f"{run}-log.txt", write)


def _write(app: Dashboard, name: str, write: Callable[[BinaryIO], object]) -> None:
    """Write a file into the folder of exports in a thread, and say where it is."""
    path = app.exports / re.sub(r"[^\w.-]", "_", name)  # a tag of another program may look like a path

    def make() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic.replacing(path) as file:
            write(file)

    async def write_and_tell() -> None:
        with app.errors_notified():
            await asyncio.to_thread(make)
            app.notify(_("written to {path}").format(path=app.shortened(str(path))))

    app.run_worker(write_and_tell(), group="export")
