"""How a worker ended, in one sentence."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from engine.process_identity import SIGKILL
from engine.runs.logs.log_summary import summarize_log
from engine.runs.supervisor.log_header import LOG_NAME
from engine.runs.supervisor.restart import EXIT_BAD_INPUT


def signal_name(number: int) -> str:
    """SIGKILL and the like, by its number."""
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """The end of one worker.

    `code` is the exit code, or minus the number of the signal that killed the worker; None when unknown, because the
    supervisor that started it is gone. `log_start` is the byte of the log at which the worker's output begins.
    """

    code: int | None
    log_start: int
    folder: Path

    @property
    def signal_name(self) -> str:
        """SIGKILL and the like; "" when no signal ended the worker, or it is unknown."""
        return "" if self.code is None or self.code >= 0 else signal_name(-self.code)

    @property
    def may_be_requested(self) -> bool:
        """Whether a requested stop may have ended the worker."""
        return self.code is None or self.signal_name in ("SIGTERM", "SIGINT", "SIGKILL")

    def reason(self) -> str:
        """One sentence: the exit code or signal, and the error in the log."""
        error = summarize_log(self.folder / LOG_NAME, self.log_start, only_errors=self.code is None)
        if self.code == EXIT_BAD_INPUT and error:  # the worker's own sentence is complete
            return error
        if self.code == -SIGKILL:  # the last line of the log is not the cause
            return "killed by SIGKILL: somebody's kill -9, or the system out of memory"
        if self.code is None:
            what = "ended for an unknown reason (its exit code is lost with the supervisor that started it)"
        else:
            what = f"killed by {self.signal_name}" if self.signal_name else f"exit code {self.code}"
        return f"{what}: {error}" if error else what
