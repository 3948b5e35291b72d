"""The split editor: three ratios, a seed, what stays together; what would come of it is shown while typing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Label, Static

from engine.dataset.session import DatasetState
from engine.dataset.split import GROUPS, SPLITS, SplitSettings, parse_group
from engine.errors import InputError
from engine.i18n import _, plural
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog, field_row
from tui.panes.dataset.widgets import SplitBars
from tui.widgets.textfield import TextField

_DEBOUNCE_SECONDS = 0.2
_LARGEST_SEED = 2**63 - 1


class SplitScreen(FieldDialog[DatasetState]):
    """Ends with the clips split anew, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(f"f{key}", f"keep_together('{group}')", group) for key, group in enumerate(GROUPS, 5)),
    ]
    DEFAULT_CSS = """
    SplitScreen .field > Input { width: 10; }
    SplitScreen .hint { width: 1fr; height: 1; color: $foreground-muted; }
    SplitScreen SplitBars { margin-top: 1; }
    SplitScreen #together { height: 1; }
    SplitScreen .status { margin-top: 1; }
    SplitScreen.low { & .dialog { max-height: 100%; } & SplitBars { margin-top: 0; } & .status { margin-top: 0; } }
    """

    def __init__(self, state: DatasetState, seconds: Sequence[float | None]) -> None:
        super().__init__()
        self._state, self._seconds = state, seconds
        self._group = set(state.split_settings.group)

    def compose(self) -> ComposeResult:
        settings = self._state.split_settings
        hints = (
            _("per cent; together 100"),
            _("used at each validation"),
            _("kept for the end"),
            _("same seed, same split"),
        )
        values = [f"{ratio:g}" for ratio in settings.ratios] + [str(settings.seed)]
        with self.frame(_("Split the clips anew"), _("enter split · tab next · F5 to F7 · esc leave")):
            for name, value, hint in zip((*SPLITS, "seed"), values, hints, strict=True):
                field = TextField(value, compact=True, id=f"split-{name}")
                yield field_row(name, field, Label(f"  {hint}", classes="hint"))
            yield Static(id="together", markup=False)
            yield SplitBars()
            yield Static(classes="status", markup=False)

    def on_mount(self) -> None:
        self._show_groups()
        run_worker(self, self._preview, 0.0, group="preview")

    def on_input_changed(self) -> None:
        """A number was changed."""
        run_worker(self, self._preview, _DEBOUNCE_SECONDS, group="preview")

    def action_keep_together(self, group: str) -> None:
        """Keep this together, or no longer."""
        self._group ^= {group}
        self._show_groups()
        self.on_input_changed()

    def _show_groups(self) -> None:
        names = {"speaker": _("speaker"), "source": _("recording"), "sentence": _("sentence")}
        boxes = [
            f"[{'x' if group in self._group else ' '}] F{key} {names[group]}"
            for key, group in enumerate(GROUPS, 5)
        ]
        self.query_one("#together", Static).update(Content(_("keep {groups}").format(groups=" ".join(boxes))))

    def _settings(self) -> SplitSettings:
        """What is typed.

        Raises:
            InputError: no numbers.
        """
        values = [self.query_one(f"#split-{name}", Input).value.strip() for name in (*SPLITS, "seed")]
        try:
            train, val, test = (float(value.replace(",", ".")) for value in values[:3])
        except ValueError:
            raise InputError(_("a ratio is no number"), fix=_("type one as 70, 25 and 5")) from None
        if not values[3].isdecimal() or int(values[3]) > _LARGEST_SEED:
            raise InputError(_("the seed is no whole number"), fix=_("type one as 1234"))
        group = parse_group(",".join(sorted(self._group)) or "none")
        return SplitSettings((train, val, test), int(values[3]), group)

    async def _preview(self, after_s: float) -> None:
        """Show what would come of the settings, once nothing more was typed for so long."""
        await asyncio.sleep(after_s)
        state = await self._split()
        if state is None:
            return
        self.query_one(SplitBars).show(state, self._seconds)
        moved = len(state.differing(self._state))
        self.show_status(plural("{n:,} clip would change lists", "{n:,} clips would change lists", moved))

    async def _split(self) -> DatasetState | None:
        """The clips split by the settings; None after it was shown why that cannot be."""
        try:
            return await asyncio.to_thread(self._state.split, self._settings())
        except InputError as error:
            self.show_status(str(error), fault=True)
            return None

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        run_worker(self, self._submit, group="preview")

    async def _submit(self) -> None:
        if (state := await self._split()) is not None:
            self.dismiss(state)
