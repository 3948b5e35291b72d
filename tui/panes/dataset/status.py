"""The pane's first line: what is open, how much of it is shown, what is unsaved, what is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.app import words
from tui.panes import number_key
from tui.panes.dataset import desk, jobs
from tui.widgets.statusline import Level

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane

SAID_SECONDS = 6.0
Fact = str | tuple[str, Level]


class Saying:
    """What was done last: it begins the line for some seconds, however often that is drawn meanwhile."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._clock: Timer | None = None
        self.now = ""

    def say(self, sentence: str) -> None:
        """Begin the line with this; "" with nothing."""
        self.now = sentence
        if self._clock is not None:
            self._clock.stop()
        self._clock = self._pane.set_timer(SAID_SECONDS, lambda: self.say("")) if sentence else None
        self._pane.show_facts()


def facts(pane: DatasetPane) -> tuple[list[Fact], str]:
    """The facts, and what stands at the right end."""
    said: list[Fact] = [(pane.saying.now, "")] if pane.saying.now else []
    if pane.finding.fault:
        said.append((pane.finding.fault, "warning"))
    live = pane.working.live
    right = "" if live is None else jobs.progress(live)
    if pane.corpus is None or pane.shown is None:
        return [*said, pane.opening.doing or "no corpus is open"], right
    board, shown = pane.board, pane.shown
    unsaved = desk.differs(board, pane.corpus.opened)
    if unsaved:
        said.append((f"unsaved: {words.plural(unsaved, 'clip')}", "warning"))
    elif board.is_changed:
        said.append(("not saved yet", "warning"))
    if pane.table.selected:
        said.append(f"{len(pane.table.selected):,} selected")
    if pane.table.range_from is not None and pane.table.is_marking:
        said.append("m ends the range")
    if len(pane.rows) < len(board):
        said.append(f"{len(pane.rows):,} of {len(board):,} shown")
    said.append(words.plural(len(board), "clip"))
    if not shown.known.verdicts:
        said.append("judging …")
    else:
        bad, doubtful = shown.known.counts
        said.append((f"{bad:,} bad", "error" if bad else "good"))
        said.append(f"{doubtful:,} doubtful")
        said += [(f"most are {kind}", "warning") for kind in shown.known.common]
        if pane.reading.is_learning:
            said.append("reading the texts …")
        if not shown.known.has_texts:
            said.append((f"no texts yet: {number_key('transcription')} transcribes", "warning"))
    if shown.known.unmeasured and live is None:
        said.append(f"{shown.known.unmeasured:,} not measured")
    said.append(_names(pane))
    return said, right


def _names(pane: DatasetPane) -> str:
    if pane.corpus is None:
        return ""
    names = [words_of(path, pane) for path in pane.corpus.sources]
    config = f" by {pane.corpus.config.stem}" if pane.corpus.config else ""
    return (names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}") + config


def words_of(path: object, pane: DatasetPane) -> str:
    """A path as a person knows it, from the workspace on."""
    return str(path).replace(f"{pane.root}/", "")
