"""What a trainer cannot say of itself: that it is gone, or stuck."""

from __future__ import annotations

import time

from engine.runs.health.finding import Finding
from engine.runs.registry import GONE, RunSnapshot

SILENT_SECONDS = 120.0  # a trainer writes its state once a second between steps; two minutes are no long step


def of_run(run: RunSnapshot, now: float | None = None) -> list[Finding]:
    """Findings about a run's process, from its snapshot alone."""
    if run.state == "failed" and run.reason == GONE:
        text = f"the process of {run.name} is gone and nobody saw it end: a reboot, a crash of the machine or a kill"
        remedy = "resume the run: it continues from its newest whole checkpoint"
        return [Finding("trainer gone", "error", text, remedy)]
    silent = (time.time() if now is None else now) - run.updated
    if run.state == "stalled" or (run.is_live and silent > SILENT_SECONDS):
        step = f" at step {run.step:,}" if run.step is not None else ""
        why = run.reason or f"nothing heard for {max(0, round(silent))} s{step}"
        remedy = "see the end of the log for where it hangs; stop the run and resume it when it does not move"
        return [Finding("trainer stalled", "error", f"the run does not move: {why}", remedy)]
    return []
