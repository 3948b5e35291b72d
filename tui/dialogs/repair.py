"""Repair a transcript: the sound as a picture, phonemes while typing, every unknown symbol marked."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from engine.i18n import _
from tui.app import safe_text, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.widgets.charts.waveform import Waveform

_DEBOUNCE_SECONDS = 0.25
_SAID_SECONDS = 6.0
_WIDTH = 110
_LOW = 20  # rows of the screen
_KEYS = (
    _("enter keep · ^n next suspect · ^b back · ^r as it was · ^l listen · ^t path · esc leave"),
    _("enter keep · ^n next · ^b back · ^r reset · ^l listen · ^t path · esc"),
    _("enter keep · ^n next · ^b back · ^r reset · esc"),
)


class ClipFacts(NamedTuple):
    """What the dialog shows of a clip.

    Attributes:
        path: the recording.
        text: its transcript; `typed`: what was typed before and not kept.
        facts: its split, speaker and length.
        reasons: why it is suspicious, a line each.
        suspicious: how many clips of the table have suspicious texts.
    """

    path: Path
    name: str
    text: str
    typed: str | None
    facts: str
    reasons: list[str]
    suspicious: int


class Transcripts(Protocol):
    """Who has the clips: the dataset pane."""

    def facts_of(self, index: int) -> ClipFacts:
        """What is known of a clip."""

    async def waveform_of(self, path: Path) -> tuple[list[tuple[float, float]], float]:
        """Pairs of extremes of a recording, and its seconds."""

    def faults_of(self, text: str) -> list[str]:
        """What is wrong with a text, as far as it is seen at once."""

    async def read_text(self, text: str) -> tuple[str, str, list[str]]:
        """The names of the cleaners, the phonemes, and symbols that the config's table lacks."""

    def keep_typed(self, index: int, text: str | None) -> None:
        """Keep what is being typed; None: nothing is."""

    def set_text(self, index: int, text: str) -> str:
        """Change a transcript; returns what is wrong with it, "" when it was changed."""

    def next_suspicious_text(self, seen: Collection[int]) -> int | None:
        """The most suspicious clip but for those that were seen."""

    def go_to(self, index: int) -> None:
        """Mark a clip in the table."""

    def say(self, sentence: str) -> None:
        """Show what was done."""


class Transcript(TextArea):
    """One transcript: wrapped over some rows, but a line of a list, so enter ends it."""

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
        return self.line_of(self.text)

    @staticmethod
    def line_of(text: str) -> str:
        """The same of any text."""
        return " ".join(text.split("\n")).strip()


class RepairScreen(Dialog[None]):
    """Stays open from clip to clip; what is kept is a step that can be undone."""

    AUTO_FOCUS = "Transcript"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+n", "next", _("Keep, and go to the next suspicious one"), priority=True),
        Binding("ctrl+b", "previous", _("Keep, and go back to the one before"), priority=True),
        Binding("ctrl+l", "listen", "Listen", priority=True),
        Binding("ctrl+t", "copy_path", _("Copy its path"), priority=True),
        Binding("ctrl+r", "reset", _("Take the text as it was"), priority=True),
    ]
    DEFAULT_CSS = """
    RepairScreen > .dialog { width: 110; height: 90%; }
    RepairScreen Waveform { height: 1fr; min-height: 3; background: $surface; }
    RepairScreen #facts { height: 1; }
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

    def __init__(self, transcripts: Transcripts, index: int) -> None:
        super().__init__()
        self._transcripts = transcripts
        self._index = index
        self._clip = transcripts.facts_of(index)
        self._visited: list[int] = []
        self._as_was = ""
        self._debounce: Timer | None = None
        self._saying: Timer | None = None
        self._playing = Playing(self, self._say)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_subtitle = _KEYS[-1]
            yield Waveform(empty=_("reading the recording"))
            yield Static(id="facts", classes="muted", markup=False)
            yield Static(id="reasons", markup=False)
            yield Transcript(soft_wrap=True, compact=True, tab_behavior="focus")
            yield Static(id="phonemes", markup=False)
            yield Static(id="marks", markup=False)

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        """As many keys as there is room for; on a low screen less of everything."""
        self.set_class(self.size.height < _LOW, "low")
        room = min(_WIDTH, int(self.size.width * 0.96)) - 4
        subtitle = next((keys for keys in _KEYS if len(keys) <= room), _KEYS[-1])
        self.query_one(".dialog").border_subtitle = subtitle

    @property
    def _text(self) -> Transcript:
        return self.query_one(Transcript)

    # one clip

    def _show(self) -> None:
        clip = self._clip = self._transcripts.facts_of(self._index)
        left = f", {clip.suspicious:,} suspicious" if clip.suspicious else ""
        title = safe_text.crop_middle(safe_text.clean(clip.name), 60)
        self.query_one(".dialog").border_title = Content(f"{title}{left}")
        self._as_was = Transcript.line_of(clip.text)
        self._load(clip.text if clip.typed is None else clip.typed)
        self._say("")
        reasons = "\n".join(map(safe_text.clean, clip.reasons))
        self.query_one("#reasons", Static).update(Content(reasons))
        self.query_one(Waveform).show([], 0.0)
        run_worker(self, self._draw, clip.path, group="draw")
        self._check_soon(0.01)

    def _load(self, text: str) -> None:
        self._text.load_text(text)
        self._text.move_cursor(self._text.document.end)

    def _say(self, sentence: str) -> None:
        """Begin the line of facts with what was done, for some seconds: no note and no key is covered by it."""
        if not self.is_open:
            if sentence:
                self._transcripts.say(sentence)
            return
        if self._saying is not None:
            self._saying.stop()
        self._saying = self.set_timer(_SAID_SECONDS, lambda: self._say("")) if sentence else None
        line = " │ ".join(filter(None, (sentence, self._clip.facts)))
        self.query_one("#facts", Static).update(safe_text.content(line))

    async def _draw(self, path: Path) -> None:
        wave = self.query_one(Waveform)
        try:
            envelope, seconds = await self._transcripts.waveform_of(path)
        except Exception as error:  # noqa: BLE001 - a clip that cannot be read still has a text
            wave.say(words.sentence(error))
            return
        wave.show(envelope, seconds)

    # what is typed

    def on_text_area_changed(self) -> None:
        """Something was typed: it survives a crash, and escape, from the first letter on."""
        text = self._text.line
        self._transcripts.keep_typed(self._index, None if text == self._as_was else text)
        self._check_soon(_DEBOUNCE_SECONDS)

    def _check_soon(self, seconds: float) -> None:
        if self._debounce is not None:
            self._debounce.stop()
        self._debounce = self.set_timer(seconds, self._start_check)

    def _start_check(self) -> None:
        run_worker(self, self._check, group="check")

    async def _check(self) -> None:
        """What can be said of the text, then its phonemes."""
        text = self._text.line
        before = _("this was typed before and not kept: enter keeps it, ^r takes the text as it was")
        faults = [before] if self._clip.typed is not None and text != self._as_was else []
        faults += self._transcripts.faults_of(text)
        self._mark(faults)
        try:
            cleaners, phonemes, unknown = await self._transcripts.read_text(text)
        except Exception as error:  # noqa: BLE001 - one sentence in its place; typing continues
            self._show_phonemes(safe_text.content(words.sentence(error)))
            return
        self._show_phonemes(Content.assemble(f"{cleaners}: " if cleaners else "", marked(phonemes, unknown)))
        if unknown:
            shown = ", ".join(map(words.symbol, unknown[:6])) + (_(" and more") if len(unknown) > 6 else "")
            self._mark([*faults, _("the table of symbols lacks {shown}").format(shown=shown)])

    def _show_phonemes(self, phonemes: Content) -> None:
        if self.is_open:
            self.query_one("#phonemes", Static).update(phonemes)

    def _mark(self, faults: list[str]) -> None:
        if self.is_open:
            lines = "\n".join(f"! {safe_text.clean(each)}" for each in faults)
            self.query_one("#marks", Static).update(Content(lines))

    # going on

    def _keep(self) -> bool:
        """Whether what is typed could be kept."""
        text = self._text.line
        fault = self._transcripts.set_text(self._index, text) if text != self._as_was else ""
        if fault:
            self._mark([fault])
        else:
            self._transcripts.keep_typed(self._index, None)
        return not fault

    def on_transcript_submitted(self) -> None:
        """Enter."""
        if self._keep():
            self.dismiss()

    def action_next(self) -> None:
        if not self._keep():
            return
        following = self._transcripts.next_suspicious_text({*self._visited, self._index})
        if following is None:
            self._say(_("no other transcript here is suspicious"))
            return
        self._visited.append(self._index)
        self._go(following)

    def action_previous(self) -> None:
        if self._visited and self._keep():
            self._go(self._visited.pop())

    def _go(self, index: int) -> None:
        self._index = index
        self._transcripts.go_to(index)
        self._show()

    def action_listen(self) -> None:
        self._playing.toggle(self._clip.path)

    def action_copy_path(self) -> None:
        self.app.copy_to_clipboard(str(self._clip.path))
        self._say(_("its path is copied"))

    def action_reset(self) -> None:
        self._load(self._as_was)

    def action_leave(self) -> None:
        if self._text.line != self._as_was:
            self._transcripts.say(_("not kept yet; enter shows what you typed"))
        self.dismiss()


def marked(text: str, unknown: list[str]) -> Content:
    """The text with every unknown symbol in reverse video."""
    parts: list[Content | tuple[str, str]] = []
    for character in safe_text.clean(text):
        parts.append((character, _("bold reverse")) if character in unknown else Content(character))
    return Content.assemble(*parts)
