"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine.i18n import _

_LISTS = _("Filelists of path|text or path|speaker|text; the workspace's.")
_CONFIG = _("The voice's config: a file, or its name in configs/.")
_OWN_CONFIG = _("A config of your own; without it the workspace's lists and voice.json.")
_LANGUAGE = _("What the texts are written in, as de, where they are taken for another language.")
_CLUSTER = _("A dask cluster: dask://127.0.0.1:PORT, or tls://HOST:PORT.")
_WORKERS = _("How many at the same time; 0: one a core.")
_DRY_RUN = _("Only say what it would do.")
_LEDGER = _("The ledger; the one in your data folder when left out.")

Lists = Annotated[list[Path] | None, Argument(metavar="FILELIST...", help=_LISTS)]
ConfigName = Annotated[str | None, Option("--config", "-c", help=_CONFIG)]
OwnConfig = Annotated[str | None, Option("--config", "-c", help=_OWN_CONFIG)]
TextLanguage = Annotated[str | None, Option(help=_LANGUAGE)]
Cluster = Annotated[str | None, Option("--executor", metavar="ADDRESS", help=_CLUSTER)]
Workers = Annotated[int | None, Option(min=0, help=_WORKERS)]
Name = Annotated[str, Argument(metavar="NAME", help=_("The run's name, a folder in logs/."))]
Yes = Annotated[bool, Option("--yes", "-y", help=_("Do not ask."))]
DryRun = Annotated[bool, Option("--dry-run", help=_DRY_RUN)]
LedgerFile = Annotated[Path | None, Option("--ledger", help=_LEDGER)]
Json = Annotated[bool, Option("--json", help=_("Print one JSON object."))]
