"""Which checkpoints a run folder holds, by the names of its files; `engine.train.checkpoints` reads and writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One complete checkpoint on disk. `family`: there is no manifest."""

    folder: Path
    step: int
    family: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """File names within the run folder."""
        return tuple(f"{letter}_{self.step}.pth" for letter in ("GD" if self.family else "GDS"))

    @property
    def bytes(self) -> int:
        """Their size together. Raises OSError where one is gone."""
        return sum((self.folder / name).stat().st_size for name in self.files)

    @property
    def generator(self) -> Path:
        """The file that speaks."""
        return self.folder / f"G_{self.step}.pth"


def candidates(folder: Path) -> list[Checkpoint]:
    """Checkpoints of a run folder, newest first; contents are not yet verified."""
    names = (path.name.removesuffix(".manifest.json") for path in folder.glob("*.manifest.json"))
    ours = {int(name) for name in names if name.isdecimal()}
    pairs = {int(path.stem[2:]) for path in folder.glob("G_*.pth") if path.stem[2:].isdecimal()} - ours
    family = [
        step
        for step in pairs
        if (folder / f"D_{step}.pth").exists() and not (folder / f"S_{step}.pth").exists()
    ]
    found = [Checkpoint(folder, step) for step in ours]
    found += [Checkpoint(folder, step, family=True) for step in family]
    return sorted(found, key=lambda checkpoint: checkpoint.step, reverse=True)
