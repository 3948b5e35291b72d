"""Starting a training from the dashboard with the command that a person would type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.app import command_line
from tui.app.command_line import Ended

_LONGEST_SECONDS = 600.0  # checking every line of a large filelist takes a while on a slow disk


@dataclass(frozen=True, slots=True)
class Start:
    """Which run to start or resume.

    Attributes:
        new: it must be a new one.
        flags: of `train`, by their names without dashes, as typed; one without a value is left out.
    """

    name: str
    new: bool = False
    flags: Mapping[str, str] = field(default_factory=dict)

    def argv(self) -> list[str]:
        """The command line behind `vitsdeck`."""
        words = [f"--{flag}={value}" for flag, value in self.flags.items() if value and flag != "fp16"]
        if half := self.flags.get("fp16"):
            words.append("--fp16" if half == "yes" else "--no-fp16")
        return ["train", "-m", self.name, *(["--new"] if self.new else []), *words, "--detach", "--json"]


async def start(what: Start, root: Path) -> Ended:
    """Run the command in the workspace; the run is on its way when it ends without a fault."""
    return await command_line.run(root, *what.argv(), limit_s=_LONGEST_SECONDS)
