"""A few fields with captions; enter takes them when a check finds nothing wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input, Static

from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog, field_row
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
        ask: a second check, for what takes longer than a frame.
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
        enter: str = _("starts"),
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
        keys = _("enter {enter}, tab next field, esc leaves").format(enter=self._enter)
        with self.frame(self._title, keys):
            yield Static(safe_text.content(self._about), classes="about muted", markup=False)
            for caption, field in zip(self._captions, self._fields.values(), strict=True):
                yield field_row(caption, field)
            yield Static(classes="status fault", markup=False)

    def on_mount(self) -> None:
        self._fields[self._first].focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        values = {name: field.value.strip() for name, field in self._fields.items()}
        run_worker(self, self._submit, values, group="submit")

    async def _submit(self, values: Values) -> None:
        fault = self._check(values)
        if not fault and self._ask is not None:
            self.show_status(_("checking …"))
            fault = await self._ask(values)
        if fault:
            self.show_status(fault, fault=True)
        else:
            self.dismiss(values)
