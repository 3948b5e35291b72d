"""The dataset workshop: every clip with what is known of it, the split, repairs, and the way from raw folder to lists.

The board (`engine.dataset.session`) is immutable: each step makes a new one, undo goes back to the old. What takes long
runs beside the screen: figures and verdicts in a thread, sound in a run or in a helper process.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from engine.dataset.session import PLACES, Board
from engine.errors import InputError
from tui.app import actions, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.text_view import TextScreen
from tui.panes import number_key
from tui.panes.base import Pane
from tui.panes.dataset import jobs, telling
from tui.panes.dataset.configuring import Configuring
from tui.panes.dataset.desk import Corpus, look
from tui.panes.dataset.finding import Finding
from tui.panes.dataset.fixing import Fixing
from tui.panes.dataset.helper import Asker
from tui.panes.dataset.opening import Opening
from tui.panes.dataset.parts import ClipDetails, ClipTable, Shares
from tui.panes.dataset.preparing import Preparing
from tui.panes.dataset.reading import Reading
from tui.panes.dataset.status import Saying, facts
from tui.panes.dataset.unsaved import Unsaved
from tui.panes.dataset.view import Shown
from tui.panes.dataset.working import Working
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Table
from tui.widgets.textfield import TextField

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

_LOOK_SECONDS = 0.3  # after the last step: judging all clips anew waits for a pause
_NEEDS_CLIPS = {action.verb for action in actions.at("dataset")} - {"open_corpus"}


class DatasetPane(Pane):
    """Inspect, repair, split and clean a corpus."""

    PANE_ID = "dataset"
    ABOUT = (
        "o opens a folder of audio, a manifest (path|text, path|speaker|text, LJ Speech's metadata.csv) or the lists "
        "of a split. Clips that nobody measured yet are analysed as a run; what is found is kept by content. "
        f"{number_key('transcription')} transcribes a bare folder into a manifest.",
        "From recordings to lists: i converts the recordings, o opens their texts, s splits them, f fixes what it can, "
        "enter repairs a transcript, w writes train, val and test, p cleans them for training.",
        "t, v, e, Q and x move the marked clip, or the selection, to train, val, test, quarantine, or out of all. "
        "Space selects, so do shift and the arrows, m at both ends of a range, a drag, a click with ctrl or shift. "
        "Every step can be undone. Unsaved steps, undo behind them and a transcript that was typed and not kept "
        "survive a crash: they are offered when the corpus is opened again.",
        "The filter takes words of text and path, and fields: verdict:clipped, verdict:bad, verdict:none, split:val, "
        "speaker:anna, is:selected, is:edited. A click on a column's title sorts by it, a second one turns it round.",
        "Repairs of sound are made in copies below fixed/; recordings are never touched.",
    )
    BINDINGS: ClassVar[list[BindingType]] = actions.bindings(PANE_ID)
    WIDGETS = (("In the table", ClipTable),)
    DEFAULT_CSS = """
    DatasetPane #filter { height: 1; background: $panel; display: none; }
    DatasetPane #filter.shown { display: block; }
    DatasetPane Shares { display: none; }
    DatasetPane ClipDetails { height: 6; }
    DatasetPane.tall ClipDetails { height: 9; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.corpus: Corpus | None = None
        self.shown: Shown | None = None
        self.asker, self.playing = Asker(), Playing(self, self.say)
        self.finding, self.reading = Finding(self), Reading(self)
        self.opening, self.unsaved_steps = Opening(self), Unsaved(self)
        self.fixing, self.preparing, self.working = Fixing(self), Preparing(self), Working(self)
        self.saying, self.configuring = Saying(self), Configuring(self)
        self._looking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(id="corpus")
        yield Shares()
        yield TextField(
            placeholder="words, verdict:clipped, split:val, speaker:anna, is:edited",
            compact=True,
            id="filter",
        )
        yield ClipTable()
        yield ClipDetails()

    @property
    def table(self) -> ClipTable:
        """The clips."""
        return self.query_one(ClipTable)

    @property
    def board(self) -> Board:
        """The clips as they are now. There must be some."""
        assert self.shown is not None  # noqa: S101 - whoever asks has looked
        return self.shown.board

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.app.workspace.root

    def first_focus(self) -> Widget:
        return self.table

    def on_mount(self) -> None:
        self.table.display = False
        self.refresh_all()

    def on_shown(self) -> None:
        self.opening.open_what_is_here()

    def on_unmount(self) -> None:
        """The app is ending; Textual calls the base's handler as well."""
        self.unsaved_steps.write_now()
        self.asker.close()

    def on_resize(self, event: events.Resize) -> None:
        """The columns follow the width, the details the height."""
        self.set_class(event.size.height >= 30, "tall")
        self.finding.lay_columns()

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        self.working.see(runs)

    def offers(self, verb: str) -> bool:
        if verb == "stop_job":
            return self.working.live is not None
        if verb in ("convert", "slice"):
            return self.shown is None
        if self.shown is None:
            return verb not in _NEEDS_CLIPS
        known = {
            "undo": self.board.can_undo,
            "redo": self.board.can_redo,
            "save": self.board.is_changed,
            "clean": not self.board.is_changed and not self.reading.is_cleaned,
            "store_symbols": self.configuring.lacks_symbols,
            "name_speakers": self.configuring.lacks_speakers,
        }
        return known.get(verb, True)

    def reports_end(self, run: RunSnapshot) -> bool:
        return run.kind in jobs.VERBS and run.state != "failed"

    def unsaved(self) -> str:
        """What quitting would leave undone, as a sentence."""
        return self.unsaved_steps.sentence()

    # what is shown

    def take_corpus(self, corpus: Corpus, board: Board) -> None:
        """Show another corpus."""
        self.corpus = corpus
        self.shown = Shown(board)
        self.preparing.forget()
        self.finding.reset()
        self.query_one(Shares).display = self.table.display = True
        self.table.focus()
        self.look_now()

    def take(self, board: Board) -> None:
        """A step was taken: show it, keep it as unsaved, judge anew in a moment."""
        if self.shown is None or board is self.board:
            return
        self.shown = dataclasses.replace(self.shown, board=board)
        self.saying.now = ""
        self.refresh_all()
        self.unsaved_steps.keep_soon()
        self.look_soon()

    def refresh_all(self) -> None:
        """The table, the bars and the facts, after anything has changed."""
        if self.shown is not None:
            self.finding.fill()
            summary = self.board.summary(self.shown.seconds)
            speakers = any(clip.speaker for clip in self.board.clips)
            self.query_one(Shares).show(summary, speakers=speakers)
        self.show_facts()
        self._show_details()
        self.app.show_keys()

    def show_facts(self) -> None:
        """The line at the top; gone when the dashboard is closing."""
        if self.query(StatusLine):
            self.query_one(StatusLine).show(*facts(self))

    def say(self, sentence: str) -> None:
        """Begin that line, for some seconds, with what was done."""
        self.saying.say(sentence)

    def _show_details(self) -> None:
        index = -1 if self.marked is None else self.marked
        self.query_one(ClipDetails).show(self.shown, index, self.finding.hint)

    @property
    def marked(self) -> int | None:
        """The clip under the cursor."""
        return self.rows[self.table.cursor] if 0 <= self.table.cursor < len(self.rows) else None

    @property
    def targets(self) -> list[int]:
        """What a key works on: the selection, else the marked clip."""
        chosen = sorted(cast("set[int]", self.table.selected))
        return chosen or ([] if self.marked is None else [self.marked])

    # figures and verdicts

    def look_soon(self) -> None:
        """Judge all clips anew once nothing has changed for a moment."""
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(_LOOK_SECONDS, self.look_now)

    def look_now(self) -> None:
        """Read figures and judge, beside the screen."""
        run_worker(self, self._look, group="look")

    async def _look(self) -> None:
        corpus, shown = self.corpus, self.shown
        if corpus is None or shown is None:
            return
        try:
            spoken = self.reading.of(corpus, shown.board)
            seen = await asyncio.to_thread(look, self.root, shown.board, corpus.limits, spoken)
        except InputError as error:
            self.notify(str(error), severity="warning")
            return
        # the board may be another by now, of the same clips; and the dashboard may be closing
        if self.corpus is corpus and self.shown is not None and self.query(ClipTable):
            self.shown = dataclasses.replace(self.shown, known=seen)
            self.refresh_all()
            self.working.analyse_what_is_new()
            self.reading.learn()

    # moving about

    def on_table_cursor_moved(self) -> None:
        """Another clip is marked."""
        self._show_details()

    def on_table_selection_changed(self) -> None:
        self.show_facts()
        self.app.show_keys()

    def on_table_activated(self) -> None:
        """Enter, or a second click."""
        self.action_repair()

    def on_table_header_clicked(self, message: Table.HeaderClicked) -> None:
        """Sort by this column, or turn it round."""
        self.finding.sort_by(self.finding.columns[message.column].id)

    # what is in the table, and in which order

    @property
    def rows(self) -> list[int]:
        """The clips in the table, in its order."""
        return self.finding.rows

    def on_input_changed(self, message: Input.Changed) -> None:
        """The filter is being typed."""
        self.finding.typed(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in the filter."""
        message.stop()
        self.finding.leave()

    def action_filter(self) -> None:
        self.finding.begin()

    def action_leave_field(self) -> None:
        self.finding.leave()

    def action_sort(self) -> None:
        self.finding.ask_sort()

    def action_turn_columns(self) -> None:
        self.finding.turn_columns()

    def action_next_suspicious(self) -> None:
        self.finding.next_suspicious()

    def action_select_all(self) -> None:
        self.finding.select_all()

    # steps

    def action_to_train(self) -> None:
        self.fixing.move(PLACES[0])

    def action_to_val(self) -> None:
        self.fixing.move(PLACES[1])

    def action_to_test(self) -> None:
        self.fixing.move(PLACES[2])

    def action_to_quarantine(self) -> None:
        self.fixing.move(PLACES[3])

    def action_to_out(self) -> None:
        self.fixing.move(PLACES[4])

    def action_undo(self) -> None:
        self.fixing.undo()

    def action_redo(self) -> None:
        self.fixing.redo()

    # what opens a dialog or starts work is done by the parts

    def action_open_corpus(self) -> None:
        self.opening.ask()

    def action_choose_config(self) -> None:
        self.opening.ask_config()

    def action_split(self) -> None:
        self.fixing.divide()

    def action_mend(self) -> None:
        self.fixing.ask()

    def action_repair(self) -> None:
        self.fixing.repair()

    def action_save(self) -> None:
        self.unsaved_steps.save()

    def action_analyse(self) -> None:
        self.working.analyse_again()

    def action_stop_job(self) -> None:
        self.working.stop()

    def action_convert(self) -> None:
        self.preparing.convert()

    def action_slice(self) -> None:
        self.preparing.slice()

    def action_clean(self) -> None:
        self.preparing.clean()

    def action_copy_path(self) -> None:
        paths = [str(self.root / self.board.clip(index).path) for index in self.targets] if self.shown else []
        if paths:
            self.app.copy_to_clipboard("\n".join(paths))
            self.say(f"{words.plural(len(paths), 'path')} copied")

    def action_store_symbols(self) -> None:
        self.configuring.store_symbols()

    def action_name_speakers(self) -> None:
        self.configuring.name_speakers()

    def action_show_details(self) -> None:
        if self.shown is not None and self.marked is not None:
            self.app.push_screen(TextScreen("Clip", telling.of_clip(self.shown, self.marked)))

    def action_show_speakers(self) -> None:
        if self.shown is not None:
            self.app.push_screen(TextScreen("Speakers", telling.of_speakers(self.shown)))

    def action_listen(self) -> None:
        if self.shown is not None and self.marked is not None:
            self.playing.toggle(self.root / self.board.clip(self.marked).path)

    def open(self, sources: Sequence[Path], said: str = "") -> None:
        """Open this corpus, and say this of it: what the overview, or work that has ended, asks for."""
        self.opening.open(sources, said)
