"""Repair a transcript: the sound as a picture, phonemes while typing, every unknown symbol marked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from engine.dataset.clips import text_heuristics
from engine.errors import InputError
from engine.i18n import _
from tui.app import safe_text, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.panes.dataset import session
from tui.panes.dataset.clip_view import SIGNS, characters_a_second
from tui.panes.dataset.editor import DatasetEditor
from tui.panes.dataset.phonemes import HELPER_ERRORS
from tui.panes.dataset.widgets import DatasetStatus
from tui.widgets.charts.waveform import Waveform

_DEBOUNCE_SECONDS = 0.25
_KEYS = _("enter keep · ^n next · ^b back · ^r reset · ^l listen · ^t path · esc")


class Transcript(TextArea):
    """One transcript: wrapped over some rows, but a line of a list, so enter submits it."""

    class Submitted(Message):
        """Enter."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Submitted())
            return
        await super()._on_key(event)

    @property
    def line(self) -> str:
        """The text; a line break that was pasted is a space."""
        return one_line(self.text)


class RepairScreen(Dialog[None]):
    """Stays open from clip to clip; what is kept is a step that can be undone."""

    AUTO_FOCUS = "Transcript"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", _("Leave")),
        Binding("ctrl+n", "next", _("Keep, and go to the next suspicious one"), priority=True),
        Binding("ctrl+b", "previous", _("Keep, and go back to the one before"), priority=True),
        Binding("ctrl+l", "listen", _("Listen"), priority=True),
        Binding("ctrl+t", "copy_path", _("Copy its path"), priority=True),
        Binding("ctrl+r", "reset", _("Take the text as it was"), priority=True),
    ]
    DEFAULT_CSS = """
    RepairScreen > .dialog { width: 110; height: 90%; }
    RepairScreen Waveform { height: 1fr; min-height: 3; background: $surface; }
    RepairScreen #reasons { max-height: 4; color: $text-warning; }
    RepairScreen Transcript { height: 5; border: none; padding: 0; background: $panel; }
    RepairScreen #phonemes { max-height: 4; margin-top: 1; }
    RepairScreen #marks { max-height: 3; color: $text-error; }
    RepairScreen.low {
        & > .dialog { height: 100%; max-height: 100%; }
        & Waveform { min-height: 2; }
        & #reasons, & #phonemes, & #marks { max-height: 2; margin-top: 0; }
        & Transcript { height: 2; }
    }
    """

    def __init__(self, pane: DatasetEditor, index: int) -> None:
        super().__init__()
        self._pane = pane
        self._index = index
        self._visited: list[int] = []
        self._as_was = ""
        self._was_typed = False  # before, and not kept
        self._playing = Playing(self, self._show_message)

    def compose(self) -> ComposeResult:
        with self.frame("", _KEYS):
            yield Waveform(empty=_("reading the recording"))
            yield DatasetStatus()
            yield Static(id="reasons", markup=False)
            yield Transcript(soft_wrap=True, compact=True, tab_behavior="focus")
            yield Static(id="phonemes", markup=False)
            yield Static(id="marks", markup=False)

    def on_mount(self) -> None:
        self._show()

    @property
    def _text(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def _path(self) -> Path:
        return self._pane.root / self._pane.state.clip(self._index).path

    # one clip

    def _show(self) -> None:
        clip, view = self._pane.state.clip(self._index), self._pane.view
        title = safe_text.crop_middle(safe_text.clean(clip.path), 60)
        if suspicious := len(self._pane.browser.suspicious):
            title = _("{path}, {n:,} suspicious").format(path=title, n=suspicious)
        self.query_one(".dialog").border_title = Content(title)
        self._as_was = one_line(clip.text)
        typed = self._pane.typed.get(self._index)
        self._was_typed = typed is not None
        self._load(clip.text if typed is None else typed)
        self.query_one(DatasetStatus).show(self._facts())
        self._show_message("")
        reasons = [f"{SIGNS[each.severity]} {each.kind}: {each.reason}" for each in view.issues(self._index)]
        self.query_one("#reasons", Static).update(Content("\n".join(map(safe_text.clean, reasons))))
        wave = self.query_one(Waveform)
        wave.show([], 0.0)
        run_worker(self, self._pane.helper.draw, wave, self._path, group="draw")
        run_worker(self, self._check, 0.01, group="check")

    def _facts(self) -> list[str]:
        """Split, speaker, length and pace of the clip."""
        view, index = self._pane.view, self._index
        stats, pace = view.stats(index), view.pace(index)
        facts = list(filter(None, (view.state.split_of(index), view.state.clip(index).speaker)))
        facts += [] if stats is None else [f"{stats.seconds:.2f} s"]
        facts += [] if stats is None or pace is None else [characters_a_second(pace)]
        return facts

    def _load(self, text: str) -> None:
        self._text.load_text(text)
        self._text.move_cursor(self._text.document.end)

    def _show_message(self, message: str) -> None:
        """Begin the line of facts with what was done, for some seconds: no note and no key is covered by it."""
        line = self.query_one(DatasetStatus) if self.is_open else self._pane
        line.show_message(message)

    # what is typed

    def on_text_area_changed(self) -> None:
        """Something was typed: it survives a crash, and escape, from the first letter on."""
        text = self._text.line
        self._pane.keep_typed(self._index, None if text == self._as_was else text)
        run_worker(self, self._check, _DEBOUNCE_SECONDS, group="check")

    async def _check(self, after_s: float) -> None:
        """Show what can be said of the text, then its phonemes."""
        await asyncio.sleep(after_s)
        text = self._text.line
        before = _("this was typed before and not kept: enter keeps it, ^r takes the text as it was")
        faults = [before] if self._was_typed and text != self._as_was else []
        faults += self._faults_of(text)
        self._mark(faults)
        try:
            cleaners, phonemes, unknown = await self._read(text)
        except HELPER_ERRORS as error:
            self._show_phonemes(safe_text.content(words.sentence(error)))
            return
        self._show_phonemes(Content.assemble(f"{cleaners}: " if cleaners else "", marked(phonemes, unknown)))
        if unknown:
            shown = ", ".join(map(words.symbol, unknown[:6])) + (_(" and more") if len(unknown) > 6 else "")
            self._mark([*faults, _("the table of symbols lacks {symbols}").format(symbols=shown)])

    def _faults_of(self, text: str) -> list[str]:
        """What is wrong with a text, as far as it is seen at once."""
        if not text:
            return [_("there is no text")]
        found = []
        if control := text_heuristics.control_character(text):
            found.append(_("it holds the control character {control}").format(control=control))
        if left := text_heuristics.left_unread(text, cleaned=self._pane.is_cleaned):
            found.append(left)
        most = self._pane.session.limits.max_text
        if len(text) > most:
            found.append(_("it has {count} symbols, {most} are taken").format(count=len(text), most=most))
        if "|" in text:
            found.append(_("a text cannot hold a bar: it separates columns"))
        return found

    async def _read(self, text: str) -> tuple[str, str, list[str]]:
        """The names of the cleaners, the phonemes, and symbols that the config's table lacks."""
        opened, symbols = self._pane.session, self._pane.session.limits.symbols
        if self._pane.is_cleaned or not text:
            unknown = [each for each in dict.fromkeys(text) if symbols is not None and each not in symbols]
            return "", text if unknown else "", unknown
        cleaners = session.cleaners_of(opened, self._pane.app.workspace)
        config = {} if opened.config is None else {"config": str(opened.config)}
        reply = await self._pane.helper.ask("phonemes", text=text, cleaners=cleaners.split(","), **config)
        return cleaners, str(reply.get("phonemes", "")), [str(each) for each in reply.get("unknown") or ()]

    def _show_phonemes(self, phonemes: Content) -> None:
        self.query_one("#phonemes", Static).update(phonemes)

    def _mark(self, faults: list[str]) -> None:
        lines = "\n".join(f"! {safe_text.clean(each)}" for each in faults)
        self.query_one("#marks", Static).update(Content(lines))

    # keys

    def _keep(self) -> bool:
        """Whether what is typed could be kept."""
        text = self._text.line
        if text != self._as_was:
            try:
                self._pane.set_text(self._index, text)
            except InputError as error:
                self._mark([str(error)])
                return False
        self._pane.keep_typed(self._index, None)
        return True

    def on_transcript_submitted(self) -> None:
        """Enter."""
        if self._keep():
            self.dismiss()

    def action_next(self) -> None:
        if not self._keep():
            return
        following = next((each for each in self._pane.browser.suspicious if each != self._index), None)
        if following is None:
            self._show_message(_("no other transcript here is suspicious"))
            return
        self._visited.append(self._index)
        self._go(following)

    def action_previous(self) -> None:
        if self._visited and self._keep():
            self._go(self._visited.pop())

    def _go(self, index: int) -> None:
        self._index = index
        self._pane.browser.go_to(index)
        self._show()

    def action_listen(self) -> None:
        self._playing.toggle(self._path)

    def action_copy_path(self) -> None:
        self.app.copy_to_clipboard(str(self._path))
        self._show_message(_("its path is copied"))

    def action_reset(self) -> None:
        self._load(self._as_was)

    def action_leave(self) -> None:
        if self._text.line != self._as_was:
            self._pane.show_message(_("not kept yet; enter shows what you typed"))
        self.dismiss()


def one_line(text: str) -> str:
    """A text without line breaks, as a list holds it."""
    return " ".join(text.split("\n")).strip()


def marked(text: str, unknown: list[str]) -> Content:
    """The text with every unknown symbol in reverse video."""
    parts: list[Content | tuple[str, str]] = []
    for character in safe_text.clean(text):
        parts.append((character, "bold reverse") if character in unknown else Content(character))
    return Content.assemble(*parts)
