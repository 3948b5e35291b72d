"""symbols: which symbols the lists need, and storing them for the voice."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tui.app import words
from tui.cli import here
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.config import Config
    from engine.workspace import Workspace

MOST_SHOWN = 12


def symbols(
    config: Annotated[
        str | None,
        typer.Option(
            "--config", "-c", help="A config of your own; without it the workspace's lists and voice.json."
        ),
    ] = None,
    store: Annotated[
        bool,
        typer.Option("--store", help="Write the set that is needed into voice.json, or into your config."),
    ] = False,
    json: Json = False,
) -> int:
    """Name the symbols that the lists need and the voice's table lacks, or store them."""
    from engine import presets
    from engine.text import symbol_sets
    from engine.text.symbols import ENGLISH_178

    workspace, path, settings = here.voice(config)
    file = here.shortest(presets.file_of(workspace, path))
    texts = _texts(settings, workspace)
    lacking = symbol_sets.missing(texts, settings.symbols)
    wanted = symbol_sets.extended(settings, texts)
    if store:
        held = wanted or settings.symbols or ENGLISH_178
        presets.store(workspace, path, dataclasses.replace(settings, symbols=held))
    if json:
        stored = store and wanted is not None
        tell_json({"file": file, "missing": lacking, "needed": wanted, "stored": stored})
    elif wanted is None:
        tell(f"{file}: its {symbol_sets.name(settings.symbols)} hold all that the lists need")
    else:
        tell(f"{file}: lacks {described(lacking)}")
        if store:
            tell(f"{file}: stored {words.plural(len(wanted), 'symbol')}")
        else:
            say(f"store them with `vitsdeck symbols{f' -c {config}' if config else ''} --store`")
    return 0 if store or wanted is None else EXIT_PARTLY


def described(lacking: dict[str, int]) -> str:
    """Symbols and how often each stands there, most frequent first."""
    from engine.text.symbols import describe

    listed = sorted(lacking.items(), key=lambda item: -item[1])
    shown = [f"{describe(symbol)} {words.plural(count, 'time')}" for symbol, count in listed[:MOST_SHOWN]]
    more = len(listed) - MOST_SHOWN
    return ", ".join([*shown, f"and {more} more"] if more > 0 else shown)


def _texts(settings: Config, workspace: Workspace) -> Sequence[str]:
    """The texts of both lists, cleaned."""
    from engine.dataset.lists import filelist
    from engine.text.parallel import clean_lines

    paths = dict.fromkeys(
        workspace.root / path for path in (settings.data.training_files, settings.data.validation_files)
    )
    texts = [entry.text for path in paths for entry in filelist.read(path)]
    return texts if settings.data.cleaned_text else clean_lines(texts, settings.data.cleaning)
