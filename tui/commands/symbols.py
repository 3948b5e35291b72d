"""symbols: which symbols the lists of a config need, and storing them in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui import words
from tui.commands import here
from tui.commands.output import EXIT_PARTLY, say, tell, tell_json
from tui.commands.training import Json

if TYPE_CHECKING:
    from engine.config import Config

MOST_SHOWN = 12


def symbols(
    config: Annotated[
        str, typer.Option("--config", "-c", help="The config: a file, or its name in configs/.")
    ],
    store: Annotated[
        bool, typer.Option("--store", help="Write the set that is needed into the config.")
    ] = False,
    json: Json = False,
) -> int:
    """Name the symbols that a config's lists need and its table lacks, or store them in it."""
    from engine import config as configs
    from engine.text import symbol_sets

    path = _config_path(config)
    settings = configs.load(path)
    texts = _texts(settings)
    lacking = symbol_sets.missing(texts, settings.symbols)
    wanted = symbol_sets.extended(settings, texts)
    if store and wanted is not None:
        symbol_sets.store(path, wanted)
    if json:
        tell_json(
            {"config": path, "missing": lacking, "needed": wanted, "stored": store and wanted is not None}
        )
    elif wanted is None:
        tell(f"{path}: its {symbol_sets.name(settings.symbols)} hold all that its lists need")
    else:
        tell(f"{path}: lacks {described(lacking)}")
        if store:
            tell(f"{path}: stored {words.plural(len(wanted), 'symbol')}")
        else:
            say(f"store them with `vitsdeck symbols -c {config} --store`")
    return 0 if store or wanted is None else EXIT_PARTLY


def described(lacking: dict[str, int]) -> str:
    """Symbols and how often each stands there, most frequent first."""
    from engine.text.symbols import describe

    listed = sorted(lacking.items(), key=lambda item: -item[1])
    shown = [f"{describe(symbol)} {words.plural(count, 'time')}" for symbol, count in listed[:MOST_SHOWN]]
    more = len(listed) - MOST_SHOWN
    return ", ".join([*shown, f"and {more} more"] if more > 0 else shown)


def _config_path(given: str) -> Path:
    workspace = here.maybe_workspace()
    if Path(given).is_file() or workspace is None:
        return Path(given)
    return here.shortest(workspace.config_named(given))


def _texts(settings: Config) -> Sequence[str]:
    """The texts of both lists, cleaned."""
    from engine.data import filelist
    from engine.text.parallel import clean_lines

    workspace = here.maybe_workspace()
    root = workspace.root if workspace else Path()
    paths = dict.fromkeys(
        root / path for path in (settings.data.training_files, settings.data.validation_files)
    )
    texts = [entry.text for path in paths for entry in filelist.read(path)]
    return texts if settings.data.cleaned_text else clean_lines(texts, settings.data.text_cleaners)
