"""`vitsdeck transcribe` run beside the screen: what a start would cost, and the start itself.

Credentials reach the command by its environment alone: neither its arguments nor any file of ours names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.app import command_line

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended: its JSON document, or one sentence that says why there is none."""

    document: dict[str, Any] | None
    sentence: str = ""


async def run(
    words: Sequence[str],
    root: Path,
    credentials: Path | None,
    names: Sequence[Path] = (),
    *,
    outlives: bool = False,
) -> Ended:
    """Run `vitsdeck WORDS` in the workspace; `names` are given to it on stdin, a path a line.

    Cancelling ends the command, unless it `outlives` the dashboard: a start that was agreed to continues.
    """
    ended = await command_line.run(
        root,
        *words,
        stdin="".join(f"{name}\n" for name in names),
        environment={} if credentials is None else {VARIABLE: str(credentials)},
        outlives=outlives,
    )
    if ended.document is not None:  # also where some recordings cannot be read
        return Ended(ended.document)
    if ended.sentence:
        return Ended(None, "; ".join((ended.sentence, *ended.details)))
    return Ended(None, "vitsdeck transcribe said something that is no JSON document")
