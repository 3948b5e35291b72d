"""The promises as a table: `make test-nightly PART=faults` runs the tests marked with one and prints it.

A pytest plugin: `pytest -p tests.nightly.faults.table -m promise`, with `--nightly` at the larger counts.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest


@dataclass
class Promise:
    """One row: what was promised, how often it was tried, and how each of its tests ended."""

    sentence: str
    tests: int = 0
    count: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def result(self) -> str:
        """In words."""
        if self.broken:
            return f"BROKEN by {', '.join(self.broken)}"
        if self.skipped:
            part = "not tried" if len(self.skipped) == self.tests else "kept, in part not tried"
            return f"{part}: {'; '.join(sorted(set(self.skipped)))}"
        return "kept" if self.count else "not tried"


_promises: dict[str, Promise] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read the promises before the first test, so that one whose test never ran is not forgotten."""
    for item in items:
        if (marker := item.get_closest_marker("promise")) is not None:
            promise = _promises.setdefault(marker.args[0], Promise(marker.args[1]))
            if promise.sentence != marker.args[1]:
                raise pytest.UsageError(f"{item.nodeid} words the promise {marker.args[0]} in another way")
            promise.tests += 1
            item.user_properties.append(("promise", marker.args[0]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add one phase of one test to its promise."""
    properties = dict(report.user_properties)
    promise = _promises.get(str(properties.get("promise")))
    if promise is None:
        return
    promise.seconds += report.duration
    if report.failed:
        promise.broken.append(report.nodeid.rpartition("::")[2])
    elif report.skipped:
        promise.skipped.append(report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped")
    elif report.when == "call":
        promise.count += int(str(properties.get("count", 1)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, in the order of the promises' names."""
    terminalreporter.section("what was promised, how often it was tried, and whether it held")
    for line in table(_promises, shutil.get_terminal_size((100, 24)).columns):
        terminalreporter.line(line)


def table(promises: dict[str, Promise], width: int) -> Iterator[str]:
    """Rows of at most `width` columns; a promise that is longer continues in the next row."""
    room = max(24, width - 40)
    yield f"{'':4} {'promise':{room}} {'count':>6} {'time':>7}  result"
    for name in sorted(promises, key=_natural):
        promise = promises[name]
        first, *rest = textwrap.wrap(promise.sentence, room) or [""]
        yield f"{name:4} {first:{room}} {promise.count:6} {promise.seconds:6.1f}s  {promise.result}"
        yield from (f"{'':4} {line}" for line in rest)


def _natural(name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\D*)(\d*)", name)
    return (match[1], int(match[2] or 0)) if match else (name, 0)
