"""torch's own environment report, which its developers ask for in every bug report, in full.

It asks some twenty programs and waits for each for ever. Here each has a time limit, so that a driver that hangs costs
a line of the report. It is run from its file: that works where torch itself does not load.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import warnings
from pathlib import Path
from typing import Any

from engine.doctor import programs
from engine.doctor.check import Result, check, plural
from engine.doctor.fixes import machine
from engine.doctor.messages import explain

COMMAND_SECONDS = 8.0
_SEE_ABOVE = "see the checks above"


@check(
    "report", "torch's own environment report (torch.utils.collect_env).", failure="warning", fix=_SEE_ABOVE
)
def check_report(_root: Path) -> Result:
    return judge_report(*collect())


def collect() -> tuple[str, list[str]]:
    """The report, and the commands that did not answer in time. Raises RuntimeError where torch has no report."""
    spec = importlib.util.find_spec("torch")
    path = Path(spec.origin or "").parent / "utils" / "collect_env.py" if spec else None
    if path is None:
        raise RuntimeError("torch is not installed, and its environment report with it")
    located = importlib.util.spec_from_file_location("vitsdeck_collect_env", path)
    if not path.is_file() or located is None or located.loader is None:
        raise RuntimeError(f"this torch has no environment report ({path.name})")
    hung: list[str] = []

    def run(command: Any) -> tuple[int, str, str]:
        words = command if isinstance(command, str) else " ".join(command)
        if words.split(" ")[0] in [
            one.split(" ")[0] for one in hung
        ]:  # it is asked several things; once is enough
            return 1, "", "no answer to an earlier question"
        output = programs.run(command, COMMAND_SECONDS)
        if output.is_hung:
            hung.append(words)
            return 1, "", f"no answer within {COMMAND_SECONDS:g} s"
        return (1 if output.code is None else output.code), output.out.strip(), output.err.strip()

    module = importlib.util.module_from_spec(located)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        located.loader.exec_module(module)
        module.run = run  # type: ignore[attr-defined]
        return module.get_pretty_env_info(), hung


def judge_report(text: str, hung: list[str]) -> Result:
    """The report, and what did not answer while it was made."""
    lines = text.count("\n") + 1
    if hung:
        first = hung[0].split()[0].rpartition("/")[2]
        more = f" and {plural(len(hung) - 1, 'other')}" if len(hung) > 1 else ""
        seen = f"{lines} lines, without what {first}{more} would say: no answer in time"
        return Result("report", "warning", seen, _SEE_ABOVE, text)
    known = explain(text, machine())
    note = f"; it says: {known[0]}" if known else ""
    return Result("report", "ok", f"torch's environment report, {lines} lines{note}", "", text)
