"""doctor: is this machine fit to train, and if not, what fixes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import InputError
from engine.files import atomic
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json


def doctor(
    json: Json = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Write a bug report here; secrets are masked."))
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
                for row in result.rows():
                    tell(row)
    if report is not None:
        try:
            atomic.write_text(report, doctors.compose(doctors.in_order(results)))
        except OSError as error:
            what = _("cannot be written ({strerror})").format(strerror=error.strerror)
            raise InputError(what, path=report, fix=_("choose another file")) from None
        say(
            _("the report is {shortest}; look through it before you send it").format(
                shortest=here.shortest(report)
            )
        )
    if json:
        tell_json(doctors.as_json(results))
    else:
        tell(f"{doctors.overall(results)}: {doctors.summary(results)}")
    return EXIT_PARTLY if doctors.overall(results) == "fail" else 0
