"""What a check is, and what it answers. To add one, write one function in a file of `engine/doctor/checks`:

    @check("gloo", "A sum over two processes.", seconds=90, fix="sudo ip link set lo up")
    def check_gloo(root: Path) -> Result:
        return judge_sum("gloo", add_up("gloo", 2))

It runs in a process of its own, with a time limit: import heavy libraries inside it, and let exceptions pass, they
become its answer. Keep the verdict a pure function of what was measured, so that tests can hand it recorded facts.
"""

from __future__ import annotations

import subprocess
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from engine.doctor.fixes import Facts, machine
from engine.doctor.messages import explain
from engine.i18n import _

Verdict = Literal["ok", "warning", "fail", "not applicable"]
VERDICTS: tuple[Verdict, ...] = ("ok", "warning", "fail", "not applicable")

_KEPT_CHARACTERS = 8000  # of a traceback
_HUNG_FIX = "look for a disk or driver that hangs: df -h; sudo dmesg | tail   (then: sudo reboot)"
_DEFECT = "this is a defect of vitsdeck; send the output of: vitsdeck doctor --report FILE"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of one check.

    Attributes:
        seen: what was found, a sentence.
        fix: the command that fixes it, or a sentence; empty where nothing needs to be done.
        details: all that was found, any number of lines.
        seconds: how long the check took.
    """

    name: str
    verdict: Verdict
    seen: str
    fix: str = ""
    details: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def rows(self) -> list[str]:
        """The answer as text: verdict, name, what was seen, and below it the fix."""
        row = f"{self.verdict:14}  {self.name:10}  {self.seen}"
        return [row, f"{'':26}  -> {self.fix}"] if self.fix else [row]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        about: what it is for, a sentence.
        look: measures and judges, given the folder that is checked.
        seconds: time limit; a check that takes longer is ended.
        failure: the verdict when it raises, crashes or exceeds its limit.
        fix: what to try when it raises something that `messages` does not know.
    """

    name: str
    about: str
    look: Callable[[Path], Result]
    seconds: float
    failure: Verdict
    fix: str

    def run(self, root: Path) -> Result:
        """The answer, whatever the libraries do short of ending this process."""
        try:
            return self.look(root)
        except subprocess.TimeoutExpired as error:  # a program that the check asked
            return self.hung(error.timeout)
        except Exception as error:  # noqa: BLE001 - what a library raises while it loads is what we want to know
            return self.failed(describe(error), traceback.format_exc())

    def failed(self, error: str, details: str = "", facts: Facts | None = None) -> Result:
        """The answer where the check itself failed: what the error means if known, else its first line."""
        seen, fix = explain(f"{error}\n{details}", facts or machine()) or (error.splitlines()[0], self.fix)
        return Result(self.name, self.failure, seen, fix, (details or error)[-_KEPT_CHARACTERS:])

    def hung(self, seconds: float | None = None) -> Result:
        """The answer where a time limit, the check's own if none is given, was exceeded."""
        seen = _("no answer within {seconds:g} s").format(seconds=seconds or self.seconds)
        return Result(self.name, self.failure, seen, _HUNG_FIX)


def check(
    name: str, about: str, *, seconds: float = 120.0, failure: Verdict = "fail", fix: str = _DEFECT
) -> Callable[[Callable[[Path], Result]], Check]:
    """Make a function a check. The default limit leaves torch time to load from a cold network disk."""
    return lambda look: Check(name, about, look, seconds, failure, fix)


def describe(error: BaseException) -> str:
    """An error and what caused it, a line or more each."""
    parts: list[str] = []
    each: BaseException | None = error
    while each is not None and len(parts) < 5:
        parts.append(f"{type(each).__name__}: {each}".strip())
        each = each.__cause__ or each.__context__
    return "\n".join(parts)
