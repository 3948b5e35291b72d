"""What every pane has: actions of the table, help in words, and readers that run only while it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.containers import Vertical
from textual.widget import Widget

from tui.app.dashboard import Dashboard

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.app.readers.sources import Poller


class Pane(Vertical, can_focus=True):
    """One numbered pane. Subclasses start readers in `on_shown` and hand them to `reads`."""

    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; }"
    app = getters.app(Dashboard)

    PANE_ID: ClassVar[str] = ""
    ABOUT: ClassVar[tuple[str, ...]] = ()  # what `?` says above the keys, a paragraph each
    # title and kind of widgets with keys of their own
    WIDGETS: ClassVar[tuple[tuple[str, type[Widget]], ...]] = ()

    def __init__(self) -> None:
        super().__init__(id=self.PANE_ID)
        self._readers: list[Poller] = []
        self.seen = False

    def show(self) -> None:
        """The pane has come to the front. Focus is set at once: the next key may be here already."""
        self.seen = True
        self.display = True
        self.call_after_refresh(self._start_reading)
        self.show_runs(self.app.runs)
        self.screen.set_focus(self.first_focus() or self)

    def _start_reading(self) -> None:
        if self.seen:  # another pane may have been asked for in the meantime
            self.on_shown()

    def hide(self) -> None:
        """The pane has gone to the back: its readers end."""
        self.seen = False
        self.display = False
        self.close_readers()
        self.on_hidden()

    def reads(self, reader: Poller) -> Poller:
        """Keep a reader until the pane is hidden."""
        self._readers.append(reader)
        return reader

    def close_readers(self, *prefixes: str) -> None:
        """End the readers whose names begin so, or all; they are started anew when the pane is shown again."""
        for reader in [each for each in self._readers if each.name.startswith(prefixes or "")]:
            reader.close()
            self._readers.remove(reader)

    def on_unmount(self) -> None:
        """The app is ending."""
        self.close_readers()

    def offers(self, verb: str) -> bool:  # noqa: ARG002 - panes look at it
        """Whether an action makes sense now; the key line leaves out those that do not."""
        return True

    def label_of(self, verb: str) -> str:  # noqa: ARG002 - panes look at it
        """What the key line calls an action now; "" for its label in the table."""
        return ""

    def reports_end(self, run: RunSnapshot) -> bool:  # noqa: ARG002 - panes look at it
        """Whether the pane, being in front, reports itself that this run has ended."""
        return False

    def unsaved(self) -> str:
        """What quitting would leave unsaved, as a sentence; "" for nothing."""
        return ""

    def on_shown(self) -> None:
        """Start readers."""

    def on_hidden(self) -> None:
        """Stop what `on_shown` started and is no reader."""

    def first_focus(self) -> Widget | None:
        """What gets the keys when the pane is shown; None for the pane itself."""
        return None

    def show_path(self) -> None:
        """The path has come further, or something is under way on it."""

    def show_runs(self, runs: tuple[RunSnapshot, ...]) -> None:
        """The list of runs has changed, or the pane was shown."""
