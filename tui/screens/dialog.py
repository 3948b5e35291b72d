"""What all dialogs look like: one frame, as small as its text, over a dimmed pane."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

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
