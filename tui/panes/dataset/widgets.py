"""How the clips are split, what is known of the marked one, and the pane's first line."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.timer import Timer

from engine.dataset.clips.issues import BAD, Issue
from engine.dataset.session import DatasetState, SplitSummary
from engine.dataset.split import SPLITS
from engine.i18n import _, plural
from tui.app import safe_text
from tui.panes import number_key
from tui.panes.dataset.clip_view import SIGNS, ClipView
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget
from tui.widgets.statusline import Level, StatusLine

_MESSAGE_SECONDS = 6.0
Fact = str | tuple[str, Level]
# what is fixed in the config, not in the lists
_IN_CONFIG = {"symbols": _("  (Y: store them)"), "speaker": _("  (H: name them)")}


class DatasetStatus(StatusLine):
    """A first line: a message of what was done last, for some seconds, and facts behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._message = ""
        self._clock: Timer | None = None
        self._shown: tuple[Sequence[Fact], str] = (), ""

    def show_message(self, message: str) -> None:
        """Begin the line with this; "" with nothing."""
        self._message = message
        if self._clock is not None:
            self._clock.stop()
        self._clock = self.set_timer(_MESSAGE_SECONDS, lambda: self.show_message("")) if message else None
        self.show(*self._shown)

    def show(self, facts: Sequence[Fact], right: str = "") -> None:
        """Replace the facts."""
        self._shown = facts, right
        super().show([self._message, *facts] if self._message else facts, right)


class SplitBars(RowWidget):
    """A bar for each of train, val and test, with clips, minutes and speakers; a last row for what is in none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"splitbars--bar", "splitbars--muted", "splitbars--strong"}
    DEFAULT_CSS = """
    SplitBars {
        height: 4; background: $background; color: $foreground;
        & > .splitbars--bar { color: $text-primary; }
        & > .splitbars--muted { color: $foreground-muted; }
        & > .splitbars--strong { text-style: bold; }
    }
    .dialog SplitBars { background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._summary: tuple[SplitSummary, ...] = ()
        self._has_speakers = False

    def show(self, state: DatasetState, seconds: Sequence[float | None]) -> None:
        """Draw these clips; `seconds` of each, where they are known."""
        self._summary = state.summary(seconds)
        self._has_speakers = any(clip.speaker for clip in state.clips)
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        rows = [self._bar(each, width) for each in self._summary if each.split in SPLITS]
        unused = {each.split: each.clips for each in self._summary if each.clips}
        texts = []
        if clips := unused.get("quarantine"):
            texts.append(plural("{n:,} clip in quarantine", "{n:,} clips in quarantine", clips))
        if clips := unused.get("out"):
            texts.append(plural("{n:,} clip in no list", "{n:,} clips in no list", clips))
        if texts:
            rows.append(((_(" also   {clips}").format(clips=", ".join(texts)), "splitbars--muted"),))
        return rows

    def _bar(self, each: SplitSummary, width: int) -> Row:
        glyphs = current()
        clips = plural("{n:,} clip ", "{n:,} clips", each.clips)  # figures stand below each other
        facts = f"{100 * each.share:5.1f}% {clips:>13} {each.minutes:>7,.1f} min"
        if self._has_speakers:
            facts += f" {plural('{n:,} speaker ', '{n:,} speakers', each.speakers):>13}"
        room = min(40, max(4, width - 8 - len(facts) - 2))
        full = round(each.share * room)
        if 0 < each.share < 1 and room >= 2:
            full = min(max(full, 1), room - 1)
        return (
            (f" {each.split:<6} ", "splitbars--strong"),
            (glyphs.full * full, "splitbars--bar"),
            (glyphs.empty * (room - full), "splitbars--muted"),
            (f" {facts}", ""),
        )


class ClipDetails(RowWidget):
    """The marked clip: where it is, its text, and each issue with its reason and what would fix it."""

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
        self._view: ClipView | None = None
        self._index: int | None = None
        self._hint = ""

    def show(self, view: ClipView, index: int | None, hint: str) -> None:
        """Explain this clip; `hint` is shown where there is none."""
        self._view, self._index, self._hint = view, index, hint
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:
        view, index = self._view, self._index
        if view is None or index is None:
            return [_muted(line) for line in self._hint.split("\n")]
        issues = [_issue_row(issue, width) for issue in view.issues(index)]
        room = max(1, height - 1 - max(1, len(issues)))
        text = safe_text.clean(view.state.clip(index).text) or _no_text(view)
        lines = textwrap.wrap(text, max(8, width - 2))[:room]
        rows = [_head(view, index, width), *(((f" {line}", ""),) for line in lines)]
        if not issues:
            is_measured = view.stats(index) is not None
            return [*rows, _muted(view.no_issue if is_measured else _("it has not been measured yet"))]
        left = height - len(rows)
        if len(issues) > left > 0:
            more = len(issues) - left + 1
            issues = [*issues[: left - 1], _muted(_("and {n} more").format(n=more))]
        return rows + issues


def _muted(text: str) -> Row:
    return ((f" {text}", "clipdetails--muted"),)


def _head(view: ClipView, index: int, width: int) -> Row:
    """`wavs/a.wav │ anna │ train │ edited │ 1.20 s │ 22,050 Hz │ -20.1 LUFS │ PCM_16`."""
    clip, stats = view.state.clip(index), view.stats(index)
    facts = [safe_text.clean(clip.speaker)] if clip.speaker else []
    facts.append(view.state.split_of(index))
    facts += [_("edited")] if index in view.state.edited_clips else []
    if stats is not None:
        facts += [f"{stats.seconds:.2f} s", f"{stats.rate:,} Hz"]
        facts += [] if stats.lufs is None else [f"{stats.lufs:.1f} LUFS"]
        facts.append(stats.subtype)
    after = "".join(f" │ {fact}" for fact in facts)
    path = safe_text.clean(clip.path) or _("(no path)")
    return (
        (f" {safe_text.crop_middle(path, max(12, width - len(after) - 2))}", "clipdetails--strong"),
        (after, ""),
    )


def _issue_row(issue: Issue, width: int) -> Row:
    """`✘ rate: is at 48000 Hz, 22050 Hz is needed (f: convert)`."""
    style = "clipdetails--bad" if issue.severity == BAD else "clipdetails--watch"
    fix = f"  (f: {issue.fix})" if issue.fix else _IN_CONFIG.get(issue.kind, "")
    room = max(8, width - len(issue.kind) - len(fix) - 6)
    reason = safe_text.crop(safe_text.clean(issue.reason), room)
    return ((f" {SIGNS[issue.severity]} {issue.kind}: ", style), (reason, ""), (fix, "clipdetails--muted"))


def _no_text(view: ClipView) -> str:
    if view.findings.has_texts:
        return _("(no text)")
    return _("(no clip has a text yet: {number_key} transcribes the folder, enter writes one)").format(
        number_key=number_key("transcription")
    )
