"""The command status."""

from __future__ import annotations

import os
from typing import Annotated

from typer import Option

from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo, echo_json
from tui.cli.runs.status_line import changes, facts, line


def status(
    plain: Annotated[
        bool,
        Option("--plain", help=_("Stay, and print a line for each change, as for a screen reader or a log.")),
    ] = False,
    json: Json = False,
) -> int:
    """Say in one line how the run of this workspace is, as for a status bar."""
    here.workspace_of_runs()
    folder = os.getcwd()  # noqa: PTH109
    if json:
        echo_json(facts(folder) | {"line": line(folder)})
        return 0
    for each in changes(folder) if plain else [line(folder) or ""]:
        echo(each)
    return 0
