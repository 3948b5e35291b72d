"""The numbers that shape how a voice speaks: a row of fields."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

from engine.i18n import _
from tui.widgets.textfield import TextField

WIDE = 74  # cells that the row takes with full captions


@dataclass(frozen=True, slots=True)
class Knob:
    """A number that shapes the voice."""

    name: str
    caption: str
    default: str
    whole: bool = False
    least: float = 0.0
    most: float = 10.0

    def read(self, text: str) -> float | int:
        """The number typed; ValueError says in words what would fit."""
        fault = _("{name} must be a number from {least:g} to {most:.10g}, not {typed}")
        if self.whole:
            fault = _("{name} must be a whole number from {least:g} to {most:.10g}, not {typed}")
        with contextlib.suppress(ValueError):
            number = int(text) if self.whole else float(text)
            if self.least <= number <= self.most:
                return number
        typed = text or _("empty")
        raise ValueError(fault.format(name=self.caption, least=self.least, most=self.most, typed=typed))


KNOBS = (
    Knob("speaker", "speaker", "0", whole=True, most=1e9),
    Knob("length_scale", "length", "1.0", least=0.05, most=20.0),
    Knob("noise_scale", "noise", "0.667"),
    Knob("noise_scale_w", "rhythm", "0.8"),
    Knob("seed", "seed", "1234", whole=True, most=1e9),
)


class KnobRow(Horizontal):
    """A field for each knob; all stay in sight on a narrow screen."""

    DEFAULT_CSS = """
    KnobRow { height: 1; }
    KnobRow .knob { width: auto; color: $foreground-muted; padding-right: 1; }
    KnobRow Input { width: 7; margin-right: 1; }
    KnobRow.narrow .caption { width: 8; }
    KnobRow.narrow Input { width: 5; }
    KnobRow.narrow #knob-speaker { width: 2; }
    KnobRow.narrow #knob-length_scale, KnobRow.narrow #knob-noise_scale_w { width: 4; }
    """

    def compose(self) -> ComposeResult:
        for index, knob in enumerate(KNOBS):
            yield Label(knob.caption, classes="knob" if index else "caption")
            yield TextField(knob.default, compact=True, id=f"knob-{knob.name}")

    def on_resize(self, event: events.Resize) -> None:
        """Narrower fields on a narrow screen."""
        self.set_class(event.size.width < WIDE, "narrow")

    def values(self) -> dict[str, float | int]:
        """All numbers by name; ValueError is a sentence for the person."""
        return {knob.name: knob.read(self.field(knob.name).value.strip()) for knob in KNOBS}

    def field(self, name: str) -> Input:
        """The field of one knob."""
        return self.query_one(f"#knob-{name}", Input)
