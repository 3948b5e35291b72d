"""Repairing a transcript: the sound as a picture, phonemes while typing, every unknown symbol marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from engine.dataset.clips import text_heuristics
from tui.app import safe_text, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.panes.dataset import view
from tui.panes.dataset.status import SAID_SECONDS
from tui.widgets.charts.waveform import Waveform

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane

_DEBOUNCE_SECONDS = 0.25
_WIDTH = 110
_LOW = 20  # rows of the screen
_KEYS = (
    "enter keep · ^n next suspect · ^b back · ^r as it was · ^l listen · ^t path · esc leave",
    "enter keep · ^n next · ^b back · ^r reset · ^l listen · ^t path · esc",
    "enter keep · ^n next · ^b back · ^r reset · esc",
)


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
    """Stays open from clip to clip; what is kept goes to the pane as a step that can be undone."""

    AUTO_FOCUS = "Transcript"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+n", "next", "Keep, and go to the next suspicious one", priority=True),
        Binding("ctrl+b", "previous", "Keep, and go back to the one before", priority=True),
        Binding("ctrl+l", "listen", "Listen", priority=True),
        Binding("ctrl+t", "copy_path", "Copy its path", priority=True),
        Binding("ctrl+r", "reset", "Take the text as it was", priority=True),
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

    def __init__(self, pane: DatasetPane, index: int) -> None:
        super().__init__()
        self._pane = pane
        self._index = index
        self._visited: list[int] = []
        self._as_was = ""
        self._restored = False  # what is shown was typed before, and not kept
        self._debounce: Timer | None = None
        self._saying: Timer | None = None
        self._playing = Playing(self, self._tell)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_subtitle = _KEYS[-1]
            yield Waveform(empty="reading the recording")
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
        pane, index = self._pane, self._index
        clip = pane.board.clip(index)
        shown = pane.shown
        doubtful = [] if shown is None else view.doubtful(shown, pane.rows)
        left = f", {len(doubtful):,} suspicious" if doubtful else ""
        title = safe_text.crop_middle(safe_text.clean(clip.path), 60)
        self.query_one(".dialog").border_title = Content(f"{title}{left}")
        self._as_was = Transcript.line_of(clip.text)
        typed = pane.unsaved_steps.typed.get(index)
        self._restored = typed is not None
        self._text.load_text(clip.text if typed is None else typed)
        self._text.move_cursor(self._text.document.end)
        self._tell("")
        self.query_one("#reasons", Static).update(Content("\n".join(self._reasons())))
        self.query_one(Waveform).show([], 0.0)
        run_worker(self, self._draw, pane.root / clip.path, group="draw")
        self._check_soon(0.01)

    def _tell(self, sentence: str) -> None:
        """Begin the line of facts with what was done, for some seconds: no note and no key is covered by it."""
        if not self.is_open:
            if sentence:
                self._pane.say(sentence)
            return
        if self._saying is not None:
            self._saying.stop()
        self._saying = self.set_timer(SAID_SECONDS, lambda: self._tell("")) if sentence else None
        line = " │ ".join(filter(None, (sentence, self._facts())))
        self.query_one("#facts", Static).update(safe_text.content(line))

    def _facts(self) -> str:
        pane, index = self._pane, self._index
        clip, shown = pane.board.clip(index), pane.shown
        facts = [pane.board.place(index), *([clip.speaker] if clip.speaker else [])]
        heard = None if shown is None else shown.heard(index)
        if heard is not None and shown is not None:
            facts.append(f"{heard.seconds:.2f} s")
            pace = shown.pace(index)
            facts += [f"{pace:.1f} characters a second"] if pace is not None else []
        return " │ ".join(facts)

    def _reasons(self) -> list[str]:
        shown = self._pane.shown
        found = [] if shown is None else shown.judged(self._index)
        return [f"{view.SIGNS[each.severity]} {each.kind}: {safe_text.clean(each.reason)}" for each in found]

    async def _draw(self, path: Path) -> None:
        wave = self.query_one(Waveform)
        try:
            envelope, seconds = await self._pane.asker.envelope(path)
        except Exception as error:  # noqa: BLE001 - a clip that cannot be read still has a text
            wave.say(words.sentence(error).replace(f"{self._pane.root}/", ""))
            return
        wave.show(envelope, seconds)

    # what is typed

    def on_text_area_changed(self) -> None:
        """Something was typed: it survives a crash, and escape, from the first letter on."""
        text = self._text.line
        self._pane.unsaved_steps.type(self._index, None if text == self._as_was else text)
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
        cleaned = self._pane.reading.is_cleaned
        remarks = self._remarks(text, cleaned)
        if cleaned:
            symbols = self._pane.corpus.limits.symbols if self._pane.corpus else None
            unknown = [] if symbols is None else [each for each in dict.fromkeys(text) if each not in symbols]
            self._say(Content(""), [*remarks, *_lacking(unknown)])
            if unknown:
                self.query_one("#phonemes", Static).update(marked(text, unknown))
            return
        self._say(None, remarks)
        if not text:
            self._say(Content(""), remarks)
            return
        cleaners = self._pane.preparing.cleaners
        config = self._pane.corpus.config if self._pane.corpus else None
        place = {"config": str(config)} if config is not None else {}
        try:
            reply = await self._pane.asker.ask("phonemes", text=text, cleaners=cleaners.split(","), **place)
        except Exception as error:  # noqa: BLE001 - one sentence in its place; typing continues
            self._say(safe_text.content(words.sentence(error)), remarks)
            return
        unknown = [str(symbol) for symbol in reply.get("unknown") or ()]
        phonemes = Content.assemble(f"{cleaners}: ", marked(str(reply.get("phonemes", "")), unknown))
        self._say(phonemes, [*remarks, *_lacking(unknown)])

    def _remarks(self, text: str, cleaned: bool) -> list[str]:
        before = "this was typed before and not kept: enter keeps it, ^r takes the text as it was"
        found = [before] if self._restored and text != self._as_was else []
        return found + self._faults(text, cleaned)

    def _faults(self, text: str, cleaned: bool) -> list[str]:
        if not text:
            return ["there is no text"]
        control = text_heuristics.control_character(text)
        limits = self._pane.corpus.limits if self._pane.corpus else None
        found = [f"it holds the control character {control}"] if control else []
        found += [unread] if (unread := text_heuristics.left_unread(text, cleaned=cleaned)) else []
        if limits is not None and len(text) > limits.max_text:
            found.append(f"it has {len(text)} symbols, {limits.max_text} are taken")
        if "|" in text:
            found.append("a text cannot hold a bar: it separates columns")
        return found

    def _say(self, phonemes: Content | None, remarks: list[str]) -> None:
        if not self.is_open:
            return
        if phonemes is not None:
            self.query_one("#phonemes", Static).update(phonemes)
        lines = [f"! {safe_text.clean(each)}" for each in remarks]
        self.query_one("#marks", Static).update(Content("\n".join(lines)))

    # going on

    def _keep(self) -> bool:
        """Whether what is typed could be kept."""
        fault = ""
        if self._text.line != self._as_was:
            fault = self._pane.fixing.set_text(self._index, self._text.line)
        if fault:
            self._say(None, [fault])
        else:
            self._pane.unsaved_steps.type(self._index, None)
        return not fault

    def on_transcript_submitted(self) -> None:
        """Enter."""
        if self._keep():
            self.dismiss()

    def action_next(self) -> None:
        if not self._keep() or self._pane.shown is None:
            return
        seen = {*self._visited, self._index}
        found = view.doubtful(self._pane.shown, self._pane.rows)
        following = next((index for index in found if index not in seen), None)
        if following is None:
            self._tell("no other transcript here is suspicious")
            return
        self._visited.append(self._index)
        self._go(following)

    def action_previous(self) -> None:
        if self._visited and self._keep():
            self._go(self._visited.pop())

    def _go(self, index: int) -> None:
        self._index = index
        self._pane.finding.go_to(index)
        self._show()

    def action_listen(self) -> None:
        self._playing.toggle(self._pane.root / self._pane.board.clip(self._index).path)

    def action_copy_path(self) -> None:
        path = self._pane.root / self._pane.board.clip(self._index).path
        self.app.copy_to_clipboard(str(path))
        self._tell("its path is copied")

    def action_reset(self) -> None:
        self._text.load_text(self._as_was)
        self._text.move_cursor(self._text.document.end)

    def action_leave(self) -> None:
        if self._text.line != self._as_was:
            self._pane.say("not kept yet; enter shows what you typed")
        self.dismiss()


def marked(text: str, unknown: list[str]) -> Content:
    """The text with every unknown symbol in reverse video."""
    parts: list[Content | tuple[str, str]] = []
    for character in safe_text.clean(text):
        parts.append((character, "bold reverse") if character in unknown else Content(character))
    return Content.assemble(*parts)


def _lacking(unknown: list[str]) -> list[str]:
    if not unknown:
        return []
    shown = ", ".join(map(view.symbol, unknown[:6]))
    return [f"the table of symbols lacks {shown}{' and more' if len(unknown) > 6 else ''}"]
