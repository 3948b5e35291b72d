"""Starting a training: every flag of `train` that a new run usually needs, checked while it is typed.

Stays open until the run is on its way, and says why not.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from engine.i18n import _
from tui.app import safe_text, words
from tui.app.workers import run_worker
from tui.dialogs.dialog import Dialog
from tui.dialogs.new_run_form import FIELDS, Form, choices, start_of, work_out
from tui.dialogs.picker import PickerScreen
from tui.panes.training import starting
from tui.widgets.textfield import TextField

if TYPE_CHECKING:
    from engine.workspace import Workspace

_ABOUT = _("An empty field means the grey value in it.")


@dataclass(frozen=True, slots=True)
class Started:
    """A run that is on its way, and what a person should know of it, as sentences."""

    name: str
    notes: tuple[str, ...] = ()


class NewRunScreen(Dialog[Started]):
    """Ends with the run that was started, or None: a start that is under way then continues."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("f3", "choose", "Choose"),
        # before the field sees them: what is typed right behind them goes into the next field
        Binding("up", "focus_field(-1)", _("Field above"), priority=True),
        Binding("down", "focus_field(1)", _("Field below"), priority=True),
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
        self._status = Static(_ABOUT, classes="status muted", markup=False)
        self._since = 0.0
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Start a training"
            dialog.border_subtitle = _("enter start · ↑↓ field · f3 list · esc leave")
            for name, (caption, _unused) in FIELDS.items():
                label = Label(caption, classes="caption")
                yield Horizontal(label, self._fields[name], self._hints[name], classes="field")
                yield self._faults[name]
            yield self._status

    def on_mount(self) -> None:
        self._work_out()

    def _typed(self) -> dict[str, str]:
        return {name: field.value.strip() for name, field in self._fields.items()}

    @property
    def _focused_name(self) -> str:
        return next((name for name, field in self._fields.items() if field.has_focus), "")

    # what is typed

    def action_focus_field(self, step: int) -> None:
        """Go from field to field."""
        (self.focus_next if step > 0 else self.focus_previous)("Input")

    def on_input_changed(self) -> None:
        """Something was typed."""
        self._work_out()

    def _work_out(self) -> None:
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
            self._show_fault(_("there is nothing to choose from for this field: type a value"))
            return

        def chosen(value: str | None) -> None:
            if value is not None:
                self._fields[name].value = value

        self.app.push_screen(PickerScreen(FIELDS[name][0], there, self._fields[name].value), chosen)

    # starting

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field starts."""
        message.stop()
        if self._clock is None:
            run_worker(self, self._start, group="start")

    async def _start(self) -> None:
        form = await self._look()
        if form is None:
            return
        if form.faults:
            self._fields[next(name for name in FIELDS if name in form.faults)].focus()
            return
        what = start_of(self._typed(), form)
        self._since = time.monotonic()
        self._clock = clock = self.set_interval(0.5, lambda: self._show_busy(what.name))
        self._show_busy(what.name)
        ended = await starting.start(what, self._workspace.root)
        if not self.is_open:
            return
        clock.stop()
        self._clock = None
        if ended.sentence:
            self._show_fault(ended.fault)
        else:
            notes = (ended.document or {}).get("notes", ())
            self.dismiss(Started(what.name, tuple(map(str, notes))))

    def _show_fault(self, fault: str) -> None:
        lines = [safe_text.clean(line) for line in fault.split("\n")]
        text = "\n".join([f"{words.GLYPHS['failed']} {lines[0]}", *(f"  {line}" for line in lines[1:])])
        self._show_status(text, "fault")

    def _show_busy(self, name: str) -> None:
        passed = words.duration(time.monotonic() - self._since)
        text = _("{starting} starting {name}: checking config and data ({passed})").format(
            starting=words.GLYPHS["starting"], name=safe_text.clean(name), passed=passed
        )
        self._show_status(text, "")

    def _show_status(self, text: str, kind: str) -> None:
        self._status.set_classes(f"status {kind}")
        self._status.update(Content(text))
        self.call_after_refresh(self._status.scroll_visible, animate=False)
