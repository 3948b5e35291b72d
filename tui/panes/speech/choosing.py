"""Lists to choose from: the voice, and what speaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs.best import BEST, NEWEST
from engine.speak.choice import AUTO
from tui.app import key_table
from tui.dialogs.picker import Choice, PickerScreen
from tui.panes.speech.voices import Voice, voices_of

if TYPE_CHECKING:
    from tui.app.dashboard import Dashboard

TRAIN_FIRST = _("train one first ({key_of} takes the next step)").format(
    key_of=key_table.key_of("app.next_step")
)
NO_VOICE = _("there is no voice yet: {train_first}").format(train_first=TRAIN_FIRST)
NO_CHECKPOINT = _("{run} has no checkpoint yet: one comes at its next validation, or when it is stopped")
NAMES = {BEST: _("best checkpoint"), NEWEST: _("newest checkpoint")}
Runtime = tuple[str, str]
"""A runtime and a precision, of `engine.speak.choice`."""
USUAL: Runtime = (AUTO, AUTO)
RUNTIMES: dict[Runtime, str] = {
    USUAL: _("onnx where the voice was used with it before, else torch"),
    ("torch", "fp32"): _("as the voice was trained"),
    ("torch", "bf16"): _("faster where the processor or GPU has units for it"),
    ("onnx", "fp32"): _("by onnxruntime on the processor; needs the extra onnx"),
    ("onnx", "int8"): _("the decoder in 8 bits: faster, less exact"),
}


def pick_voice(
    app: Dashboard,
    title: str,
    current: Voice | None,
    take: Callable[[Voice], object],
    *,
    is_other: bool = False,
) -> str:
    """Let a person choose one of all checkpoints; the reason where there is none to choose, else "".

    Args:
        is_other: than the current one.
    """
    voices = {f"{voice.run}/{voice.checkpoint}": voice for run in app.runs for voice in voices_of(run)}
    if not voices:
        return NO_CHECKPOINT.format(run=app.runs[0].name) if app.runs else NO_VOICE
    run, checkpoint = (current.run, current.checkpoint) if current is not None else ("", "")
    alike = (key for key, each in voices.items() if each.run == run and checkpoint in ("", each.checkpoint))
    marked = next(alike, "")
    if is_other:
        by_file = {each.file(): key for key, each in reversed(voices.items())}  # "best" and its step are one
        by_file.pop(current.file() if current is not None else None, None)
        voices = {key: each for key, each in voices.items() if key in by_file.values()}
        if not voices:
            return _("there is no other checkpoint yet")
    choices = [
        Choice(key, each.run, NAMES.get(each.checkpoint, each.checkpoint)) for key, each in voices.items()
    ]
    app.take_answer(PickerScreen(title, choices, marked), lambda key: take(voices[key]))
    return ""


def pick_runtime(app: Dashboard, current: Runtime, take: Callable[[Runtime], object]) -> None:
    """Let a person choose what speaks, and how precisely."""
    by_key = {runtime_text(each) or AUTO: each for each in RUNTIMES}
    choices = [Choice(key, key, RUNTIMES[each]) for key, each in by_key.items()]
    picker = PickerScreen(_("Speak by"), choices, runtime_text(current) or AUTO)
    app.take_answer(picker, lambda key: take(by_key[key]))


def runtime_text(runtime: Runtime) -> str:
    """`torch bf16`; "" for the usual one, of which only an answer says what it is."""
    return "" if runtime == USUAL else " ".join(runtime)
