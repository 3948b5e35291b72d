"""Text in, voice out: phonemes as you type, the sound as a picture, and how fast it was made.

Two helper processes answer, so that neither torch nor a slow sentence blocks a key: one turns text into phonemes, the
other speaks. Both end with the dashboard.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from engine.config import Config
from engine.i18n import _
from engine.runs.processes.helper import Helper
from engine.speak.files import new_wav
from tui.app import key_table, safe_text
from tui.app.playing import Playing
from tui.panes.base import Pane
from tui.panes.speech import choosing, converting, pronouncing
from tui.panes.speech.choosing import NO_CHECKPOINT, NO_VOICE, TRAIN_FIRST
from tui.panes.speech.comparing import Candidate, CompareScreen
from tui.panes.speech.export_line import ExportLine
from tui.panes.speech.knobs import KnobRow
from tui.panes.speech.phoneme_row import PhonemeRow
from tui.panes.speech.pronouncing import FAULTS
from tui.panes.speech.sound_view import SoundView, speaking, took
from tui.panes.speech.voices import Voice, default_voice, first_text
from tui.widgets.textfield import TextField

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot

SERVER = (sys.executable, "-m", "engine.speak.server")
PHONEMES_SECONDS = 60.0  # the first answer waits for espeak to load
SPEAK_SECONDS = 600.0  # torch on a busy machine, a long text on a slow one


class SpeechPane(Pane):
    """Text to speech with a voice of this workspace."""

    PANE_ID = "speech"
    ABOUT = (
        _(
            "Type a text: its phonemes appear as you type, and what the voice cannot say is listed. "
            "Enter speaks it with the chosen run and checkpoint, writes a wav file and draws it. It is "
            "played while it is made; ^l stops it, or plays it again. Over SSH, or where no player is "
            "found, the status says where the file lies and its path is copied. ^r corrects how the word "
            "under the cursor is spoken: the workspace keeps it in pronunciations.txt."
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
        _(
            "f3 chooses the runtime and precision; behind the voice stands what spoke last. x real time is "
            "seconds of sound by seconds of work: above 1 the voice is faster than it speaks."
        ),
        _(
            "^y speaks the text with a second checkpoint too, and plays either; blind, it hides which is "
            "which and counts what you prefer. ^s exports the checkpoint in the background into the folder "
            "exported."
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = key_table.bindings(PANE_ID)
    DEFAULT_CSS = """
    SpeechPane { padding: 0 1; }
    SpeechPane .field { height: 1; }
    SpeechPane .caption { width: 10; color: $foreground-muted; }
    SpeechPane #voice { width: 1fr; text-style: bold; }
    SpeechPane SoundView { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._voice: Voice | None = None
        self._is_chosen = False
        self._is_ready = False  # whether the voice has a checkpoint
        self._helpers = {
            name: Helper(SERVER) for name in ("phonemes", "speak")
        }  # started at a first question
        self._runtime = choosing.USUAL  # as it was chosen
        self._spoken_by = ""  # as the last answer says
        self._phonemes = PhonemeRow(partial(self._ask, "phonemes", "phonemes", PHONEMES_SECONDS))
        self._sound, self._export_line = SoundView(), ExportLine()
        self._speakers: Config | None = None  # the config of a voice that has several
        self._conversion = dict(converting.FIRST)  # what was typed last
        self._spoken: Path | None = None  # the last one that was written here
        self._said = ""  # of it: how long it took
        self._playing = Playing(self, self._show_playing_fault)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label("text", classes="caption")
            text = first_text(self.app.workspace)
            yield TextField(text, placeholder=_("what shall be said"), compact=True, id="text")
        yield self._phonemes
        with Horizontal(classes="field"):
            yield Label("voice", classes="caption")
            yield Static(id="voice", markup=False)
        yield KnobRow()
        yield self._export_line
        yield self._sound

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
        if verb in ("speak", "new_seed", "correct_word", "choose_runtime", "compare"):
            return self._is_ready and not self._sound.is_busy
        if verb == "convert_voice":
            return self._is_ready and not self._sound.is_busy and self._speakers is not None
        if verb == "export_voice":
            return self._is_ready
        if verb == "listen":
            return self._spoken is not None or self._playing.is_playing
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
        self._voice, self._spoken_by = voice, ""
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
            by = self._spoken_by or choosing.runtime_text(self._runtime)
            text = f"{voice} · {by}" if by else str(voice)
        else:
            text = _("{run}, which has no checkpoint yet").format(run=voice.run)
        self.query_one("#voice", Static).update(safe_text.content(text))

    def choose_voice(self, run: RunSnapshot, checkpoint: str) -> None:
        """Speak with this one until a person chooses another."""
        self._choose(Voice(run.name, run.folder, checkpoint))

    def _choose(self, voice: Voice) -> None:
        self._is_chosen = True
        self._take(voice)
        self.app.show_keys()

    def action_choose_voice(self) -> None:
        if fault := choosing.pick_voice(self.app, _("Speak with"), self._voice, self._choose):
            self._sound.show_status(fault, fault=True)

    def action_choose_runtime(self) -> None:
        def take(runtime: choosing.Runtime) -> None:
            self._runtime, self._spoken_by = runtime, ""
            self._show_voice()

        choosing.pick_runtime(self.app, self._runtime, take)

    def action_export_voice(self) -> None:
        if self._voice is not None and self._is_ready:
            self._export_line.export(self._voice)

    # phonemes

    def on_input_changed(self, message: Input.Changed) -> None:
        """The text was changed."""
        if message.input.id == "text":
            self._phonemes_soon()

    def _phonemes_soon(self) -> None:
        if self.seen:
            self._phonemes.show_soon(self.query_one("#text", Input).value, self._config_request())

    def _config_request(self) -> dict[str, str] | None:
        """Whose cleaners: the voice's, else those of any config, so that phonemes come before the first training."""
        if self._voice is not None:
            return {"config": str(self._voice.folder / "config.json")}
        configs = self.app.workspace.configs()
        return {"config": str(configs[0])} if configs else None

    # speaking

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        self.action_speak()

    def action_speak(self) -> None:
        if not self._sound.is_busy:
            with self._sound.faults_shown():
                self.run_worker(self._speak(*self._question()), group="speak")

    def _question(self) -> tuple[Voice, dict[str, Any]]:
        """Who speaks, and all that is typed and chosen; ValueError is a sentence for the person."""
        text = self.query_one("#text", Input).value.strip()
        if self._voice is None:
            raise ValueError(NO_VOICE)
        if not self._voice.has_checkpoint():
            raise ValueError(NO_CHECKPOINT.format(run=self._voice.run))
        if not text:
            raise ValueError(_("type what shall be said"))
        runtime, precision = self._runtime
        chosen = {"text": text, "runtime": runtime, "precision": precision}
        return self._voice, chosen | self.query_one(KnobRow).values()

    def action_correct_word(self) -> None:
        field = self.query_one("#text", Input)
        word = pronouncing.word_at(field.value, field.cursor_position)
        if not word:
            self._sound.show_status(
                _("type a text first; the word under the cursor is corrected"), fault=True
            )
        elif self._is_ready:
            self.run_worker(self._correct(word), exclusive=True, group="correct")

    async def _correct(self, word: str) -> None:
        request = self._config_request() or {}
        try:
            reply = await self._ask("phonemes", "phonemes", PHONEMES_SECONDS, text=word, **request)
        except FAULTS as error:
            self._sound.show_error(error)
            return
        unknown = partial(self._ask, "phonemes", "unknown", PHONEMES_SECONDS, **request)
        pronouncing.correct(self.app, word, str(reply.get("phonemes", "")), unknown, self._speak_corrected)

    def _speak_corrected(self) -> None:
        self._phonemes_soon()
        self.action_speak()

    async def _speak(self, voice: Voice, question: dict[str, Any]) -> None:
        """Speak into a new file, and play it while it is made."""
        self._playing.stop()
        with self._sound.busy(speaking):
            out = await self._new_wav(voice)
            feed = self._playing.feed(out)
            self.app.show_keys()
            try:
                reply = await self._say(
                    voice, question, out, play=feed is not None, on_report=feed.write if feed else None
                )
            except FAULTS:
                self._playing.stop()
                raise
            self._show_sound(reply)
            if feed is None:
                self._playing.play(out)
            else:
                feed.close()

    async def _new_wav(self, voice: Voice) -> Path:
        return await asyncio.to_thread(new_wav, self.app.workspace.spoken_dir, voice.run)

    async def _say(self, voice: Voice, question: dict[str, Any], out: Path, **more: Any) -> dict[str, Any]:
        request = question | voice.request() | more
        return await self._ask("speak", "speak", SPEAK_SECONDS, out=str(out), **request)

    def _show_sound(self, reply: dict[str, Any]) -> None:
        self._spoken = Path(reply["path"])
        if "runtime" in reply:
            self._spoken_by = choosing.runtime_text((reply["runtime"], reply["precision"]))
            self._show_voice()
        self._said = took(reply)
        self._sound.show_sound(reply)

    def action_convert_voice(self) -> None:
        voice = self._voice
        if self._speakers is None or voice is None or not self.offers("convert_voice"):
            return
        with self._sound.faults_shown():
            seed = self.query_one(KnobRow).values()["seed"]
            converting.ask(
                self.app,
                self._speakers,
                self._conversion,
                lambda question: self.run_worker(
                    self._convert(voice, question | {"seed": seed}), group="speak"
                ),
            )

    async def _convert(self, voice: Voice, question: dict[str, Any]) -> None:
        progress = [0, 0]  # seconds done and in all

        def take(report: dict[str, Any]) -> None:
            progress[:] = report["progress"]

        with self._sound.busy(lambda passed: converting.busy(passed, *progress)):
            request = question | voice.request() | {"out": str(await self._new_wav(voice))}
            self._show_sound(await self._ask("speak", "convert", SPEAK_SECONDS, on_report=take, **request))

    def action_compare(self) -> None:
        if self._sound.is_busy:
            return
        with self._sound.faults_shown():
            voice, question = self._question()

            def take(other: Voice) -> None:
                self.run_worker(self._compare(voice, other, question), group="speak")

            if fault := choosing.pick_voice(self.app, _("Compare with"), voice, take, is_other=True):
                self._sound.show_status(fault, fault=True)

    async def _compare(self, voice: Voice, other: Voice, question: dict[str, Any]) -> None:
        """Let both speak, the second one by the runtime that the first was spoken by, and compare them."""
        self._playing.stop()
        replies: list[dict[str, Any]] = []
        with self._sound.busy(speaking):
            for each in (voice, other):
                replies.append(await self._say(each, question, await self._new_wav(each)))
                question |= {name: replies[0][name] for name in ("runtime", "precision")}
            self._show_sound(replies[0])
            pairs = zip((voice, other), replies, strict=True)
            candidates = [Candidate(str(each), Path(reply["path"])) for each, reply in pairs]
            self.app.push_screen(CompareScreen(question["text"], *candidates))

    def action_listen(self) -> None:
        if self._playing.is_playing:
            self._playing.stop()
        elif self._spoken is not None:
            self._playing.play(self._spoken)

    def _show_playing_fault(self, sentence: str) -> None:
        """Why nothing is heard, with the whole path: it may be typed on another machine."""
        self._sound.show_status(f"{self._said}\n{self._spoken}\n{sentence}")

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
