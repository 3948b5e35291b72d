"""A row for each thing that is not well, and one for a change that the run offers. Takes no room while all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.runs import health
from tui.app import safe_text, words
from tui.app.messages import RunFiles
from tui.widgets.rows import Row, RowWidget

if TYPE_CHECKING:
    from engine.runs.health import Finding
    from engine.runs.registry import RunSnapshot

MOST_ROWS = 3
MARKS = {"info": "·", "warning": "!", "error": "✘"}


class HealthNotes(RowWidget):
    """Below the head of the training pane; `h` shows all of it with remedies."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"health--{part}" for part in ("info", "warning", "error", "key")
    }
    DEFAULT_CSS = """
    HealthNotes {
        height: 0; background: $background; color: $foreground;
        & > .health--info { color: $foreground-muted; }
        & > .health--warning { color: $text-warning; }
        & > .health--error { color: $text-error; text-style: bold; }
        & > .health--key { color: $primary; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="health-notes")
        self.findings: list[Finding] = []
        self._files = RunFiles()

    def show(self, run: RunSnapshot | None, files: RunFiles) -> None:
        """What holds for this run now."""
        self._files = files
        self.findings = gravest_first(run, files)
        self.styles.height = len(self._all_rows())
        self.repaint()

    def draw(self, width: int, height: int) -> list[Row]:  # noqa: ARG002
        return self._all_rows()

    def _all_rows(self) -> list[Row]:
        found = [
            finding for finding in self.findings if finding.rule != "trainer stalled"
        ]  # the head says so
        rows = [finding_row(finding) for finding in found[:MOST_ROWS]]
        if len(found) > MOST_ROWS:
            left = len(found) - MOST_ROWS + 1
            rows[-1] = (
                (f" {MARKS['warning']} ", "health--warning"),
                (f"and {left} more findings: h shows them", ""),
            )
        if self._files.offer is not None and self._files.changes:
            text = f"  applies what the run offers: {safe_text.clean(self._files.offer.text)}"
            rows.append(((" a", "health--key"), (text, "")))
        return rows


def gravest_first(run: RunSnapshot | None, files: RunFiles) -> list[Finding]:
    """What is not well with a run: what its trainer found, and what only shows from outside."""
    if run is None:
        return []
    found = [*health.of_run(run), *files.findings]
    return sorted(found, key=lambda finding: -finding.gravity)


def finding_row(finding: Finding, prefix: str = "health", more: int = 0) -> Row:
    """`! KL collapse: the KL term is ... (and 2 more)`; the mark tells the level without colour."""
    level = finding.level if finding.level in MARKS else "warning"
    count = f"  (and {more} more; h in the training pane)" if more else ""
    style = {"info": "muted", "warning": "watch", "error": "bad"}[level] if prefix != "health" else level
    text = f"{safe_text.clean(finding.rule)}: {safe_text.clean(finding.text)}"
    return ((f" {MARKS[level]} ", f"{prefix}--{style}"), (text, ""), (count, f"{prefix}--{style}"))


def level_word(finding: Finding) -> str:
    """`! warning`."""
    level = finding.level if finding.level in MARKS else "warning"
    return f"{MARKS[level]} {level}"


def worst_row(run: RunSnapshot, files: RunFiles, width: int, prefix: str) -> list[Row]:
    """The gravest finding of a live run in one row; none when there is none."""
    found = [finding for finding in gravest_first(run, files) if finding.rule != "trainer stalled"]
    if not found or not run.is_live:
        return []
    mark, (text, _), count = finding_row(found[0], prefix, len(found) - 1)
    room = width - safe_text.width(mark[0]) - safe_text.width(count[0])
    return [(mark, (safe_text.crop(text, max(8, room)), ""), count)]


def summary(found: list[Finding]) -> str:
    """`2 findings`, or that all is well."""
    if not found:
        return f"all is well: none of {len(health.RULES)} rules has anything to say"
    return words.plural(len(found), "finding")
