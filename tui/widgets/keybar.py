"""The key footer: one line of keys and what they do, cropped at whole entries.

s Start   x Stop   / Search   q Quit                at 80 columns
s Start   x Stop   +2 more                          where two did not fit: a click there asks for help
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from engine.i18n import _
from tui.app import safe_text
from tui.widgets.rows import Row, RowWidget, Span

_GAP = "  "


class KeyBar(RowWidget):
    """A clickable line of (key, label) pairs; the first ones are the last to be dropped."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: 1; background: $panel; color: $foreground;
        & > .keybar--key { text-style: bold; color: $text-accent; }
        & > .keybar--label { color: $foreground; }
        & > .keybar--more { color: $foreground-muted; }
    }
    """

    class Pressed(Message):
        """An entry was clicked; `key` is the first item of its pair."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class MoreRequested(Message):
        """The mark for dropped entries was clicked."""

    def __init__(self, keys: Sequence[tuple[str, str]] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = tuple(keys)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The pairs shown, most important first; may be set."""
        return self._keys

    @keys.setter
    def keys(self, keys: Sequence[tuple[str, str]]) -> None:
        if self._keys != tuple(keys):
            self._keys = tuple(keys)
            self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        spans: list[Span] = [(" ", "")]
        shown, more = self._layout(width)
        for _start, _stop, key, label in shown:
            spans += [(key, "keybar--key"), (" " + label, "keybar--label"), (_GAP, "")]
        if more:
            spans.append((more, "keybar--more"))
        return [tuple(spans)]

    def _layout(self, width: int) -> tuple[list[tuple[int, int, str, str]], str]:
        """What fits: (first cell, one past the last, key, label) of each entry, and the mark for the rest."""
        entries = []
        x = 1
        for raw_key, raw_label in self._keys:
            key, label = safe_text.clean(raw_key), safe_text.clean(raw_label)
            size = safe_text.width(key) + 1 + safe_text.width(label)
            entries.append((x, x + size, key, label))
            x += size + len(_GAP)
        if not entries or entries[-1][1] <= width:
            return entries, ""
        kept = len(entries)
        while kept and entries[kept - 1][1] + len(_GAP) + len(_more(len(entries) - kept)) > width:
            kept -= 1
        return entries[:kept], _more(len(entries) - kept)

    def on_click(self, event: events.Click) -> None:
        """Say which entry was clicked."""
        event.stop()
        shown, more = self._layout(self.size.width)
        for (key, _label), (start, stop, _key, _text) in zip(self._keys, shown, strict=False):
            if start <= event.x < stop:
                self.post_message(self.Pressed(key))
        if more and event.x > (shown[-1][1] if shown else 0):
            self.post_message(self.MoreRequested())


def _more(count: int) -> str:
    return _("+{n} more").format(n=count)
