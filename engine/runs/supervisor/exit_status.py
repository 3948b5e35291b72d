"""How a worker ended, and the sentence that says so."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from engine.runs.logs.log_summary import last_words
from engine.runs.supervisor.log_header import LOG_NAME

_SIGKILL = 9  # by number: Windows has none


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one worker.

    `code` is the exit code as the shell knows it, or minus the number of the signal that killed it; None where nobody
    knows: the worker had outlived the supervisor that started it. `log_start` is the byte where its own output begins.
    """

    code: int | None
    log_start: int
    folder: Path

    @property
    def signal_name(self) -> str:
        """SIGKILL and the like; empty when no signal ended the worker, or nobody knows."""
        if self.code is None or self.code >= 0:
            return ""
        try:
            return signal.Signals(-self.code).name
        except ValueError:
            return f"signal {-self.code}"

    @property
    def may_be_by_request(self) -> bool:
        """Whether a stop that was asked for may have ended it."""
        return self.code is None or self.signal_name in ("SIGTERM", "SIGINT", "SIGKILL")

    def why(self) -> str:
        """One sentence: the exit code or signal, and the last words in the log."""
        # Whoever ended with a code knew why and said so last; who was killed was in the middle of something else.
        words = last_words(self.folder / LOG_NAME, self.log_start, only_faults=self.code is None)
        if self.code == 2 and words:  # bad input: the worker's own sentence says it all
            return words
        if self.code == -_SIGKILL:
            return "killed by SIGKILL: somebody's kill -9, or the system out of memory"
        if self.code is None:
            what = (
                "ended without a word (its exit code is lost: it had outlived the supervisor that started it)"
            )
        else:
            what = f"killed by {self.signal_name}" if self.code < 0 else f"exit code {self.code}"
        return f"{what}: {words}" if words else what
