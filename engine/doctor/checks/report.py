"""torch's own environment report, which its developers ask for in every bug report, in full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.doctor.check import Result, check

_SECONDS = 60.0  # it asks some twenty programs and waits for each
_SEE_ABOVE = "see the checks above"


@check(
    "report", "torch's own environment report (torch.utils.collect_env).", failure="warning", fix=_SEE_ABOVE
)
def check_report(_root: Path) -> Result:
    argv = [sys.executable, "-P", "-m", "torch.utils.collect_env"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        return Result("report", "warning", f"torch has no environment report: {why}", _SEE_ABOVE)
    lines = done.stdout.strip()
    return Result("report", "ok", f"torch's environment report, {lines.count(chr(10)) + 1} lines", "", lines)
