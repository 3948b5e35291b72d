"""Text from outside stays in its cells in every widget that shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Size

from tests.tui.test_widget_logview import Lines
from tui.app import safe_text
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.grid import Legend
from tui.widgets.keybar import KeyBar
from tui.widgets.logview import LogView
from tui.widgets.rows import RowWidget, row_text
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Column, Table

HOSTILE = [
    "\x1b[2J",
    "\x1b]8;;x\x07",
    "\r\n",
    "\t",
    "\x00",
    "\u202e",
    "\u200b",
    "\ufe0f",
    "e\u0301\u0302\u0303\u0304",
]
HOSTILE += ["漢字", "👩‍👩‍👧", "🇩🇪", "한", "\u0600", "[bold]", "\ud800", "x" * 9_000, "漢" * 5_000]  # fmt: skip
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=6).map("".join)


class SizedLog(LogView):
    """A log view of a size, without an app: how it cuts and wraps lines depends on it."""

    room = Size(0, 0)

    @property
    def size(self) -> Size:
        return self.room


def _log(text: str) -> RowWidget:
    view = SizedLog(Lines([text.encode("utf-8", "replace"), text.encode("utf-16", "replace")]))
    view.needle = text[:3]
    return view


def _wrapped_log(text: str) -> RowWidget:
    view = _log(text)
    assert isinstance(view, LogView)
    view.wraps = view.hides_times = True
    return view


def _table(text: str) -> RowWidget:
    table = Table([Column("name"), Column(text[:20], 8, "right")])
    table.set_rows(2, lambda _row: (text, text), key=lambda row: row)
    return table


def _status(text: str) -> RowWidget:
    status = StatusLine()
    status.show([text, (text, "error")], text)
    return status


def _legend(text: str) -> RowWidget:
    legend = Legend()
    legend.names = {"a": text, "b": "other"}
    return legend


def _chart(text: str) -> RowWidget:
    chart = Chart(text)
    for step in range(9):
        chart.series.add(step, step % 4)
    return chart


@pytest.mark.parametrize(
    "make",
    [
        _log,
        _wrapped_log,
        _table,
        _status,
        _legend,
        _chart,
        lambda text: KeyBar([(text[:5], text), ("q", "quit")]),
    ],
    ids=["log", "wrapped log", "table", "status", "legend", "chart", "key bar"],
)
@given(text=texts, width=st.integers(1, 90), height=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_any_text_stays_in_its_cells(
    make: Callable[[str], RowWidget], text: str, width: int, height: int
) -> None:
    widget = make(text)
    if isinstance(widget, SizedLog):
        widget.room = Size(width, height)
    rows = [row_text(row) for row in widget._drawn(width, height)]
    assert [cell_len(row) for row in rows] == [width] * height
    joined = "".join(rows).replace(safe_text.JOINER, "").replace(safe_text.NON_JOINER, "")
    assert not [c for c in joined if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
