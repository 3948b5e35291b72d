"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.i18n import _

Lists = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILELIST...", help=_("Filelists of path|text or path|speaker|text; the workspace's.")
    ),
]
ConfigName = Annotated[
    str | None, typer.Option("--config", "-c", help=_("The voice's config: a file, or its name in configs/."))
]
OwnConfig = Annotated[
    str | None,
    typer.Option(
        "--config", "-c", help=_("A config of your own; without it the workspace's lists and voice.json.")
    ),
]
TextLanguage = Annotated[
    str | None,
    typer.Option(help=_("What the texts are written in, as de, where they are taken for another language.")),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--executor", metavar="ADDRESS", help=_("A dask cluster: dask://127.0.0.1:PORT, or tls://HOST:PORT.")
    ),
]
Workers = Annotated[int | None, typer.Option(min=0, help=_("How many at the same time; 0: one a core."))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The run's name, a folder in logs/."))]
Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON object."))]
