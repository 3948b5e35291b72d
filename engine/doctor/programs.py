"""Run other programs with a time limit: one that hangs is ended with all it started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from engine.runs.processes import descendants

_MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed. `code` is None when it had to be ended, or could not be started."""

    code: int | None
    out: str
    err: str
    is_hung: bool = False

    @property
    def first_line(self) -> str:
        """The first line that is not empty, of stdout or else of stderr."""
        lines = [line.strip() for line in (self.out + "\n" + self.err).splitlines()]
        return next((line for line in lines if line), "")


def run(command: Sequence[str], limit_s: float) -> Output:
    """Run a program for `limit_s` seconds at most; never raises over what it does."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        return Output(None, "", error.strerror or str(error))
    out, err, is_hung = b"", b"", False
    with process.stdout, process.stderr:  # type: ignore[union-attr]
        try:
            out, err = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            is_hung = True
            descendants.end(process)
    return Output(
        None if is_hung else process.returncode,
        out.decode(errors="replace")[:_MOST_CHARACTERS],
        err.decode(errors="replace")[:_MOST_CHARACTERS],
        is_hung,
    )


def find(*names: str) -> str | None:
    """The first of these programs that is on the PATH."""
    return next((path for name in names if (path := shutil.which(name))), None)
