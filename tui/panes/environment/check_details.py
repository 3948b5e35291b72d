"""What stands below the table of checks: the marked check in words, and the GPUs as they are now."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from engine.doctor import Check, entry
from tui.app import safe_text, words
from tui.widgets.rows import Row, RowWidget, Span

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot

_MOST_GPUS = 4
_CAPTION_CELLS = 7


class CheckDetails(RowWidget):
    """The marked check: what it is for, what was seen in full, and the command that mends it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"details--caption", "details--fix", "details--muted"}
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
        self._check: Check | None = None

    def show(self, name: str, check: Check | None) -> None:
        """Another check is marked, or the marked one was answered."""
        self._name, self._check = name, check
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        if not self._name:
            return []
        rows: list[Row] = []
        rows += self._part(
            self._name[: _CAPTION_CELLS - 1], entry(self._name).about, "details--muted", width, 2
        )
        if self._check is None:
            return rows
        fix = self._part("fix", self._check.fix, "details--fix", width, 2) if self._check.fix else []
        rows += self._part("seen", self._check.seen, "", width, max(1, height - len(rows) - len(fix)))
        return rows + fix

    @staticmethod
    def _part(caption: str, text: str, style: str, width: int, most: int) -> list[Row]:
        """A caption and its text, wrapped, in `most` rows; enter shows what does not fit."""
        room = max(8, width - _CAPTION_CELLS - 2)
        lines = textwrap.wrap(safe_text.clean(text), room, break_on_hyphens=False) or [""]
        if len(lines) > most:
            lines = [*lines[: most - 1], safe_text.crop(" ".join(lines[most - 1 :]), room)]
        rows: list[Row] = []
        for number, line in enumerate(lines):
            head: Span = (f" {caption if not number else '':{_CAPTION_CELLS}}", "details--caption")
            rows.append((head, (line, style)))
        return rows


class GpuBoard(RowWidget):
    """A row for each GPU, read from the driver every other second; says so where there is none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"gpus--caption", "gpus--muted"}
    DEFAULT_CSS = """
    GpuBoard {
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
            return [(caption, ("not applicable: no NVIDIA driver answers", "gpus--muted"))]
        rows: list[Row] = []
        for number, gpu in enumerate(self._gpus[:height]):
            left_out = len(self._gpus) - height
            more = f"  and {left_out} more" if left_out > 0 and number == height - 1 else ""
            head = caption if not number else (" " * (_CAPTION_CELLS + 1), "")
            rows.append((head, (describe(gpu) + more, "")))
        return rows


def describe(gpu: GpuSnapshot) -> str:
    """`0 NVIDIA H200  1.2 of 150.8 GB  41% busy  52 °C  pid 812 (1.1 GB)`."""
    unknown = words.UNKNOWN
    load = unknown if gpu.utilization_percent is None else f"{gpu.utilization_percent}% busy"
    heat = unknown if gpu.temperature_c is None else f"{gpu.temperature_c} °C"
    used = unknown if gpu.used_bytes is None else words.size(gpu.used_bytes)
    total = unknown if gpu.total_bytes is None else words.size(gpu.total_bytes)
    users = ", ".join(
        f"pid {one.pid}" + (f" ({words.size(one.used_bytes)})" if one.used_bytes is not None else "")
        for one in gpu.processes
    )
    name = safe_text.clean(gpu.name)
    return f"{gpu.index} {name}  {used} of {total}  {load}  {heat}  {users or 'no process'}"
