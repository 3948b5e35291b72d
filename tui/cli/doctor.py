"""The command doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from engine import doctor as doctors
from engine.errors import cannot_write
from engine.files import atomic
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import EXIT_PARTLY, echo, echo_json, notify


def doctor(
    json: Json = False,
    report: Annotated[
        Path | None, Option(metavar="FILE", help=_("Write a bug report here; secrets are masked."))
    ] = None,
) -> int:
    """Check what training and speaking need, and how to fix what is missing."""
    workspace = here.maybe_workspace()
    results = []
    with doctors.Examination(workspace.root if workspace else Path.cwd()) as answers:
        for result in answers:
            results.append(result)
            if not json:
                for row in result.rows():
                    echo(row)
    if report is not None:
        try:
            atomic.write_text(report, doctors.compose(doctors.in_order(results)))
        except OSError as error:
            raise cannot_write(error, report, _("choose another file")) from None
        path = here.shortest(report)
        notify(_("the report is {path}; look through it before you send it").format(path=path))
    if json:
        echo_json(doctors.as_json(results))
    else:
        echo(f"{doctors.overall(results)}: {doctors.summary(results)}")
    return EXIT_PARTLY if doctors.overall(results) == "fail" else 0
