"""One line of facts: left ones and a right one, e.g. ` demo │ running │ step 1,200        gpu 41%`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tui.app import safe_text
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget, Span

Level = Literal["", "good", "warning", "error"]
Fact = str | tuple[str, Level]
# a level is also a sign, so that it survives a screen without colour
SIGNS: dict[str, str] = {"": "", "good": "", "warning": "! ", "error": "!! "}


class StatusLine(RowWidget):
    """Facts in order of weight; the last left ones are cropped first. Levels: "", good, warning, error."""

    DEFAULT_CSS = """
    StatusLine {
        height: 1; background: $panel; color: $foreground;
        & > .statusline--good { color: $text-success; }
        & > .statusline--warning { color: $text-warning; text-style: bold; }
        & > .statusline--error { color: $text-error; text-style: bold reverse; }
        & > .statusline--separator { color: $foreground-muted; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._facts: tuple[tuple[str, Level], ...] = ()
        self._right = ""

    def show(self, facts: Sequence[Fact], right: str = "") -> None:
        """Replace the line; each fact is text or (text, level)."""
        self._facts = tuple((fact, "") if isinstance(fact, str) else fact for fact in facts)
        self._right = right
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        right = safe_text.crop(safe_text.clean(self._right), max(0, width // 2))
        room = width - safe_text.width(right) - (2 if right else 1)
        spans: list[Span] = [(" ", "")]
        used = 1
        for index, (raw, level) in enumerate(self._facts):
            separator = current().separator if index else ""
            text = SIGNS[level] + safe_text.clean(raw)
            left = room - used - len(separator)
            if left < min(4, safe_text.width(text)):
                break
            text = safe_text.crop(text, left)
            spans += [(separator, "statusline--separator"), (text, f"statusline--{level}" if level else "")]
            used += len(separator) + safe_text.width(text)
        gap = width - used - safe_text.width(right) - (1 if right else 0)
        return [(*spans, (" " * max(0, gap) + right, ""))]
