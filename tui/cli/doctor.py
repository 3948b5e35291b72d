"""doctor: is this machine fit to train, and if not, what fixes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import InputError
from tui.cli import here
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.doctor import Result

_NAME_CELLS, _VERDICT_CELLS = 10, 14


def doctor(
    json: Json = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a bug report here; secrets are masked.")
    ] = None,
) -> int:
    """Check what training and speaking need, and say how to fix what is missing."""
    from engine import doctor as doctors

    place = here.maybe_workspace()
    results = []
    with doctors.Examination(place.root if place else Path.cwd()) as answers:
        for result in answers:
            results.append(result)
            if not json:
                _tell(result)
    if report is not None:
        _write(report, doctors.compose(doctors.in_order(results)))
    if json:
        tell_json(doctors.as_json(results))
    else:
        tell(f"{doctors.overall(results)}: {doctors.summary(results)}")
    return EXIT_PARTLY if doctors.overall(results) == "fail" else 0


def _tell(result: Result) -> None:
    """A row as soon as it is known: verdict, name, what was seen, and below it the fix."""
    tell(f"{result.verdict:{_VERDICT_CELLS}}  {result.name:{_NAME_CELLS}}  {result.seen}")
    if result.fix:
        tell(f"{'':{_VERDICT_CELLS}}  {'':{_NAME_CELLS}}  -> {result.fix}")


def _write(path: Path, text: str) -> None:
    from engine.files import atomic

    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", path=path, fix="choose another file"
        ) from None
    say(f"the report is {here.shortest(path)}; look through it before you send it")
