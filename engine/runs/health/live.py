"""Findings about a run whose trainer is gone or stuck, and so cannot report them itself."""

from __future__ import annotations

import time

from engine.i18n import _
from engine.runs.health.finding import Finding
from engine.runs.registry import GONE, RunSnapshot

SILENT_SECONDS = 120.0  # a trainer writes its state once a second between steps; two minutes are no long step


def of_run(run: RunSnapshot, now: float | None = None) -> list[Finding]:
    """Findings about a run's process, from its snapshot alone."""
    if run.state == "failed" and run.reason == GONE:
        text = _(
            "the process of {name} is gone and nobody saw it end: a reboot, a crash of the machine or a kill"
        ).format(name=run.name)
        remedy = _("resume the run: it continues from its newest whole checkpoint")
        return [Finding("trainer gone", "error", text, remedy)]
    silent = (time.time() if now is None else now) - run.updated
    if run.state == "stalled" or (run.is_live and silent > SILENT_SECONDS):
        reason = run.reason or _("no sign of life for {seconds} s").format(seconds=max(0, round(silent)))
        text = _("the run does not move: {reason}").format(reason=reason)
        remedy = _(
            "see the end of the log for where it hangs; stop the run and resume it when it does not move"
        )
        return [Finding("trainer stalled", "error", text, remedy)]
    return []
