"""The command init."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine import workspace as workspaces
from engine.config.settings import FILE_NAME
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo_json, notify


def init(
    folder: Annotated[Path, Argument(metavar="DIR", help=_("Where; made when missing."))] = Path(),
    language: Annotated[
        str | None, Option(help=_("What the recordings speak, as de or German; asked for, else en."))
    ] = None,
    json: Json = False,
) -> int:
    """Make a workspace with configs, filelists and an explained vitsdeck.toml."""
    made: list[Path] = []
    is_new = not (folder / FILE_NAME).exists()
    if language is None and is_new and here.is_terminal():
        with contextlib.suppress(EOFError):
            language = input(_("What do the recordings speak, as en, de or korean (Enter: en)? ")).strip()
    before = None if is_new else workspaces.find(folder)
    workspace = workspaces.init(folder, made.append, language=language)
    for path in made:
        here.notify_made(path)
    name = workspace.language.name
    if before is not None and before.language.name != name:
        text = _(
            "{path}: language changed from {old} to {new}; clean the lists again with `vitsdeck preprocess`"
        )
        notify(text.format(path=here.shortest(folder / FILE_NAME), old=before.language.name, new=name))
    if json:
        echo_json({"root": workspace.root, "made": made})
        return 0
    text = _("{root} is a workspace for {language} and has all that it needs")
    if made:
        text = _("{root} is ready for {language}; continue with `vitsdeck prepare RECORDINGS`")
    notify(text.format(root=workspace.root, language=name))
    return 0
