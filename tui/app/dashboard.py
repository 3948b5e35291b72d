"""The app as panes and dialogs see it: what they read, and what they ask for. `tui.app.app` implements it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import Screen

from engine.errors import InputError
from tui.app import next_step, safe_text, terminal, words
from tui.dialogs.dialog import ConfirmScreen

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.widget import Widget

    from engine.progress import Progress
    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace
    from tui.app.next_step import Step
    from tui.app.preparation import Preparation

Answer = TypeVar("Answer")
EXPORTS = "exports"  # a folder


class Dashboard(terminal.TerminalApp):
    """One workspace: its runs, and how far it is on the path from recordings to a voice."""

    pane: Widget | None = None  # the one in front

    # what tui.app.app adds
    show_pane: Callable[[str], Coroutine[Any, Any, None]]
    do: Callable[[str], Coroutine[Any, Any, None]]
    choose_run: Callable[[str], None]
    look_for_runs: Callable[[], None]
    show_keys: Callable[[], None]
    prepare: Callable[[list[str]], Preparation]
    transcribe: Callable[[Path], Coroutine[Any, Any, None]]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.runs: tuple[RunSnapshot, ...] = ()
        self.runs_read = False
        self.shortage = ""  # the next checkpoints of live runs do not fit on the disk
        self.is_gone = False  # the workspace was moved or deleted, or its disk went away
        self.progress: Progress | None = None  # of the path; None until it has been counted
        self.preparation: Preparation | None = None  # while recordings are being prepared
        self.exports = workspace.root / EXPORTS  # where curves and logs are written to
        self.chosen_run = ""  # what the panes show; "" is the newest

    @property
    def pane_id(self) -> str:
        """Which pane is in front; "" for none."""
        return (self.pane.id or "") if self.pane is not None else ""

    @property
    def shown_run(self) -> RunSnapshot | None:
        """The run that panes show: the chosen one, else a live training, else the newest; else other work."""
        chosen = next((run for run in self.runs if run.name == self.chosen_run), None)
        runs = [run for run in self.runs if run.kind == "train"] or self.runs
        live = next((run for run in runs if run.is_live), None)
        return chosen or live or (runs[0] if runs else None)

    @property
    def step(self) -> Step | None:
        """What comes next on the path; None while nobody has looked."""
        if self.progress is None or self.is_gone:
            return None
        return next_step.step_of(self.progress, self.runs, is_preparing=self.preparation is not None)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A sentence in the corner; text from outside is cleaned and not read as markup."""
        lines = [safe_text.clean(line) for line in message.split("\n")]
        super().notify("\n".join(lines), title=title, severity=severity, timeout=timeout, markup=markup)

    def ask(self, question: str, detail: str, on_yes: Callable[[], object], *, yes: str, no: str) -> None:
        """Ask in a dialog, and call `on_yes` on a yes; `yes` and `no` name the answers in the key line."""
        self.take_answer(ConfirmScreen(question, detail, yes=yes, no=no), lambda is_yes: is_yes and on_yes())

    @contextmanager
    def errors_notified(self) -> Iterator[None]:
        """An error that a person can fix ends the block and is a notification."""
        try:
            yield
        except (InputError, OSError) as error:
            self.notify(self.shortened(words.sentence(error)), severity="error")

    def shortened(self, text: str) -> str:
        """Paths as the person knows them: from the workspace on."""
        return text.replace(f"{self.workspace.root}/", "")

    def take_answer(self, dialog: Screen[Answer], take: Callable[[Answer], object]) -> None:
        """Show a dialog; `take` gets its answer, unless it was cancelled."""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                take(answer)

        self.push_screen(dialog, answered)

    @property
    def transcribed(self) -> Path | None:
        """The folder of recordings in the transcription pane."""
        raise NotImplementedError
