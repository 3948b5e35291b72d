"""The fenced blocks of the documentation, and the table of what is replaced before a block runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")

# (what a page says, what the test runs, why)
REPLACEMENTS = (("vitsdeck train -m anna", "vitsdeck train -m anna --steps 2", "two steps, not days"),)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its text, its first line in the page, and why it is not run ("" when it is)."""

    language: str
    text: str
    line: int
    not_run: str


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page in order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        if lines[number].startswith("```"):
            end = lines.index("```", number + 1)
            reason = NOT_RUN.fullmatch(lines[number - 1]) if number else None
            text = "\n".join(lines[number + 1 : end])
            found.append(Block(lines[number][3:], text, number + 2, reason[1] if reason else ""))
            number = end
        number += 1
    return found


def script_of(page: Path) -> str:
    """The shell blocks of a page as one script, with the replacements made; "" when none is run."""
    parts = []
    for block in blocks_of(page):
        if block.language == "sh" and not block.not_run:
            text = block.text
            for said, run, _ in REPLACEMENTS:
                text = text.replace(said, run)
            parts.append(f": '{page.name}:{block.line}'\n{text}")
    return "\n".join(parts)
