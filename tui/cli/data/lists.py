"""The commands speakers, preprocess and symbols: who speaks in filelists, and what their texts need."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typer import Option

from engine import presets
from engine.config import Config
from engine.dataset.lists import filelist
from engine.dataset.speakers import name_speakers, of_lists, warnings
from engine.errors import InputError
from engine.i18n import MOST_DETAILS, _, plural, shortened
from engine.jobs.executor import requested_workers
from engine.text import pronunciations, symbol_sets
from engine.text.parallel import clean_lines
from engine.text.preprocess import preprocess as clean
from engine.text.symbols import ENGLISH_178, describe
from engine.workspace import Workspace
from tui.cli import here
from tui.cli.data.check import seen_from_root
from tui.cli.options import Cluster, ConfigName, Json, Lists, OwnConfig
from tui.cli.output import EXIT_PARTLY, clips, echo, echo_json, error, notify, warn
from tui.cli.progress import Progress
from tui.cli.voice import voice

MOST_SYMBOLS = 12
_LISTS = _("The lists to clean, several may follow; the workspace's.")
_INDEX = _("Column of the text, counted from 0; the last.")
_NORMALISE = _("Write numbers, dates, signs and abbreviations as words first; as the workspace says.")


def preprocess(
    filelists: Annotated[list[Path] | None, Option("--filelists", help=_LISTS)] = None,
    text_index: Annotated[int | None, Option("--text_index", help=_INDEX)] = None,
    text_cleaners: Annotated[
        list[str] | None, Option("--text_cleaners", help=_("Their names; the language's."))
    ] = None,
    language: Annotated[str | None, Option(help=_("The texts' language, as de; the workspace's."))] = None,
    normalise: Annotated[bool | None, Option("--normalise/--no-normalise", help=_NORMALISE)] = None,
    out_extension: Annotated[str, Option("--out_extension", help=_("LIST becomes LIST.this."))] = "cleaned",
    executor: Cluster = None,
    json: Json = False,
) -> int:
    """Clean the texts of filelists: LIST becomes LIST.cleaned."""
    workspace = here.workspace_or_folder()
    if language:
        workspace = workspace.in_language(language)
    cleaners = tuple(text_cleaners or workspace.cleaners)
    symbols = presets.symbols_for(workspace, cleaners)
    cleaners = workspace.cleaning_by(cleaners, normalise=normalise)
    with Progress(_("cleaning"), _("lines")) as progress, requested_workers(executor) as pool:
        reports = clean(
            filelists or here.usual_lists(),
            text_index,
            cleaners,
            out_extension,
            progress.update,
            symbols=symbols,
            words=pronunciations.around(workspace.root, cleaners),
            executor=pool,
            any_language=language is not None,
        )
    if json:
        names = ("source", "target", "lines", "unknown", "unread")
        echo_json({"lists": [{name: getattr(each, name) for name in names} for each in reports]})
    for each in reports:
        if not json:
            echo(f"{each.target}: " + plural("{n:,} line", "{n:,} lines", each.lines))
        if each.unread:
            text = _("{list}: these are read as nothing; write them as words")
            warn(text.format(list=each.source))
            for line in _unread_lines(each.unread):
                notify(f"  {line}")
        if each.unknown:
            text = _("{list}: the voice's {symbols} lack")
            warn(text.format(list=each.target, symbols=symbol_sets.name(symbols)))
            notify(f"  {_counted(each.unknown)}")
    if any(each.unknown for each in reports):
        notify(_("add them with `vitsdeck symbols --store`; for a config of your own name it with -c"))
    return 0


def _unread_lines(unread: dict[str, list[int]]) -> list[str]:
    """Characters with the lines that they are in, those in most lines first."""
    texts = []
    for character, lines in sorted(unread.items(), key=lambda item: -len(item[1])):
        text = _("{character} in lines {numbers}") if len(lines) > 1 else _("{character} in line {numbers}")
        numbers = ", ".join(shortened(list(map(str, lines))))
        texts.append(text.format(character=describe(character), numbers=numbers))
    return shortened(texts)


def symbols(
    config: OwnConfig = None,
    store: Annotated[
        bool, Option("--store", help=_("Write the set that is needed into voice.json, or into your config."))
    ] = False,
    json: Json = False,
) -> int:
    """Name or store the symbols that the lists need and the voice lacks."""
    workspace, path, settings = voice(config)
    file = here.shortest(presets.file_of(workspace, path))
    texts = _cleaned_texts(settings, workspace)
    missing = symbol_sets.missing(texts, settings.symbols)
    needed = symbol_sets.extended(settings, texts)
    if store:
        stored = needed or settings.symbols or ENGLISH_178
        presets.store(workspace, path, dataclasses.replace(settings, symbols=stored))
    if json:
        is_stored = store and needed is not None
        echo_json({"file": file, "missing": missing, "needed": needed, "stored": is_stored})
    elif needed is None:
        text = _("{file}: its {symbols} hold all that the lists need")
        echo(text.format(file=file, symbols=symbol_sets.name(settings.symbols)))
    else:
        echo(_("{file}: lacks {symbols}").format(file=file, symbols=_counted(missing)))
        if store:
            count = plural("stored {n:,} symbol", "stored {n:,} symbols", len(needed))
            echo(_("{file}: {stored}").format(file=file, stored=count))
        else:
            command = " ".join(["vitsdeck symbols", *(["-c", config] if config else []), "--store"])
            notify(_("store them with `{command}`").format(command=command))
    return 0 if store or needed is None else EXIT_PARTLY


def _counted(symbols: dict[str, int]) -> str:
    """Symbols and how often each occurs, most frequent first."""
    listed = sorted(symbols.items(), key=lambda item: -item[1])
    shown = [
        f"{describe(symbol)} " + plural("{n:,} time", "{n:,} times", count)
        for symbol, count in listed[:MOST_SYMBOLS]
    ]
    if (more := len(listed) - MOST_SYMBOLS) > 0:
        shown.append(_("and {n:,} more").format(n=more))
    return ", ".join(shown)


def _cleaned_texts(settings: Config, workspace: Workspace) -> Sequence[str]:
    """The texts of both lists."""
    names = dict.fromkeys((settings.data.training_files, settings.data.validation_files))
    texts = [entry.text for name in names for entry in filelist.read(workspace.root / name)]
    return texts if settings.data.cleaned_text else clean_lines(texts, settings.data.cleaning)


def speakers(
    filelists: Lists = None,
    config: ConfigName = None,
    write: Annotated[
        bool, Option("--write", help=_("Keep the ids in voice.json, or in a config of your own."))
    ] = False,
    json: Json = False,
) -> int:
    """Show who speaks how much in filelists, and give each speaker an id."""
    found = voice(config) if config or write else None
    lists, root = seen_from_root(filelists or here.usual_lists())
    census = of_lists(lists, root)
    tallies, faults = census.tallies, census.faults
    named, file = None, None
    if found is not None:
        workspace, path, settings = found
        named = name_speakers(settings, [each.name for each in tallies], nameless=census.nameless)
        file = here.shortest(presets.file_of(workspace, path))
        if write and faults:
            raise InputError(faults[0], fix=_("correct the lists first"), details=faults[1:MOST_DETAILS])
        if write and named is settings and census.nameless:
            fix = _("write path|speaker|text")
            raise InputError(_("there is no name to write"), path=lists[0], fix=fix)
        if write:
            presets.store(workspace, path, named)
            count = len(named.speakers or ())
            notify(f"{file}: " + plural("{n:,} speaker named", "{n:,} speakers named", count))
    ids = {name: i for i, name in enumerate((named and named.speakers) or ())}
    if json:
        listed = [dataclasses.asdict(each) | {"id": ids.get(each.name)} for each in tallies]
        echo_json({"speakers": listed, "file": file, "warnings": warnings(tallies), "faults": faults})
        return EXIT_PARTLY if faults else 0
    for each in tallies:
        number = f"{ids[each.name]:>4}  " if each.name in ids else ""
        share = f"{each.minutes:.1f} min  {100 * each.share:.0f} %"
        echo(f"{number}{each.name or '-'}  {clips(each.clips)}  {share}")
    for warning in warnings(tallies):
        warn(warning)
    if census.unread:
        warn(_("{clips} cannot be read, counted as 0 minutes").format(clips=clips(census.unread)))
    for fault in shortened(faults):
        error(fault)
    return EXIT_PARTLY if faults else 0
