"""Starting a training: every flag of `train` that a new run usually needs, checked while it is typed.

Stays open until the run is on its way, and says why not.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from engine.i18n import _
from engine.workspace import Workspace
from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog, field_row
from tui.dialogs.new_run_form import FIELDS, Form, choices, start_of, work_out
from tui.dialogs.picker import PickerScreen
from tui.panes.training import starting
from tui.widgets.textfield import TextField


@dataclass(frozen=True, slots=True)
class Started:
    """A run that is on its way, and what a person should know of it, as sentences."""

    name: str
    notes: tuple[str, ...] = ()


class NewRunScreen(FieldDialog[Started]):
    """Ends with the run that was started, or None: a start that is under way then continues."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "choose", _("Choose")),
    ]
    DEFAULT_CSS = """
    NewRunScreen {
        & .dialog { scrollbar-size-vertical: 1; }
        & .caption { width: 16; }
        & .field > Input { width: 28; }
        & .hint { width: 1fr; height: 1; padding-left: 1; color: $foreground-muted; }
        & .dialog .wrong { padding-left: 16; display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._fields = {
            name: TextField(compact=True, id=f"new-{name}", select_on_focus=False) for name in FIELDS
        }
        self._hints = {
            name: Static(hint, classes="hint", markup=False) for name, (_unused, hint) in FIELDS.items()
        }
        self._faults = {
            name: Static(classes="wrong fault", id=f"wrong-{name}", markup=False) for name in FIELDS
        }
        self._is_starting = False

    def compose(self) -> ComposeResult:
        keys = _("enter start · ↑↓ field · f3 list · esc leave")
        with self.frame(_("Start a training"), keys, VerticalScroll) as box:
            box.can_focus = False
            for name, (caption, _unused) in FIELDS.items():
                yield field_row(caption, self._fields[name], self._hints[name])
                yield self._faults[name]
            yield Static(_("An empty field means the grey value in it."), classes="status", markup=False)

    def on_mount(self) -> None:
        self.on_input_changed()

    def _typed(self) -> dict[str, str]:
        return {name: field.value.strip() for name, field in self._fields.items()}

    @property
    def _focused_name(self) -> str:
        return next((name for name, field in self._fields.items() if field.has_focus), "")

    # what is typed

    def on_input_changed(self) -> None:
        """Something was typed."""
        run_worker(self, self._look, group="look")

    async def _look(self) -> Form | None:
        """Work the form out and show it; None when the dialog was closed meanwhile."""
        form = await asyncio.to_thread(work_out, self._workspace, self._typed())
        if not self.is_open:
            return None
        for name in FIELDS:
            self._fields[name].placeholder = safe_text.clean(form.defaults.get(name, ""))
            self._hints[name].update(safe_text.content(form.hints.get(name, "")))
            self._faults[name].display = name in form.faults
            self._faults[name].update(
                safe_text.content(f"{words.GLYPHS['failed']} {form.faults.get(name, '')}")
            )
        self.call_after_refresh(self._keep_in_sight)
        return form

    def _keep_in_sight(self) -> None:
        """The field that is typed in and the sentence below it, where there are more rows than the dialog has."""
        if name := self._focused_name:
            self._faults[name].scroll_visible(animate=False)
            self._fields[name].scroll_visible(animate=False)

    def action_choose(self) -> None:
        """A list of what the field may be."""
        name = self._focused_name
        there = choices(self._workspace, name)
        if not there:
            self.show_status(_("there is nothing to choose from for this field: type a value"), fault=True)
            return

        def chosen(value: str | None) -> None:
            if value is not None:
                self._fields[name].value = value

        self.app.push_screen(PickerScreen(FIELDS[name][0], there, self._fields[name].value), chosen)

    # starting

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field starts."""
        message.stop()
        if not self._is_starting:
            run_worker(self, self._start, group="start")

    async def _start(self) -> None:
        form = await self._look()
        if form is None:
            return
        if form.faults:
            self._fields[next(name for name in FIELDS if name in form.faults)].focus()
            return
        what, began = start_of(self._typed(), form), time.monotonic()

        def show_progress() -> None:
            passed = words.duration(time.monotonic() - began)
            text = _("starting {name}: checking config and data ({passed})")
            self.show_status(f"{words.GLYPHS['starting']} {text.format(name=what.name, passed=passed)}")

        self._is_starting = True
        show_progress()
        clock = self.set_interval(0.5, show_progress)
        ended = await starting.start(what, self._workspace.root)
        clock.stop()
        self._is_starting = False
        if ended.sentence:
            self.show_status(ended.fault, fault=True)
        else:
            notes = (ended.document or {}).get("notes", ())
            self.dismiss(Started(what.name, tuple(map(str, notes))))
