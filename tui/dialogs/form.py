"""A few fields with captions; enter takes them when a check finds nothing wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.widgets.textfield import TextField


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the name under which its value is returned, its caption, what stands in it, and a hint."""

    name: str
    caption: str
    value: str = ""
    hint: str = ""


class FormScreen(Dialog[dict[str, str]]):
    """Ends with what was typed, or None. `check` returns what is wrong with it, "" for nothing.

    Args:
        enter: what enter does here, as a verb.
        ask: as `check`, for what takes longer than a frame; it comes after it.
        first: the name of the field that the cursor stands in; "" for the first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]
    DEFAULT_CSS = """
    FormScreen .about { margin-bottom: 1; }
    FormScreen .status { margin-top: 1; }
    """

    def __init__(
        self,
        title: str,
        about: str,
        fields: Sequence[Field],
        check: Callable[[dict[str, str]], str] = lambda _: "",
        *,
        enter: str = "starts",
        ask: Callable[[dict[str, str]], Awaitable[str]] | None = None,
        first: str = "",
    ) -> None:
        super().__init__()
        self._first = first or fields[0].name
        self._enter, self._ask = enter, ask
        self._title, self._about, self._fields, self._check = title, about, tuple(fields), check

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = f"enter {self._enter}, tab next field, esc leaves"
            yield Static(safe_text.content(self._about), classes="about muted", markup=False)
            for each in self._fields:
                with Horizontal(classes="field"):
                    yield Label(each.caption, classes="caption")
                    yield TextField(
                        each.value,
                        placeholder=each.hint,
                        compact=True,
                        select_on_focus=False,
                        id=f"form-{each.name}",
                    )
            yield Static(classes="status fault", markup=False)

    def on_mount(self) -> None:
        self.query_one(f"#form-{self._first}", Input).focus()

    def on_key(self, event: events.Key) -> None:
        """Up and down go from field to field."""
        if event.key in ("up", "down"):
            event.stop()
            (self.focus_next if event.key == "down" else self.focus_previous)("Input")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        values = {
            each.name: self.query_one(f"#form-{each.name}", Input).value.strip() for each in self._fields
        }
        fault = self._check(values)
        if fault or self._ask is None:
            self._end(values, fault)
        else:
            self.query_one(".status", Static).update(Content("checking …"))
            run_worker(self, self._wait, self._ask, values, group="ask")

    async def _wait(self, ask: Callable[[dict[str, str]], Awaitable[str]], values: dict[str, str]) -> None:
        self._end(values, await ask(values))

    def _end(self, values: dict[str, str], fault: str) -> None:
        if fault:
            self.query_one(".status", Static).update(
                Content(f"{words.GLYPHS['failed']} {safe_text.clean(fault)}")
            )
        else:
            self.dismiss(values)

    def action_leave(self) -> None:
        self.dismiss(None)
