"""Which checkpoint of a run speaks, the best, the newest or that of a step, and with which runtime and precision.

Without numpy and torch: the dashboard offers them too.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import InputError
from engine.i18n import _
from engine.runs import best
from engine.runs.best import BEST, NEWEST
from engine.runs.checkpoints import candidates

AUTO = "auto"
RUNTIMES = (AUTO, "torch", "onnx")
PRECISIONS = (AUTO, "fp32", "bf16", "int8")
OF_RUNTIME = {"torch": (AUTO, "fp32", "bf16"), "onnx": (AUTO, "fp32", "int8")}


def choose(folder: Path, which: str = "") -> tuple[Path, str]:
    """The generator's file of a run folder, and a line that says which one it is.

    Args:
        which: "best", "newest" or a step; "" is the best where there is one, else the newest.
    Raises:
        InputError: there is no such run, or no such checkpoint.
    """
    best_one = best.find(folder)
    if best_one is not None and which in ("", BEST):
        return best_one.path, _("speaking with the best checkpoint, {best}").format(best=best_one)
    there = {one.step: one.generator for one in candidates(folder) if one.generator.exists()}
    if not there:
        what = _("no checkpoint yet") if folder.exists() else _("no such run")
        raise InputError(what, path=folder, fix=_("train first, or wait for the run's next validation"))
    if which == BEST:
        fix = _("wait for the run's next validation, or speak with the newest")
        raise InputError(_("no best checkpoint yet"), path=folder, fix=fix)
    if which in ("", NEWEST):
        step = max(there)
        return there[step], _("speaking with the newest checkpoint, step {step}").format(step=step)
    if best_one is not None:
        there.setdefault(best_one.step, best_one.path)
    if not which.isdecimal() or int(which) not in there:
        steps = ", ".join(map(str, sorted(there)))
        fix = _("choose best, newest or one of {steps}").format(steps=steps)
        raise InputError(_("there is no checkpoint {which}").format(which=which), path=folder, fix=fix)
    return there[int(which)], _("speaking with the checkpoint of step {step}").format(step=int(which))


def check_runtime(runtime: str, precision: str) -> None:
    """Raises InputError: no such name, or a runtime that has not this precision."""
    for word, known, name in ((runtime, RUNTIMES, "runtime"), (precision, PRECISIONS, "precision")):
        if word not in known:
            what = _("there is no {name} {word}").format(name=name, word=word)
            raise InputError(what, fix=_("choose one of {names}").format(names=", ".join(known)))
    if runtime != AUTO and precision not in OF_RUNTIME[runtime]:
        what = _("{runtime} has no precision {precision}").format(runtime=runtime, precision=precision)
        fix = _("choose one of {names}").format(names=", ".join(OF_RUNTIME[runtime]))
        raise InputError(what, fix=fix)
