"""A few fields with captions; enter takes them when a check finds nothing wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog
from tui.widgets.textfield import TextField


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the name under which its value is returned, its caption, what stands in it, and a hint."""

    name: str
    caption: str
    value: str = ""
    hint: str = ""


Values = dict[str, str]
"""What stands in each field, by its name."""


class FormScreen(FieldDialog[Values]):
    """Ends with what was typed, or None. `check` returns what is wrong with it, "" for nothing.

    Args:
        enter: what enter does here, as a verb.
        ask: as `check`, for what takes longer than a frame; it comes after it.
        first: the name of the field that the cursor stands in; "" for the first.
    """

    DEFAULT_CSS = """
    FormScreen .about { margin-bottom: 1; }
    FormScreen .status { margin-top: 1; }
    """

    def __init__(
        self,
        title: str,
        about: str,
        fields: Sequence[Field],
        check: Callable[[Values], str] = lambda _unused: "",
        *,
        enter: str = "starts",
        ask: Callable[[Values], Awaitable[str]] | None = None,
        first: str = "",
    ) -> None:
        super().__init__()
        self._title, self._about, self._enter = title, about, enter
        self._check, self._ask = check, ask
        self._fields = {
            each.name: TextField(
                each.value,
                placeholder=each.hint,
                compact=True,
                select_on_focus=False,
                id=f"form-{each.name}",
            )
            for each in fields
        }
        self._captions = [each.caption for each in fields]
        self._first = first or fields[0].name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = _("enter {enter}, tab next field, esc leaves").format(enter=self._enter)
            yield Static(safe_text.content(self._about), classes="about muted", markup=False)
            for caption, field in zip(self._captions, self._fields.values(), strict=True):
                yield Horizontal(Label(caption, classes="caption"), field, classes="field")
            yield Static(classes="status fault", markup=False)

    def on_mount(self) -> None:
        self._fields[self._first].focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        values = {name: field.value.strip() for name, field in self._fields.items()}
        fault = self._check(values)
        if fault or self._ask is None:
            self._end(values, fault)
        else:
            self.say("checking …")
            run_worker(self, self._wait, self._ask, values, group="ask")

    async def _wait(self, ask: Callable[[Values], Awaitable[str]], values: Values) -> None:
        self._end(values, await ask(values))

    def _end(self, values: Values, fault: str) -> None:
        if fault:
            self.say(fault, fault=True)
        else:
            self.dismiss(values)
