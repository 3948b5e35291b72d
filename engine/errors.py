"""Errors that the user can fix: one sentence that says what, where and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.i18n import _


class InputError(Exception):
    """The input is wrong; the command line prints the sentence and exits with 2.

    Args:
        what: the fault, in words ("has 1 column where 2 are needed").
        path: the file or folder it was found in, if there is one.
        line: line number in that file, counted from 1.
        fix: what to do ("write path|text"); optional.
        details: further findings of the same fault, one line each, shown below the sentence.
    """

    def __init__(
        self,
        what: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        fix: str = "",
        details: Sequence[str] = (),
    ) -> None:
        self.what = what
        self.path = None if path is None else str(path)
        self.line = line
        self.fix = fix
        self.details = tuple(details)
        super().__init__(self.sentence())

    def of(self, subject: str | Path) -> str:
        """The fault in a report about `subject`; another path, as of a full disk, is named."""
        if self.path is None or Path(self.path).absolute() == Path(subject).absolute():
            return self.what
        return f"{self.path} {self.what}"

    def sentence(self) -> str:
        """`where: what; fix` in one line."""
        where = self.path or ""
        if where and self.line is not None:
            where += f":{self.line}"
        text = f"{where}: {self.what}" if where else self.what
        return f"{text}; {self.fix}" if self.fix else text


def cannot_read(error: Exception, path: str | Path) -> InputError:
    """The error for a file or folder that cannot be read."""
    return InputError(_("cannot be read ({reason})").format(reason=_reason(error)), path=path)


def cannot_write(error: Exception, path: str | Path, fix: str = "") -> InputError:
    """The error for a file or folder that cannot be made or written."""
    return InputError(_("cannot be written ({reason})").format(reason=_reason(error)), path=path, fix=fix)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class HopelessRun(InputError):  # noqa: N818 - named by what it says
    """A run that would fail again if restarted; its process exits with 3."""
