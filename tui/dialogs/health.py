"""What `h` shows: everything that is not well with a run, what tells so, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from engine.runs import health
from tui.app import safe_text
from tui.dialogs.dialog import Dialog
from tui.panes.training.health_notes import level_word, summary

if TYPE_CHECKING:
    from engine.runs.health import Finding


class HealthScreen(Dialog[None]):
    """Scrolls; escape, enter and `h` close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,h,q", "leave", "Close"),
        Binding("down,j", "scroll(1)", "Down"),
        Binding("up,k", "scroll(-1)", "Up"),
    ]
    DEFAULT_CSS = """
    HealthScreen > .dialog { scrollbar-size-vertical: 1; }
    HealthScreen .head { text-style: bold; }
    HealthScreen .remedy { margin-bottom: 1; color: $foreground-muted; }
    """

    def __init__(self, name: str, found: Sequence[Finding]) -> None:
        super().__init__()
        self._run_name, self._found = name, list(found)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = f"Health of {safe_text.clean(self._run_name)}".replace("[", "(")
            dialog.border_subtitle = "esc closes"
            yield Static(safe_text.content(summary(self._found)), classes="remedy", markup=False)
            for finding in self._found:
                head = f"{level_word(finding)}: {finding.rule}"
                yield Static(safe_text.content(head), classes="head", markup=False)
                yield Static(safe_text.content(finding.text), markup=False)
                yield Static(
                    safe_text.content(f"what to do: {finding.remedy}"), classes="remedy", markup=False
                )
            watched = "watched: " + ", ".join(health.RULES)
            yield Static(safe_text.content(watched), classes="remedy", markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_leave(self) -> None:
        self.dismiss()
