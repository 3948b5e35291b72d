"""Below the table of checks: the marked check in full sentences, and the GPUs as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import doctor
from engine.doctor import Result
from engine.i18n import _
from tui.app import safe_text
from tui.widgets import flow
from tui.widgets.rows import Row, RowWidget, Span

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot

_MOST_GPUS = 4
_CAPTION_CELLS = 7


class CheckDetails(RowWidget):
    """The marked check: what it is for, what was seen, and the command that fixes it."""

    DEFAULT_CSS = """
    CheckDetails {
        height: 6; background: $background; color: $foreground;
        & > .details--caption { color: $primary; text-style: bold; }
        & > .details--fix { color: $text-accent; text-style: bold; }
        & > .details--muted { color: $foreground-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="details")
        self._name = ""
        self._result: Result | None = None

    def show(self, name: str, result: Result | None) -> None:
        """Another check is marked, or the marked one was answered."""
        self._name, self._result = name, result
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        if not self._name:
            return []
        caption, about = self._name[: _CAPTION_CELLS - 1], doctor.find(self._name).about
        rows = self._part(caption, about, "details--muted", width, 2)
        result = self._result
        if result is None:
            return rows
        fix = self._part("fix", result.fix, "details--fix", width, 2) if result.fix else []
        return rows + self._part("seen", result.seen, "", width, max(1, height - len(rows) - len(fix))) + fix

    @staticmethod
    def _part(caption: str, text: str, style: str, width: int, most: int) -> list[Row]:
        """A caption and its text, wrapped, in `most` rows; enter shows what does not fit."""
        room = max(8, width - _CAPTION_CELLS - 2)
        lines = flow.wrapped(safe_text.clean(text), room, most)
        captions = [caption] + [""] * len(lines)
        return [
            ((f" {head:{_CAPTION_CELLS}}", "details--caption"), (line, style))
            for head, line in zip(captions, lines, strict=False)
        ]


class GpuList(RowWidget):
    """A row for each GPU, read from the driver every other second; says so where there is none."""

    DEFAULT_CSS = """
    GpuList {
        height: 1; background: $background; color: $foreground;
        & > .gpus--caption { color: $primary; text-style: bold; }
        & > .gpus--muted { color: $foreground-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="gpus")
        self._gpus: tuple[GpuSnapshot, ...] = ()
        self._is_polled = False

    def show(self, gpus: tuple[GpuSnapshot, ...]) -> None:
        """The driver was asked."""
        self._gpus, self._is_polled = gpus, True
        self.styles.height = max(1, min(_MOST_GPUS, len(gpus)))
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        caption: Span = (f" {'GPU':{_CAPTION_CELLS}}", "gpus--caption")
        if not self._gpus:
            return [(caption, (_("not applicable: no NVIDIA driver answers"), "gpus--muted"))]
        indent: Span = (" " * (_CAPTION_CELLS + 1), "")
        lines = [safe_text.clean(doctor.gpu_line(gpu)) for gpu in self._gpus[:height]]
        if (left_out := len(self._gpus) - height) > 0:
            lines[-1] = _("{gpu}  and {n} more").format(gpu=lines[-1], n=left_out)
        return [(indent if number else caption, (line, "")) for number, line in enumerate(lines)]
