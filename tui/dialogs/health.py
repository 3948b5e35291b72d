"""What `h` shows: every problem of a run, by which rule it was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from engine.i18n import _, plural
from engine.runs import health
from engine.runs.health import Finding
from tui.dialogs.text_view import Paragraph, ParagraphsScreen
from tui.panes.training.health_notes import mark_of


class HealthScreen(ParagraphsScreen):
    """The findings with their remedies; `h` closes it, too."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("h", "leave", _("Close"))]

    def __init__(self, name: str, found: Sequence[Finding]) -> None:
        super().__init__(_("Health of {name}").format(name=name), _paragraphs(found))


def _paragraphs(found: Sequence[Finding]) -> Iterator[Paragraph]:
    if found:
        yield plural("{n:,} finding", "{n:,} findings", len(found)), "about muted"
    else:
        yield (
            _("all is well: none of {count} rules found a problem").format(count=len(health.RULES)),
            "about muted",
        )
    for finding in found:
        mark, level = mark_of(finding)
        yield f"{mark} {level}: {finding.rule}", "head"
        yield finding.text, ""
        yield _("what to do: {remedy}").format(remedy=finding.remedy), "about muted"
    yield _("watched: {rules}").format(rules=", ".join(health.RULES)), "about muted"
