"""Two checkpoints with one text and seed, to be compared by ear; also blind."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.i18n import _
from tui.app import safe_text
from tui.app.playing import Playing, why_not_here
from tui.dialogs.dialog import Dialog


@dataclass(slots=True)
class Candidate:
    """What one of the two has said; `wins` counts how often it was the better one of a blind comparison."""

    name: str
    path: Path
    wins: int = 0


class CompareScreen(Dialog[None]):
    """Plays either of two wav files. Blind, they are shuffled and unnamed until one is called the better one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", _("Close")),
        Binding("1", "hear(0)", _("Play the first")),
        Binding("2", "hear(1)", _("Play the second")),
        Binding("b", "shuffle", _("Blind")),
        Binding("f", "prefer(0)", _("The first is better")),
        Binding("s", "prefer(1)", _("The second is better")),
    ]
    DEFAULT_CSS = """
    CompareScreen .candidates { margin: 1 0; }
    """

    def __init__(self, text: str, first: Candidate, second: Candidate) -> None:
        super().__init__()
        self._text, self._pair = text, [first, second]
        self._is_blind = False
        self._heard: set[int] = set()  # of the two, since they were shuffled
        self._last: Path | None = None
        self._playing = Playing(self, self._show_fault)

    def compose(self) -> ComposeResult:
        with self.frame(_("Compare"), ""):
            yield Static(safe_text.content(self._text), classes="muted", markup=False)
            yield Static(classes="candidates", markup=False)
            yield Static(classes="status", markup=False)

    def on_mount(self) -> None:
        self._show_pair()
        if why := why_not_here():
            self._show_status("\n".join([*(str(each.path) for each in self._pair), why]))

    def action_hear(self, number: int) -> None:
        """Play one of the two, or stop it."""
        self._heard.add(number)
        self._last = self._pair[number].path
        self._playing.toggle(self._last)

    def action_shuffle(self) -> None:
        """Begin a blind comparison."""
        if why := why_not_here():
            self._show_status(_("a blind comparison needs a player: {why}").format(why=why))
            return
        self._playing.stop()
        random.shuffle(self._pair)
        self._is_blind, self._heard = True, set()
        self._show_pair()
        self._show_status(_("listen to both, then press f or s for the better one"))

    def action_prefer(self, number: int) -> None:
        """Answer, and learn which one it was."""
        if not self._is_blind:
            self._show_status(_("b begins a blind comparison"))
            return
        if len(self._heard) < 2:
            self._show_status(_("listen to both first"))
            return
        self._is_blind, chosen = False, self._pair[number]
        chosen.wins += 1
        self._show_pair()
        self._show_status(_("better: {name}").format(name=chosen.name))

    def _show_pair(self) -> None:
        lines = []
        for number, each in enumerate(self._pair, 1):
            answers = (
                "  " + _("better {n} x").format(n=each.wins) if any(one.wins for one in self._pair) else ""
            )
            lines.append(f"{number}  {'?' if self._is_blind else each.name + answers}")
        self.query_one(".candidates", Static).update(Content("\n".join(map(safe_text.clean, lines))))
        keys = _("1 2 play · b blind · esc closes")
        if self._is_blind:
            keys = _("1 2 play · f first is better · s second is better · esc closes")
        self.query_one(".dialog").border_subtitle = keys

    def _show_fault(self, sentence: str) -> None:
        self._show_status(sentence if self._is_blind else f"{self._last}\n{sentence}")

    def _show_status(self, text: str) -> None:
        self.query_one(".status", Static).update(Content("\n".join(map(safe_text.clean, text.split("\n")))))
