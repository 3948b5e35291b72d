"""Starting a training: which config, under which name, for how long. Stays open until it runs, and says why not."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from tui import safe_text, words
from tui.inventory import Inventory, Item, Scanner
from tui.panes import starting
from tui.screens.dialog import Dialog
from tui.widgets.table import Column, Table

if TYPE_CHECKING:
    from engine.workspace import Workspace


class NewRunScreen(Dialog[str]):
    """Ends with the name of the run that was started, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]
    DEFAULT_CSS = """
    NewRunScreen Table { margin: 0 0 1 0; }
    NewRunScreen .status { margin-top: 1; }
    """

    def __init__(self, workspace: Workspace, taken: set[str]) -> None:
        super().__init__()
        self._workspace = workspace
        self._taken = taken
        self._configs: tuple[Item, ...] = ()
        self._suggested = ""
        self._since = 0.0
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Start a training"
            dialog.border_subtitle = "enter starts, tab next field, arrows choose, esc leaves"
            yield Table(
                (Column("config", least=20), Column("", least=30)), empty="no config here; type a path below"
            )
            for name, caption, hint in (
                ("config", "config", "a name from the list, or a path"),
                ("name", "run name", "letters, digits, - and _"),
                ("steps", "steps", "empty: as long as the config says"),
            ):
                with Horizontal(classes="field"):
                    yield Label(caption, classes="caption")
                    yield Input(placeholder=hint, compact=True, id=f"new-{name}")
            yield Static(classes="status", markup=False)

    async def on_mount(self) -> None:
        table = self.query_one(Table)
        table.can_focus = False  # the arrows come from the fields
        self._field("config").focus()
        found: Inventory = await asyncio.to_thread(Scanner(self._workspace).scan)
        self._configs = found.configs
        table.styles.height = max(2, min(len(self._configs), 7) + 1)
        table.set_rows(len(self._configs), self._row)
        usable = [index for index, item in enumerate(self._configs) if not item.fault]
        if usable and not self._field("config").value:
            small = next((index for index in usable if "small" in self._configs[index].name), usable[0])
            table.move_cursor(small)
            self._take(small)

    def _row(self, index: int) -> tuple[str, str]:
        item = self._configs[index]
        return item.path.stem, f"{words.GLYPHS['failed']} {item.fault}" if item.fault else item.note

    def _field(self, name: str) -> Input:
        return self.query_one(f"#new-{name}", Input)

    def _take(self, index: int) -> None:
        """Put a config of the list into the fields; a name that a person typed stays."""
        item = self._configs[index]
        self._field("config").value = item.name
        name = self._field("name")
        if name.value in ("", self._suggested):
            self._suggested = name.value = starting.free_name(item.name, self._taken)

    def on_table_cursor_moved(self, message: Table.CursorMoved) -> None:
        """Another config is marked."""
        self._take(message.index)

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while a field keeps the focus."""
        if event.key in ("up", "down"):
            event.stop()
            self.query_one(Table).action_move(1 if event.key == "down" else -1)

    async def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field starts."""
        message.stop()
        if self._clock is None:
            self.run_worker(self._start(), exclusive=True)

    async def _start(self) -> None:
        config, name, steps = (self._field(key).value.strip() for key in ("config", "name", "steps"))
        fault = self._fault(config, name, steps)
        if fault:
            self._say(fault)
            return
        self._since = time.monotonic()
        self._clock = self.set_interval(0.5, lambda: self._say_busy(name))
        self._say_busy(name)
        ended = await starting.start(starting.Start(config, name, steps), self._workspace.root)
        self._clock.stop()
        self._clock = None
        if ended.sentence:
            self._say(ended.fault)
        else:
            self.dismiss(name)

    def _fault(self, config: str, name: str, steps: str) -> str:
        """What is missing, before any process is started; everything else is the command's to say."""
        if not config:
            return "no config is chosen: take one from the list or type its path"
        if not name:
            return "the run has no name yet"
        if name in self._taken and not steps.isdigit() and Path(config).name != "config.json":
            return f"there is a run {name} already: choose another name, or resume it with r in the training pane"
        if steps and not (steps.isdigit() and int(steps) > 0):
            return f"steps must be a whole number above 0, not {steps}"
        return ""

    def _say(self, fault: str) -> None:
        status = self.query_one(".status", Static)
        status.set_class(True, "fault")
        lines = [safe_text.clean(line) for line in fault.split("\n")]
        status.update(
            Content("\n".join([f"{words.GLYPHS['failed']} {lines[0]}", *(f"  {line}" for line in lines[1:])]))
        )

    def _say_busy(self, name: str) -> None:
        status = self.query_one(".status", Static)
        status.set_class(False, "fault")
        passed = words.duration(time.monotonic() - self._since)
        status.update(
            Content(
                f"{words.GLYPHS['starting']} starting {safe_text.clean(name)}: checking config and data ({passed})"
            )
        )

    def action_leave(self) -> None:
        """A start that is under way goes on; its run appears in the list."""
        self.dismiss(None)
