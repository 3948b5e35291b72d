"""Progress of a command on stderr: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from engine.i18n import _
from tui.app import words
from tui.cli.output import notify, safe

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LINE_SECONDS = 5.0


class Progress:
    """`with Progress("converting", "files") as progress: ... progress.update(done, total)`."""

    def __init__(self, what: str, unit: str, *, every_s: float = LINE_SECONDS) -> None:
        self.what = what
        self.unit = unit
        self.every_s = every_s
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        self._started = self._printed = time.monotonic()
        if sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task(self.what, total=None, note="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int | None, note: str = "") -> None:
        """`done` of `total` units, None where it is unknown; `note` is what was done last."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, note=safe(note))
            return
        now = time.monotonic()
        if total and now - self._printed >= self.every_s and done < total:
            self._printed = now
            left = (now - self._started) / done * (total - done) if done else None
            count = f"{done:,} of {total:,} {self.unit}, {100 * done // total} %"
            notify(
                _("{count}, about {time} left").format(
                    count=f"{self.what}: {count}", time=words.duration(left)
                )
            )


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
