"""Text in, voice out: phonemes as you type, the sound as a picture, and how fast it was made.

Two helper processes answer, so that neither torch nor a slow sentence blocks a key: one turns text into phonemes, the
other speaks. Both end with the dashboard.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from engine.config import Config
from engine.i18n import _
from engine.runs.best import BEST, NEWEST
from engine.runs.processes.helper import Helper
from engine.speak.files import new_wav
from tui.app import key_table, safe_text, words
from tui.app.playing import Playing
from tui.app.workers import run_worker
from tui.dialogs.picker import Choice, PickerScreen
from tui.panes.base import Pane
from tui.panes.speech import converting, pronouncing
from tui.panes.speech.knobs import KnobRow
from tui.panes.speech.pronouncing import FAULTS
from tui.panes.speech.voices import Voice, default_voice, first_text, voices_of
from tui.widgets.charts.spectrogram import Spectrogram
from tui.widgets.charts.waveform import Waveform
from tui.widgets.textfield import TextField

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

SERVER = (sys.executable, "-m", "engine.speak.server")
DEBOUNCE_SECONDS = 0.25
PHONEMES_SECONDS = 60.0  # the first answer waits for espeak to load
SPEAK_SECONDS = 600.0  # torch on a busy machine, a long text on a slow one
TRAIN_FIRST = _("train one first ({key_of} takes the next step)").format(
    key_of=key_table.key_of("app.next_step")
)
NO_VOICE = _("there is no voice yet: {train_first}").format(train_first=TRAIN_FIRST)
NAMES = {BEST: _("best checkpoint"), NEWEST: _("newest checkpoint")}
NO_CHECKPOINT = _("{run} has no checkpoint yet: one comes at its next validation, or when it is stopped")


class SpeechPane(Pane):
    """Text to speech with a voice of this workspace."""

    PANE_ID = "speech"
    ABOUT = (
        _(
            "Type a text: its phonemes appear as you type, and what the voice cannot say is listed. "
            "Enter speaks it with the chosen run and checkpoint, writes a wav file and draws it; ^l "
            "plays it, and stops playing. Over SSH, or where no player is found, ^l says where the "
            "file lies and copies its path. ^r corrects how the word under the cursor is spoken: the "
            "workspace keeps it in pronunciations.txt."
        ),
        _(
            "length above 1 speaks slower. noise and rhythm are how much a voice varies in sound and "
            "in timing; 0 is the same every time. The same seed gives the same sound; ^n takes "
            "another one."
        ),
        _(
            "^t has a recording of one speaker said by another, where the voice has several. It takes "
            "files of any length, and the seed."
        ),
        _("The ratio is seconds of sound by seconds of work: above 1 the voice is faster than it speaks."),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    DEFAULT_CSS = """
    SpeechPane { padding: 0 1; }
    SpeechPane .field { height: 1; }
    SpeechPane .caption { width: 10; color: $foreground-muted; }
    SpeechPane #phonemes { height: auto; max-height: 3; width: 1fr; }
    SpeechPane #phoneme-row { height: auto; max-height: 3; }
    SpeechPane #status { height: auto; max-height: 3; margin: 1 0 0 0; }
    SpeechPane #status.fault, SpeechPane #phonemes.fault { color: $text-error; }
    SpeechPane #voice { width: 1fr; text-style: bold; }
    SpeechPane Waveform { height: 2fr; }
    SpeechPane Spectrogram { height: 3fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._voice: Voice | None = None
        self._is_chosen = False
        self._is_ready = False  # whether the voice has a checkpoint
        self._helpers = {
            name: Helper(SERVER) for name in ("phonemes", "speak")
        }  # started at a first question
        self._clock: Timer | None = None
        self._since = 0.0
        self._progress: tuple[int, int] | None = None  # of a conversion: seconds done and in all
        self._speakers: Config | None = None  # the config of a voice that has several
        self._conversion = dict(converting.FIRST)  # what was typed last
        self._spoken: Path | None = None  # the last one that was written here
        self._playing = Playing(self, self._show_playing_fault)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label("text", classes="caption")
            text = first_text(self.app.workspace)
            yield TextField(text, placeholder=_("what shall be said"), compact=True, id="text")
        with Horizontal(id="phoneme-row"):
            yield Label("phonemes", classes="caption")
            yield Static(id="phonemes", markup=False)
        with Horizontal(classes="field"):
            yield Label("voice", classes="caption")
            yield Static(id="voice", markup=False)
        yield KnobRow()
        yield Static(id="status", markup=False)
        yield Waveform(empty="")
        yield Spectrogram(empty="")

    def first_focus(self) -> Widget:
        return self.query_one("#text", Input)

    def on_shown(self) -> None:
        self._phonemes_soon()

    def on_unmount(self) -> None:
        """Helpers end by themselves when we are gone; closing them here makes it sooner."""
        super().on_unmount()
        for helper in self._helpers.values():
            threading.Thread(target=helper.close, daemon=True).start()

    def offers(self, verb: str) -> bool:
        if verb in ("speak", "new_seed", "correct_word"):
            return self._is_ready and self._clock is None
        if verb == "convert_voice":
            return self._is_ready and self._clock is None and self._speakers is not None
        if verb == "listen":
            return self._spoken is not None
        return verb != "choose_voice" or bool(self.app.runs)

    # the voice

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        """Until a person chooses, the run that the other panes show is the voice."""
        if not self._is_chosen or all(run.name != self._voice_run for run in runs):
            voice = default_voice(runs, self.app.shown_run, self.app.chosen_run)
            if voice != self._voice:
                self._take(voice)
        self._show_voice()

    @property
    def _voice_run(self) -> str:
        return self._voice.run if self._voice is not None else ""

    def _take(self, voice: Voice | None) -> None:
        self._voice = voice
        self._speakers = converting.with_speakers(voice)
        self._conversion = dict(converting.FIRST)
        self._show_voice()
        self._phonemes_soon()

    def _show_voice(self) -> None:
        voice = self._voice
        self._is_ready = voice is not None and voice.has_checkpoint()
        if voice is None:
            text = _("none yet: {train_first}").format(train_first=TRAIN_FIRST)
        elif self._is_ready:
            text = str(voice)
        else:
            text = _("{run}, which has no checkpoint yet").format(run=voice.run)
        self.query_one("#voice", Static).update(safe_text.content(text))

    def choose_voice(self, run: RunSnapshot, checkpoint: str) -> None:
        """Speak with this one until a person chooses another."""
        self._is_chosen = True
        self._take(Voice(run.name, run.folder, checkpoint))
        self.app.show_keys()

    def action_choose_voice(self) -> None:
        voices = [(run, voice.checkpoint) for run in self.app.runs for voice in voices_of(run)]
        if not voices:
            run = self.app.runs[0].name if self.app.runs else ""
            self._show_status(NO_CHECKPOINT.format(run=run) if run else NO_VOICE, fault=True)
            return
        by_key = {f"{run.name}/{checkpoint}": (run, checkpoint) for run, checkpoint in voices}
        choices = [
            Choice(key, run.name, NAMES.get(checkpoint, checkpoint))
            for key, (run, checkpoint) in by_key.items()
        ]
        ours = self._voice.checkpoint if self._voice is not None else ""
        of_run = [
            key for key, (run, name) in by_key.items() if run.name == self._voice_run and ours in ("", name)
        ]
        current = of_run[0] if of_run else ""
        picker = PickerScreen(_("Speak with"), choices, current)
        self.app.take_answer(picker, lambda key: self.choose_voice(*by_key[key]))

    # phonemes

    def on_input_changed(self, message: Input.Changed) -> None:
        """The text was changed."""
        if message.input.id == "text":
            self._phonemes_soon()

    def _phonemes_soon(self) -> None:
        run_worker(self, self._show_phonemes, group="phonemes")

    async def _show_phonemes(self) -> None:
        await asyncio.sleep(DEBOUNCE_SECONDS)  # ended by the next key
        if not self.seen:
            return
        text = self.query_one("#text", Input).value
        request = self._config_request()
        if not text.strip() or request is None:
            self._set_phonemes("")
            return
        try:
            reply = await self._ask("phonemes", "phonemes", PHONEMES_SECONDS, text=text, **request)
        except FAULTS as error:
            self._set_phonemes(self._shortened(words.sentence(error)), fault=True)
            return
        text = _("the voice has no {symbols}  in  {phonemes}") if reply["unknown"] else "{phonemes}"
        text = text.format(symbols=" ".join(reply["unknown"]), phonemes=reply["phonemes"])
        self._set_phonemes(text, fault=bool(reply["unknown"]))

    def _config_request(self) -> dict[str, str] | None:
        """Whose cleaners: the voice's, else those of any config, so that phonemes come before the first training."""
        if self._voice is not None:
            return {"config": str(self._voice.folder / "config.json")}
        configs = self.app.workspace.configs()
        return {"config": str(configs[0])} if configs else None

    def _set_phonemes(self, text: str, *, fault: bool = False) -> None:
        for field in self.query("#phonemes").results(Static):  # none when the dashboard is closing
            field.set_class(fault, "fault")
            field.update(safe_text.content(text))

    # speaking

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        self.action_speak()

    def action_speak(self) -> None:
        if self._clock is not None:
            return  # one sentence at a time; the first is still being made
        try:
            question = self._question()
        except ValueError as error:
            self._show_status(str(error), fault=True)
            return
        self.run_worker(self._make("speak", question), group="speak")

    def _question(self) -> dict[str, Any]:
        """All that is typed; ValueError is a sentence for the person."""
        text = self.query_one("#text", Input).value.strip()
        if self._voice is None:
            raise ValueError(NO_VOICE)
        if not self._voice.has_checkpoint():
            raise ValueError(NO_CHECKPOINT.format(run=self._voice.run))
        if not text:
            raise ValueError(_("type what shall be said"))
        return {"text": text, **self._voice.request(), **self.query_one(KnobRow).values()}

    def action_correct_word(self) -> None:
        field = self.query_one("#text", Input)
        word = pronouncing.word_at(field.value, field.cursor_position)
        if not word:
            self._show_status(_("type a text first; the word under the cursor is corrected"), fault=True)
        elif self._is_ready:
            self.run_worker(self._correct(word), exclusive=True, group="correct")

    async def _correct(self, word: str) -> None:
        request = self._config_request() or {}
        try:
            reply = await self._ask("phonemes", "phonemes", PHONEMES_SECONDS, text=word, **request)
        except FAULTS as error:
            self._show_error(error)
            return
        unknown = partial(self._ask, "phonemes", "unknown", PHONEMES_SECONDS, **request)
        pronouncing.correct(self.app, word, str(reply.get("phonemes", "")), unknown, self._speak_corrected)

    def _speak_corrected(self) -> None:
        self._phonemes_soon()
        self.action_speak()

    def action_convert_voice(self) -> None:
        if self._speakers is None or self._voice is None or not self.offers("convert_voice"):
            return
        try:
            known = {"seed": self.query_one(KnobRow).values()["seed"], **self._voice.request()}
        except ValueError as error:
            self._show_status(str(error), fault=True)
            return

        def start(question: dict[str, Any]) -> None:
            question |= known | {"on_progress": self._take_progress}
            self.run_worker(self._make("convert", question), group="speak")

        converting.ask(self.app, self._speakers, self._conversion, start)

    def _take_progress(self, done: int, total: int) -> None:
        self._progress = (done, total)

    async def _make(self, op: str, question: dict[str, Any]) -> None:
        self._since, self._progress = time.monotonic(), (0, 0) if op == "convert" else None
        self._clock = self.set_interval(0.2, self._show_busy)
        self._show_busy()
        self.app.show_keys()
        try:
            out = await asyncio.to_thread(new_wav, self.app.workspace.spoken_dir, self._voice_run)
            reply = await self._ask("speak", op, SPEAK_SECONDS, out=str(out), **question)
            self._show_sound(reply)
        except FAULTS as error:
            self._show_error(error)
        self._clock.stop()
        self._clock = None
        self.app.show_keys()

    def _show_busy(self) -> None:
        passed = time.monotonic() - self._since
        text = _("{sign} speaking, {seconds:.1f} s")
        if passed > 2:
            text = _("{sign} speaking, {seconds:.1f} s (the first sentence loads the voice)")
        if self._progress is not None:
            text = converting.busy(passed, *self._progress)
        self._show_status(text.format(sign=words.GLYPHS["starting"], seconds=passed))

    def _show_sound(self, reply: dict[str, Any]) -> None:
        self._spoken = Path(reply["path"])
        took = _("{seconds:.2f} s of sound in {took_s:.2f} s, {ratio:.1f} x real time").format(
            seconds=reply["seconds"], took_s=reply["took_s"], ratio=reply["ratio"]
        )
        self._show_status(f"{words.GLYPHS['finished']} {took}\n{self._shortened(str(self._spoken))}")
        wave: list[float] = reply["waveform"]
        self.query_one(Waveform).show(list(zip(wave[::2], wave[1::2], strict=False)), reply["seconds"])
        frames = list(zip(*reply["spectrogram"], strict=True))  # rows of one frequency each, the lowest first
        caption = _("mel bands over time, {rate:,} samples/s").format(rate=reply["rate"])
        self.query_one(Spectrogram).show(frames, caption)

    def _shortened(self, text: str) -> str:
        """Paths as the person knows them: from the workspace on."""
        return text.replace(f"{self.app.workspace.root}/", "")

    def _show_error(self, error: Exception) -> None:
        self._show_status(self._shortened(words.sentence(error)), fault=True)

    def _show_status(self, text: str, *, fault: bool = False) -> None:
        status = self.query_one("#status", Static)
        status.set_class(fault, "fault")
        mark = f"{words.GLYPHS['failed']} " if fault else ""
        status.update(Content(mark + "\n".join(safe_text.clean(line) for line in text.split("\n"))))

    def action_listen(self) -> None:
        if self._spoken is not None:
            self._playing.toggle(self._spoken)

    def _show_playing_fault(self, sentence: str) -> None:
        """Why nothing is heard, with the whole path: it may be typed on another machine."""
        self._show_status(f"{self._spoken}\n{sentence}")

    def action_new_seed(self) -> None:
        seed = self.query_one(KnobRow).field("seed")
        seed.value = str(random.randrange(100_000))  # noqa: S311 - a choice, no secret
        self.action_speak()

    async def _ask(self, helper: str, op: str, timeout_s: float, /, **args: Any) -> dict[str, Any]:
        """A question to one of the helpers, off the screen's thread."""
        return await asyncio.to_thread(self._helpers[helper].ask, op, timeout_s=timeout_s, **args)

    # fields

    def action_leave_field(self) -> None:
        self.focus()

    def action_edit_text(self) -> None:
        self.query_one("#text", Input).focus()

    def on_key(self, event: events.Key) -> None:
        """Up and down go from field to field."""
        if event.key in ("up", "down") and isinstance(self.app.focused, Input):
            event.stop()
            fields = list(self.query(Input))
            step = 1 if event.key == "down" else -1
            fields[(fields.index(self.app.focused) + step) % len(fields)].focus()
