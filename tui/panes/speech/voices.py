"""What can speak, and its first text."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import best
from engine.runs.best import BEST, NEWEST
from engine.runs.checkpoints import candidates
from tui.app import safe_text

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from engine.workspace import Workspace

FIRST_TEXT = _("The quick brown fox jumps over the lazy dog.")
KIND = "train"  # runs of other kinds have no voice


@dataclass(frozen=True, slots=True)
class Voice:
    """What speaks: a run, and one of its checkpoints."""

    run: str
    folder: Path
    checkpoint: str = ""  # a file, BEST, NEWEST, or "" for the best one where there is one

    def has_checkpoint(self) -> bool:
        """Whether it can speak at all."""
        with contextlib.suppress(OSError):
            return next(self.folder.glob("G_*.pth"), None) is not None
        return False

    def file(self) -> Path | None:
        """The checkpoint's file; None where there is none."""
        if self.checkpoint not in ("", BEST, NEWEST):
            return self.folder / self.checkpoint
        best_one = best.find(self.folder) if self.checkpoint != NEWEST else None
        steps = [one.generator for one in candidates(self.folder)]
        return best_one.path if best_one is not None else next(iter(steps), None)

    def request(self) -> dict[str, str]:
        """Its part of a question to the helper."""
        if self.checkpoint in ("", BEST, NEWEST):
            return {"run": str(self.folder), "checkpoint": self.checkpoint}
        return {
            "checkpoint": str(self.folder / self.checkpoint),
            "config": str(self.folder / "config.json"),
        }

    def flags(self) -> list[str]:
        """Its part of a command line."""
        if self.checkpoint in ("", BEST, NEWEST):
            return ["-m", self.run, *(["--checkpoint", self.checkpoint] if self.checkpoint else [])]
        return ["--checkpoint", str(self.folder / self.checkpoint), "-c", str(self.folder / "config.json")]

    def __str__(self) -> str:
        best_one = best.find(self.folder) if self.checkpoint in ("", BEST) else None
        if best_one is not None:
            return _("{run}, best checkpoint: {best}").format(run=self.run, best=best_one)
        text = _("{run}, newest checkpoint") if self.checkpoint in ("", NEWEST) else "{run}, {checkpoint}"
        return text.format(run=self.run, checkpoint=self.checkpoint)


def default_voice(runs: Sequence[RunSnapshot], shown: RunSnapshot | None, chosen: str) -> Voice | None:
    """Of the run that was chosen to be shown; else of the first one that has something to speak with."""
    voices = [Voice(run.name, run.folder) for run in (shown, *runs) if run is not None and run.kind == KIND]
    if shown is not None and shown.name == chosen:
        return next(iter(voices), None)
    return next((voice for voice in voices if voice.has_checkpoint()), next(iter(voices), None))


def voices_of(run: RunSnapshot) -> list[Voice]:
    """The best and the newest checkpoint of a run, and each one that is there, newest first; none when it has none."""
    steps: list[int] = []
    with contextlib.suppress(OSError):
        names = [path.stem.removeprefix("G_") for path in run.folder.glob("G_*.pth")]
        steps = sorted((int(name) for name in names if name.isdigit()), reverse=True)
    checkpoints = [NEWEST, *(f"G_{step}.pth" for step in steps)] if steps else []
    if best.find(run.folder) is not None:
        checkpoints.insert(0, BEST)
    return [Voice(run.name, run.folder, checkpoint) for checkpoint in checkpoints]


def first_text(workspace: Workspace) -> str:
    """A sentence to begin with: of the validation list, which is in the voice's language."""
    try:
        with (workspace.filelists_dir / "val.txt").open(encoding="utf-8") as file:
            return safe_text.clean(file.readline().rpartition("|")[2].strip()) or FIRST_TEXT
    except (OSError, UnicodeDecodeError):
        return FIRST_TEXT
