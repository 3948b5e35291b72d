"""Past months as bars: how much was transcribed in each, and what it cost.

2026-09  ████████████████████████  71.2 min  $0.27
2026-10  ███████                   20.0 min  $0.00
2026-11  ████████▒▒                24.0 min  $0.00   not confirmed 4.0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.transcribe.pricing import amount
from tui.app import safe_text
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget

if TYPE_CHECKING:
    from engine.transcribe.ledger import Usage

_WIDEST = 60


class MonthBars(RowWidget, can_focus=True):
    """The newest months that fit, oldest first; unconfirmed minutes in a texture of their own."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"monthbars--bar", "monthbars--doubt", "monthbars--head"}
    DEFAULT_CSS = """
    MonthBars {
        background: $background; color: $foreground; height: 1fr;
        & > .monthbars--head { color: $foreground-muted; text-style: bold underline; }
        & > .monthbars--bar { color: $text-primary; }
        & > .monthbars--doubt { color: $text-warning; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._months: tuple[Usage, ...] = ()
        self._nothing = ""

    def show(self, months: Sequence[Usage], nothing: str = "") -> None:
        """Months, oldest first; `nothing` says why there are none."""
        self._months, self._nothing = tuple(months), nothing
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        """A head, then a row a month."""
        months = self._months[-max(1, height - 1) :]
        zone = f", as months are counted in {months[-1].time_zone}" if months else ""
        head = safe_text.crop(safe_text.clean(f" minutes by month{zone}"), width)
        rows: list[Row] = [((safe_text.fit(head, max(0, width - 1)), "monthbars--head"),)]
        if not months:
            return [*rows, ((f" {self._nothing or 'nothing has been transcribed for money yet'}", ""),)]
        told = [self._words(month) for month in months]
        room = max(4, min(_WIDEST, width - 12 - max(map(len, told))))
        most = max(month.used_ms for month in months) or 1
        return rows + [self._row(month, words, most, room) for month, words in zip(months, told, strict=True)]

    @staticmethod
    def _words(month: Usage) -> str:
        doubt = f"  not confirmed {month.unconfirmed_ms / 60_000:,.1f}" if month.unconfirmed_ms else ""
        others = "".join(f" + {amount(micros, other)}" for other, micros in month.other_micros.items())
        return (
            f"{month.used_ms / 60_000:8,.1f} min  {amount(month.spent_micros, month.currency)}{others}{doubt}"
        )

    @staticmethod
    def _row(month: Usage, words: str, most: int, room: int) -> Row:
        glyphs = current()
        sure, doubt = (round(ms / most * room) for ms in (month.settled_ms, month.unconfirmed_ms))
        sure = max(sure, 1) if month.settled_ms else 0
        doubt = min(max(doubt, 1), room - sure) if month.unconfirmed_ms else 0
        return (
            (f" {month.month}  ", ""),
            (glyphs.full * sure, "monthbars--bar"),
            (glyphs.shades[2] * doubt, "monthbars--doubt"),
            (" " * (room - sure - doubt) + "  " + words, ""),
        )
