"""What all dialogs look like: one frame, as small as its text, over a dimmed pane."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.screen import ModalScreen
from textual.worker import Worker

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A modal screen around one `.dialog` container. Its styles are read when the first one opens, not at the start."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Dialog {
        align: center middle; background: $background 60%;
        & .dialog {
            width: 76; max-width: 96%; height: auto; max-height: 90%;
            border: round $primary; background: $surface; padding: 0 1;
            border-title-color: $primary; border-title-style: bold;
        }
        & .dialog Static { background: $surface; height: auto; }
        & .dialog .muted { color: $foreground-muted; }
        & .dialog .fault { color: $text-error; }
        & .dialog Table { background: $surface; }
        & .field { height: 1; }
        & .caption { width: 12; color: $foreground-muted; height: 1; }
        & .field > Input { width: 1fr; }
        & Input { background: $panel; }
        & Input:focus { background: $panel; }
    }
    """

    @property
    def is_open(self) -> bool:
        """Whether it is still there: work beside the screen may end after it was closed."""
        return self in self.app.screen_stack

    def run_worker(self, work: Any, *args: Any, **kwargs: Any) -> Worker[Any]:
        """Work beside the screen; an answer that comes after the dialog was closed draws nothing."""
        return super().run_worker(cast("Any", partial(self._while_open, work)), *args, **kwargs)

    def action_leave(self) -> None:
        self.dismiss()

    async def _while_open(self, work: Any) -> Any:
        try:
            return await work()
        except NoMatches:
            if self.is_open:
                raise

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """End it, with what lies above it; a dialog that was closed closes nothing, Textual's would pop another one."""
        if not self.is_open:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)
