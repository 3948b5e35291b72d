"""Rows of the table at the end of `make bench`: what was measured, its target, its figure and whether it is met."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

MET, MISSED, INFO = "met", "not met", ""


@dataclass(frozen=True)
class Row:
    """`verdict` is "met", "not met", "n/a: the reason", or "" for a figure without a target."""

    name: str
    target: str
    figure: str
    verdict: str = INFO


def at_least(name: str, value: float, limit: float, form: str = "{:.2f} x") -> Row:
    """A row whose figure must not be below its target."""
    verdict = MET if value >= limit else MISSED
    return Row(name, ">= " + form.format(limit), form.format(value), verdict)


def at_most(name: str, value: float, limit: float, form: str = "{:.2f} x") -> Row:
    """A row whose figure must not be above its target."""
    verdict = MET if value <= limit else MISSED
    return Row(name, "<= " + form.format(limit), form.format(value), verdict)


def add_flag(parser: argparse.ArgumentParser) -> None:
    """The flag of every script for the file that `table.py` collects rows in."""
    parser.add_argument("--rows", type=Path, help="append the rows to this file, a line of JSON each")


def report(rows: Iterable[Row], file: Path | None) -> None:
    """Print the rows, and append them to the file."""
    rows = list(rows)
    print_table(rows)
    if file is not None:
        with file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(asdict(row)) + "\n" for row in rows)


def read(file: Path) -> list[Row]:
    """The rows of a file; none where there is none."""
    if not file.exists():
        return []
    return [Row(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def print_table(rows: list[Row]) -> None:
    """Columns as wide as their contents."""
    head = Row("row", "target", "figure", "verdict")
    cells = [(each.name, each.target, each.figure, each.verdict) for each in [head, *rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    for line in cells:
        padded = [text.ljust(width) for text, width in zip(line, widths, strict=False)]
        print("  ".join([*padded, line[3]]).rstrip(), flush=True)
