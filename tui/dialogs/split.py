"""The split editor: three ratios, a seed, what stays together; what would come of it is shown while typing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from engine.dataset.session import DatasetState, SplitSummary
from engine.dataset.split import GROUPS, SPLITS, SplitSettings, parse_group
from engine.errors import InputError
from engine.i18n import _, plural
from tui.app.workers import run_worker
from tui.dialogs.dialog import FieldDialog
from tui.panes.dataset.widgets import SplitBars
from tui.widgets.textfield import TextField

_DEBOUNCE_SECONDS = 0.2
_LOW = 20  # rows of the screen
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
        self._debounce: Timer | None = None
        self._previewed: DatasetState | None = None  # what the bars show; None while they show an older one
        self._typed = 0  # changes so far

    def compose(self) -> ComposeResult:
        settings = self._state.split_settings
        hints = (_("per cent; together 100"), _("heard at each evaluation"), _("kept for the end"))
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Split the clips anew")
            dialog.border_subtitle = _("enter split · tab next · F5 to F7 · esc leave")
            for name, ratio, hint in zip(SPLITS, settings.ratios, hints, strict=True):
                yield from self._field(name, f"{ratio:g}", hint)
            yield from self._field("seed", str(settings.seed), _("same seed, same split"))
            yield Static(id="together", markup=False)
            yield SplitBars()
            yield Static(classes="status", markup=False)

    @staticmethod
    def _field(name: str, value: str, hint: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(name, classes="caption")
            yield TextField(value, compact=True, id=f"split-{name}")
            yield Label(f"  {hint}", classes="hint")

    def on_mount(self) -> None:
        self._say_choices()
        self.call_after_refresh(
            self._start_preview
        )  # the dialog is seen before its first bars are worked out

    def on_resize(self, event: events.Resize) -> None:
        """On a low screen the empty rows go."""
        self.set_class(event.size.height < _LOW, "low")

    def on_input_changed(self) -> None:
        """A number was changed."""
        self._preview_soon()

    def action_keep_together(self, group: str) -> None:
        """Keep this together, or no longer."""
        self._group ^= {group}
        self._say_choices()
        self._preview_soon()

    def _say_choices(self) -> None:
        said = {"speaker": "speaker", "source": "recording", "sentence": "sentence"}
        boxes = [f"{_box(group in self._group)} F{key} {said[group]}" for key, group in enumerate(GROUPS, 5)]
        self.query_one("#together", Static).update(Content(f"keep {' '.join(boxes)}"))

    def _settings(self) -> SplitSettings:
        """What is typed.

        Raises:
            InputError: no numbers.
        """
        values = [self.query_one(f"#split-{name}", Input).value.strip() for name in (*SPLITS, "seed")]
        try:
            train, val, test = (float(value.replace(",", ".")) for value in values[:3])
        except ValueError:
            raise InputError(_("a ratio is no number"), fix="as 70, 25 and 5") from None
        if not values[3].isdecimal() or int(values[3]) > _LARGEST_SEED:
            raise InputError(_("the seed is no whole number"), fix="as 1234")
        group = parse_group(",".join(sorted(self._group)) or "none")
        return SplitSettings((train, val, test), int(values[3]), group)

    # the preview

    def _preview_soon(self) -> None:
        self._previewed, self._typed = None, self._typed + 1
        if self._debounce is not None:
            self._debounce.stop()
        self._debounce = self.set_timer(_DEBOUNCE_SECONDS, self._start_preview)

    def _start_preview(self) -> None:
        run_worker(self, self._preview, group="preview")

    async def _preview(self) -> None:
        typed = self._typed
        try:
            state, summary, moved = await asyncio.to_thread(self._split, self._settings())
        except InputError as error:
            self.say(str(error), fault=True)
            return
        if not self.is_open:
            return
        self._previewed = state if typed == self._typed else None  # more may have been typed meanwhile
        self.query_one(SplitBars).show(summary, has_speakers=any(clip.speaker for clip in state.clips))
        self.say(_("{clips} would change lists").format(clips=plural("{n:,} clip", "{n:,} clips", moved)))

    def _split(self, settings: SplitSettings) -> tuple[DatasetState, tuple[SplitSummary, ...], int]:
        """What would come of it, and how many clips would move; beside the screen."""
        state = self._state.split(settings)
        return state, state.summary(self._seconds), len(state.differing(self._state))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter in any field."""
        message.stop()
        if self._debounce is not None:
            self._debounce.stop()  # a preview that begins now would break this off
        run_worker(self, self._take, group="preview")

    async def _take(self) -> None:
        """The preview tells whether it can be done, so it is asked first, unless it has said so already."""
        if self._previewed is None:
            await self._preview()
        if self._previewed is not None and self.is_open:
            self.dismiss(self._previewed)


def _box(on: bool) -> str:
    return "[x]" if on else "[ ]"
