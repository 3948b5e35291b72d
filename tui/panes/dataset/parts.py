"""The pane's own widgets: how the clips are divided, what is known of the marked one, and a table with ranges."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from engine.dataset.session import PlaceSummary
from tui.app import safe_text, words
from tui.panes import number_key
from tui.panes.dataset.view import SIGNS, Shown
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget
from tui.widgets.table import Table

# what is mended in the config, not in the lists
_IN_CONFIG = {"symbols": "  (Y: store them)", "speaker": "  (H: name them)"}
DIVIDED = ("train", "val", "test")


class Shares(RowWidget):
    """A bar for each of train, val and test, with clips, minutes and speakers; a last row for what is in none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"shares--bar", "shares--muted", "shares--strong"}
    DEFAULT_CSS = """
    Shares {
        height: 4; background: $background; color: $foreground;
        & > .shares--bar { color: $text-primary; }
        & > .shares--muted { color: $foreground-muted; }
        & > .shares--strong { text-style: bold; }
    }
    .dialog Shares { background: $surface; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._summary: tuple[PlaceSummary, ...] = ()
        self._speakers = False

    def show(self, summary: Sequence[PlaceSummary], *, speakers: bool) -> None:
        """Draw these; `speakers`: whether the corpus names any."""
        self._summary, self._speakers = tuple(summary), speakers
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        rows: list[Row] = []
        for each in self._summary:
            if each.place in DIVIDED:
                rows.append(self._bar(each, width))
        rest = [each for each in self._summary if each.place not in DIVIDED and each.clips]
        if rest:
            said = {"quarantine": "in quarantine", "out": "in no list"}
            text = ", ".join(f"{words.plural(each.clips, 'clip')} {said[each.place]}" for each in rest)
            rows.append(((f" also   {text}", "shares--muted"),))
        return rows

    def _bar(self, each: PlaceSummary, width: int) -> Row:
        glyphs = current()
        clips = words.plural(each.clips, "clip ", "clips")  # figures stand below each other
        facts = f"{100 * each.share:5.1f}% {clips:>13} {each.minutes:>7,.1f} min"
        if self._speakers:
            facts += f" {words.plural(each.speakers, 'speaker ', 'speakers'):>13}"
        room = min(40, max(4, width - 8 - len(facts) - 2))
        full = round(each.share * room)
        if 0 < each.share < 1 and room >= 2:
            full = min(max(full, 1), room - 1)
        return (
            (f" {each.place:<6} ", "shares--strong"),
            (glyphs.full * full, "shares--bar"),
            (glyphs.empty * (room - full), "shares--muted"),
            (f" {facts}", ""),
        )


class ClipDetails(RowWidget):
    """The marked clip: where it is, what is said, and each verdict with its reason and what would mend it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "clipdetails--muted",
        "clipdetails--strong",
        "clipdetails--bad",
        "clipdetails--watch",
    }
    DEFAULT_CSS = """
    ClipDetails {
        height: 5; background: $background; color: $foreground; border-top: solid $panel;
        & > .clipdetails--muted { color: $foreground-muted; }
        & > .clipdetails--strong { text-style: bold; }
        & > .clipdetails--bad { color: $text-error; text-style: bold; }
        & > .clipdetails--watch { color: $text-warning; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: Shown | None = None
        self._index = -1
        self._hint = ""

    def show(self, shown: Shown | None, index: int, hint: str = "") -> None:
        """Explain this clip; `hint` is said where there is none."""
        self._shown, self._index, self._hint = shown, index, hint
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        if self._shown is None or not 0 <= self._index < len(self._shown.board):
            return [((f" {line}", "clipdetails--muted"),) for line in self._hint.split("\n")]
        shown, index = self._shown, self._index
        clip = shown.board.clip(index)
        speaker = f" │ {safe_text.clean(clip.speaker)}" if clip.speaker else ""
        edited = " │ edited" if index in shown.board.edited_clips else ""
        after = f"{speaker} │ {shown.board.place(index)}{edited}{_sound(shown, index)}"
        path = safe_text.crop_middle(
            safe_text.clean(clip.path) or "(no path)", max(12, width - len(after) - 2)
        )
        rows: list[Row] = [((f" {path}", "clipdetails--strong"), (after, ""))]
        verdicts = verdict_rows(shown, index, width)
        room = max(1, height - 1 - max(1, len(verdicts)))
        text = textwrap.wrap(safe_text.clean(clip.text), max(8, width - 2))[:room] or [_no_text(shown)]
        rows += [((f" {line}", ""),) for line in text]
        if not verdicts:
            what = "it" if shown.known.has_texts else "its sound"
            fine = f"nothing wrong is known of {what}"
            said = fine if shown.heard(index) else "it has not been measured yet"
            return [*rows, ((f" {said}", "clipdetails--muted"),)]
        left = height - len(rows)
        if len(verdicts) > left > 0:
            more = f" and {len(verdicts) - left + 1} more"
            verdicts = [*verdicts[: left - 1], ((more, "clipdetails--muted"),)]
        return rows + verdicts


def verdict_rows(shown: Shown, index: int, width: int) -> list[Row]:
    """A row for each verdict of a clip: `✘ rate: is at 48000 Hz, 22050 Hz is needed (f: convert)`."""
    rows: list[Row] = []
    for verdict in shown.judged(index):
        style = "clipdetails--bad" if verdict.severity == "bad" else "clipdetails--watch"
        fix = f"  (f: {verdict.fix})" if verdict.fix else _IN_CONFIG.get(verdict.kind, "")
        reason = safe_text.crop(
            safe_text.clean(verdict.reason), max(8, width - len(verdict.kind) - len(fix) - 6)
        )
        rows.append(
            (
                (f" {SIGNS[verdict.severity]} {verdict.kind}: ", style),
                (reason, ""),
                (fix, "clipdetails--muted"),
            )
        )
    return rows


def _no_text(shown: Shown) -> str:
    if shown.known.has_texts:
        return "(no text)"
    return f"(no clip has a text yet: {number_key('transcription')} transcribes the folder, enter writes one)"


def _sound(shown: Shown, index: int) -> str:
    heard = shown.heard(index)
    if heard is None or not heard.frames:
        return ""
    lufs = "" if heard.lufs is None else f" │ {heard.lufs:.1f} LUFS"
    return f" │ {heard.seconds:.2f} s │ {heard.rate:,} Hz{lufs} │ {heard.subtype}"


class ClipTable(Table):
    """The table of clips: ranges with shift and the arrows, with m at both ends, by a drag, or by shift and a click.

    Ctrl and a click selects one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_selected", "Select, and go to the next row", show=False),
        Binding("shift+up", "extend(-1)", "Select upwards", show=False),
        Binding("shift+down", "extend(1)", "Select downwards", show=False),
        Binding("shift+pageup", "extend(-20)", "Select 20 upwards", show=False),
        Binding("shift+pagedown", "extend(20)", "Select 20 downwards", show=False),
        Binding("m", "mark_range", "Mark one end of a range, then the other", show=False),
    ]

    def __init__(self) -> None:
        super().__init__((), selectable=True, id="clips", empty="no clip passes the filter")
        self.range_from: Hashable = None  # where a range begins
        self._kept: set[Hashable] = set()  # what was selected before it
        self.is_marking = False  # m has begun it
        self._dragged_from: int | None = None  # the row on which a button went down
        self._is_dragging = False

    def action_extend(self, rows: int) -> None:
        """The range from where it began to the row that is `rows` away."""
        self._extend_to(self.cursor + rows)

    def _extend_to(self, row: int) -> None:
        if not self.row_count:
            return
        if self.range_from is None:
            self.range_from, self._kept, self.is_marking = self.cursor_key, set(self.selected), False
        anchor = self.range_from
        super().move_cursor(row)
        self._select_from(anchor)

    def action_mark_range(self) -> None:
        """The first time it begins a range at the cursor, the second time it selects it."""
        if not self.row_count:
            return
        self.is_marking = self.range_from is None
        if self.range_from is None:
            self.range_from, self._kept = self.cursor_key, set(self.selected)
            self.selected |= {self.cursor_key}
            self._tell()
        else:
            self._select_from(self.range_from)
            self.range_from = None

    def _select_from(self, anchor: Hashable) -> None:
        begin = next((i for i in range(self.row_count) if self._key(i) == anchor), self.cursor)
        low, high = sorted((begin, self.cursor))
        self.selected = self._kept | {self._key(i) for i in range(low, high + 1)}
        self._tell()

    def action_toggle_selected(self) -> None:
        """Select the row under the cursor, or no longer, and go on to the next."""
        super().action_toggle_selected()
        self.range_from = None
        self.action_move(1)

    def select(self, keys: set[Hashable]) -> None:
        """Select exactly these."""
        self.selected, self.range_from = keys, None
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.SelectionChanged(self, self.cursor, self.cursor_key))
        self.repaint()

    # with the mouse

    def _row_at(self, event: events.MouseEvent) -> int:
        """The row under the mouse; one out of sight above or below while it is dragged there."""
        return max(0, min(self._first + event.y - 1, self.row_count - 1))

    def on_click(self, event: events.Click) -> None:
        """With ctrl a row is selected, with shift all up to it, without opening anything."""
        if event.get_content_offset(self) is None or not 0 < event.y <= self.row_count - self._first:
            return
        if event.ctrl:
            self.move_cursor(self._row_at(event))
            super().action_toggle_selected()
        elif event.shift:
            self._extend_to(self._row_at(event))
        else:
            if not self.is_marking:  # the next range begins at the row that was clicked
                self.range_from = None
            return
        event.stop()
        event.prevent_default()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Where rows begin to be dragged over."""
        is_row = 0 < event.y <= self.row_count - self._first
        if event.button == 1 and is_row and not (event.ctrl or event.shift):
            self._dragged_from = self._row_at(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Rows that are dragged over are selected."""
        begin, row = self._dragged_from, self._row_at(event)
        if event.button != 1 or begin is None or not self.row_count:
            self._dragged_from = None
        elif row != self.cursor or self._is_dragging:
            if not self._is_dragging:
                self._is_dragging, self.range_from = True, None
                self.capture_mouse()
                self.move_cursor(begin)
            self._extend_to(row)

    def on_mouse_up(self) -> None:
        """The end of it."""
        if self._is_dragging:
            self.release_mouse()
        self._dragged_from, self._is_dragging = None, False
