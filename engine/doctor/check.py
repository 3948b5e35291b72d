"""What a check says, and words that several checks share."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["ok", "warning", "fail", "not applicable"]
VERDICTS: tuple[Verdict, ...] = ("ok", "warning", "fail", "not applicable")
Facts = dict[str, Any]
"""What a probe saw; "error" (a line) and "story" (all of it) where the look itself failed."""

PIP = f"{Path(sys.executable).name} -m pip install"
REINSTALL = f'{PIP} --force-reinstall "torch>=2.8,<2.15" "torchaudio>=2.8,<2.12"'


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        seen: what was found, a sentence.
        fix: the command that mends it, or a sentence; empty where nothing needs to be done.
        details: all that was said, any number of lines.
        seconds: how long the look took.
    """

    name: str
    verdict: Verdict
    seen: str
    fix: str = ""
    details: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values, as `from_json` reads them."""
        return asdict(self)

    @classmethod
    def from_json(cls, tree: object) -> Check | None:
        """Read what `to_json` wrote; None for anything else."""
        if not isinstance(tree, dict) or tree.get("verdict") not in VERDICTS:
            return None
        texts = [tree.get(name) for name in ("name", "seen", "fix", "details")]
        seconds = tree.get("seconds")
        if not all(isinstance(text, str) for text in texts) or not isinstance(seconds, int | float):
            return None
        name, seen, fix, details = map(str, texts)
        return cls(name, tree["verdict"], seen, fix, details, float(seconds))


def size(count: int | None) -> str:
    """Bytes as a person reads them: `977 MB`, `3.9 GB`, in powers of ten as disks are sold."""
    if count is None:
        return "?"
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= unit:
            number = count / unit
            return f"{number:.0f} {name}" if number >= 100 else f"{number:.1f} {name}"
    return f"{count / 1e3:.0f} kB"


def plural(number: int, one: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def install(facts: Facts, **names: str) -> str:
    """The command that installs a package with this system's own tool.

    Args:
        names: the package's name for apt, dnf, pacman, zypper and brew; the first one given serves the others.
    """
    system = facts.get("system")
    system = system if isinstance(system, dict) else {}
    like, default = str(system.get("like", "")).lower(), next(iter(names.values()))
    tools = (
        (("debian", "ubuntu"), "apt", "sudo apt install"),
        (("fedora", "rhel", "centos"), "dnf", "sudo dnf install"),
        (("arch",), "pacman", "sudo pacman -S"),
        (("suse",), "zypper", "sudo zypper install"),
    )
    if system.get("system") == "Darwin":
        return f"brew install {names.get('brew', default)}"
    for kinds, tool, command in tools:
        if any(kind in like for kind in kinds):
            return f"{command} {names.get(tool, default)}"
    return f"install {default} with this system's package manager"
