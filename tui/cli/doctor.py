"""doctor: is this machine fit to train, and if not, what mends it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import InputError
from tui.cli import here
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.doctor import Check

_NAME_CELLS, _VERDICT_CELLS = 10, 14


def doctor(
    json: Json = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a bug report here; secrets are masked.")
    ] = None,
) -> int:
    """Check what training and speaking need, and say how to mend what is missing."""
    from engine import doctor as doctors

    place = here.maybe_workspace()
    checks = []
    with doctors.Examination(place.root if place else Path.cwd()) as answers:
        for check in answers:
            checks.append(check)
            if not json:
                _tell(check)
    if report is not None:
        _write(report, doctors.compose(doctors.in_order(checks)))
    if json:
        tell_json(doctors.as_json(checks))
    else:
        tell(f"{doctors.overall(checks)}: {doctors.summary(checks)}")
    return EXIT_PARTLY if doctors.overall(checks) == "fail" else 0


def _tell(check: Check) -> None:
    """A row as soon as it is known: verdict, name, what was seen, and below it what mends it."""
    tell(f"{check.verdict:{_VERDICT_CELLS}}  {check.name:{_NAME_CELLS}}  {check.seen}")
    if check.fix:
        tell(f"{'':{_VERDICT_CELLS}}  {'':{_NAME_CELLS}}  -> {check.fix}")


def _write(path: Path, text: str) -> None:
    from engine.files import atomic

    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", path=path, fix="choose another file"
        ) from None
    say(f"the report is {here.shortest(path)}; look through it before you send it")
