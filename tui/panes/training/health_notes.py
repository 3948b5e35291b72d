"""A row for each finding about a run's health, or one that says it is healthy; and one for a change that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs import health
from tui.app import safe_text
from tui.app.readers.messages import RunFiles
from tui.panes.training import run_facts
from tui.widgets.rows import Row

if TYPE_CHECKING:
    from engine.runs.health import Finding
    from engine.runs.registry import RunSnapshot

MOST_ROWS = 3
MARKS = {"info": "·", "warning": "!", "error": "✘"}
STYLES = {"info": "muted", "warning": "watch", "error": "bad"}


def rows(run: RunSnapshot, files: RunFiles) -> list[Row]:
    """The findings that hold now, and the change that the run offers; `h` shows all of it with remedies."""
    found = _but_stalls(gravest_first(run, files))
    shown = [finding_row(finding) for finding in found[:MOST_ROWS]] or _healthy(run, files)
    if len(found) > MOST_ROWS:
        text = _("and {n} more findings: h shows them").format(n=len(found) - MOST_ROWS + 1)
        shown[-1] = ((f" {MARKS['warning']} ", "run--watch"), (text, ""))
    if files.offer is not None and files.changes:
        text = _("  applies what the run offers: {change}").format(change=safe_text.clean(files.offer.text))
        shown.append(((" a", "run--head"), (text, "")))
    return shown


def _healthy(run: RunSnapshot, files: RunFiles) -> list[Row]:
    """That nothing was found; no row before the run was read, or where its state says what is wrong."""
    is_bad = run.state == "paused" or run_facts.state_style(run) == "run--bad"
    if run.kind != "train" or not files.is_read or is_bad:
        return []
    if run.step is None:
        return [((f" {MARKS['info']} ", "run--muted"), (_("health: nothing is measured yet"), "run--muted"))]
    return [((" ✔ ", "run--good"), (_("healthy"), "run--good"))]


def gravest_first(run: RunSnapshot, files: RunFiles) -> list[Finding]:
    """What is not well with a run: what its trainer found, and what only shows from outside."""
    found = [*health.of_run(run), *files.findings]
    return sorted(found, key=lambda finding: -finding.gravity)


def _but_stalls(found: list[Finding]) -> list[Finding]:
    """Without a stall, which the head of the pane shows."""
    return [finding for finding in found if finding.rule != "trainer stalled"]


def finding_row(finding: Finding, more: int = 0) -> Row:
    """`! KL collapse: the KL term is ... (and 2 more)`; the mark tells the level without colour."""
    mark, level = mark_of(finding)
    style = f"run--{STYLES[level]}"
    count = _("  (and {more} more; h in the training pane)").format(more=more) if more else ""
    text = f"{safe_text.clean(finding.rule)}: {safe_text.clean(finding.text)}"
    return ((f" {mark} ", style), (text, ""), (count, style))


def mark_of(finding: Finding) -> tuple[str, str]:
    """`!` and `warning`: a mark for its level, and the level, of which a later version may know more."""
    level = finding.level if finding.level in MARKS else "warning"
    return MARKS[level], level


def worst_row(run: RunSnapshot, files: RunFiles, width: int) -> list[Row]:
    """The gravest finding of a live run in one row, or that it is healthy; none for a run that has ended."""
    if not run.is_live:
        return []
    found = _but_stalls(gravest_first(run, files))
    if not found:
        return _healthy(run, files)
    mark, (text, _unused), count = finding_row(found[0], len(found) - 1)
    room = width - safe_text.width(mark[0]) - safe_text.width(count[0])
    return [(mark, (safe_text.crop(text, max(8, room)), ""), count)]
