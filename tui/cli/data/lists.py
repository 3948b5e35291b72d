"""split, preprocess, symbols, speakers: filelists that training reads, and the tables that their texts need."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from engine.errors import InputError
from engine.i18n import _, plural
from tui.cli import here
from tui.cli.data.dataset import seen_from_root
from tui.cli.options import ConfigName, Json, Lists, OwnConfig, TextLanguage, Where
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress

if TYPE_CHECKING:
    from engine.config import Config
    from engine.dataset.lists.filelist import Entry
    from engine.workspace import Workspace

MOST_DETAILS = 20
MOST_SYMBOLS = 12


def split(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help=_("A list of texts, as path|text, or a folder of recordings with their texts."),
        ),
    ],
    out_dir: Annotated[
        Path | None, typer.Option("--out_dir", help=_("Where the lists go; filelists/."))
    ] = None,
    ratios: Annotated[
        str | None, typer.Option(help=_("Per cent of train, val and test, as 70,25,5."))
    ] = None,
    seed: Annotated[int | None, typer.Option(help=_("The same seed gives the same split."))] = None,
    audio: Annotated[
        Path | None, typer.Option(help=_("The converted clips; the workspace's wavs/ if it has them."))
    ] = None,
    group: Annotated[
        str,
        typer.Option(help=_("What never crosses lists: speaker, source, sentence (several: a,b), or none.")),
    ] = "sentence",
    anew: Annotated[
        bool, typer.Option(help=_("Divide all clips again, also those that are in lists already."))
    ] = False,
    language: TextLanguage = None,
    json: Json = False,
) -> int:
    """Divide a corpus into train.txt, val.txt and test.txt; clips that are in lists already stay where they are."""
    from engine.dataset.lists.open_dataset import split_corpus
    from engine.dataset.split import SplitSettings, far_from, parse_group, parse_ratios
    from engine.text.language_check import refuse_other_language

    workspace = here.maybe_workspace()
    settings = here.settings()
    wanted = SplitSettings(
        parse_ratios(settings.ratios if ratios is None else ratios),
        settings.seed if seed is None else seed,
        parse_group(group),
    )
    target = here.plain(out_dir or (workspace.filelists_dir if workspace else Path("filelists")))
    given = None if audio is None else here.plain(audio)
    if workspace is not None:  # filelists name clips as seen from the workspace
        manifest = here.inside(manifest, workspace.root)
        os.chdir(workspace.root)
    entries = _with_audio(manifest, given)
    if workspace is not None and not language:
        refuse_other_language([entry.text for entry in entries], workspace.language, manifest)
    report = split_corpus(entries, target, wanted, Path.cwd(), anew=anew)
    if report.kept:
        say(
            _("{clips} stay in their lists; --anew divides all again").format(
                clips=plural("{n:,} clip", "{n:,} clips", report.kept)
            )
        )
    if report.other_texts:
        others = plural("{n:,} clip", "{n:,} clips", report.other_texts)
        say(
            _("warning: {others} with another text in {manifest}: the lists keep theirs").format(
                others=others, manifest=manifest
            )
        )
    if far := far_from(wanted.ratios, list(report.clips.values())):
        say(_("warning: {far}: clips that stay together are too many").format(far=far))
    files = [here.shortest(path) for path in report.files]
    if json:
        tell_json({"files": files, "clips": report.clips, "added": report.added, "kept": report.kept})
        return 0
    for path, count in zip(files, report.clips.values(), strict=True):
        tell(f"{path}: " + plural("{n:,} clip", "{n:,} clips", count))
    return 0


def _with_audio(manifest: Path, given: Path | None) -> list[Entry]:
    """The manifest's clips. A folder that was given must have them all; the usual one is only looked into first."""
    from engine.dataset.lists.converted import use_converted
    from engine.dataset.lists.layouts import recognise

    folder = here.shortest(given or here.audio_dir())
    corpus = recognise(manifest, language=here.workspace_or_folder().language.code)
    say(f"{manifest}: {corpus.layout}")
    entries, missing = use_converted(corpus.entries, corpus.folder, folder)
    absent = missing if given is not None else [entry for entry in missing if not Path(entry.path).is_file()]
    if absent:
        what = _("no audio for {path}").format(path=absent[0].path)
        if len(absent) > 1:
            what += _(", nor for {other}").format(
                other=plural("{n:,} other clip", "{n:,} other clips", len(absent) - 1)
            )
        places = (
            f"{folder}" if given is not None else _("{folder} and beside the manifest").format(folder=folder)
        )
        details = [f"{manifest}:{entry.line}: {entry.path}" for entry in absent[1:MOST_DETAILS]]
        fix = _("looked in {places}; convert the recordings first, or name their folder with --audio").format(
            places=places
        )
        raise InputError(what, path=manifest, line=absent[0].line, fix=fix, details=details)
    return entries


class ManyValues(TyperCommand):
    """A command some of whose options take all the words that follow, as in the seed family: `--filelists A B`."""

    greedy = ("--filelists", "--text-cleaners")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each of its values, which is what the parser knows."""
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word.replace("_", "-") in self.greedy else ""
                spread += [] if option else [word]
            else:
                spread += [option, word] if option else [word]
        return super().parse_args(ctx, spread)


def preprocess(
    filelists: Annotated[
        list[Path] | None,
        typer.Option("--filelists", help=_("The lists to clean, several may follow; the workspace's.")),
    ] = None,
    text_index: Annotated[
        int | None, typer.Option("--text_index", help=_("Column of the text, counted from 0; the last."))
    ] = None,
    text_cleaners: Annotated[
        list[str] | None, typer.Option("--text_cleaners", help=_("Their names; those of the language."))
    ] = None,
    language: Annotated[
        str | None, typer.Option(help=_("What the texts are written in, as de; the workspace's."))
    ] = None,
    normalise: Annotated[
        bool | None,
        typer.Option(
            "--normalise/--no-normalise",
            help=_("Write numbers, dates, signs and abbreviations as words first; as the workspace says."),
        ),
    ] = None,
    out_extension: Annotated[
        str, typer.Option("--out_extension", help=_("LIST becomes LIST.this."))
    ] = "cleaned",
    executor: Where = None,
    json: Json = False,
) -> int:
    """Clean the texts of filelists: LIST becomes LIST.cleaned."""
    from engine import presets
    from engine.jobs.executor import workers as hire
    from engine.text import pronunciations, symbol_sets
    from engine.text.preprocess import preprocess as clean

    workspace = here.workspace_or_folder()
    if language:
        workspace = workspace.in_language(language)
    cleaners = tuple(text_cleaners or workspace.cleaners)
    symbols = presets.symbols_for(workspace, cleaners)
    cleaners = workspace.cleaning_by(cleaners, normalise=normalise)
    with Progress("cleaning", "lines") as progress, contextlib.ExitStack() as stack:
        reports = clean(
            filelists or here.usual_lists(),
            text_index,
            cleaners,
            out_extension,
            progress.update,
            symbols=symbols,
            words=pronunciations.around(workspace.root, cleaners),
            executor=stack.enter_context(hire(executor)) if executor else None,
            any_language=language is not None,
        )
    if json:
        names = ("source", "target", "lines", "unknown", "unread")
        tell_json({"lists": [{name: getattr(each, name) for name in names} for each in reports]})
    for each in reports:
        if not json:
            tell(f"{each.target}: " + plural("{n:,} line", "{n:,} lines", each.lines))
        if each.unread:
            say(
                _("warning: {source}: these are read as nothing; write them as words").format(
                    source=each.source
                )
            )
            for line in _where(each.unread):
                say(f"  {line}")
        if each.unknown:
            say(
                _("warning: {target}: the voice's {name} lack").format(
                    target=each.target, name=symbol_sets.name(symbols)
                )
            )
            say(f"  {_counted(each.unknown)}")
    if any(each.unknown for each in reports):
        say(_("add them with `vitsdeck symbols --store`; for a config of your own name it with -c"))
    return 0


def _where(unread: dict[str, list[int]]) -> list[str]:
    """Characters with the lines that they are in, those in most lines first."""
    from engine.text.rows import shortened
    from engine.text.symbols import describe

    said = []
    for character, lines in sorted(unread.items(), key=lambda item: -len(item[1])):
        numbers = ", ".join(shortened(list(map(str, lines))))
        said.append(
            _("{describe} in line{number} {numbers}").format(
                describe=describe(character), number="s" * (len(lines) > 1), numbers=numbers
            )
        )
    return shortened(said)


def symbols(
    config: OwnConfig = None,
    store: Annotated[
        bool,
        typer.Option("--store", help=_("Write the set that is needed into voice.json, or into your config.")),
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
        tell(
            _("{file}: its {name} hold all that the lists need").format(
                file=file, name=symbol_sets.name(settings.symbols)
            )
        )
    else:
        tell(f"{file}: lacks {_counted(lacking)}")
        if store:
            tell(f"{file}: " + plural("stored {n:,} symbol", "stored {n:,} symbols", len(wanted)))
        else:
            say(
                _("store them with `vitsdeck symbols{detail} --store`").format(
                    detail=f" -c {config}" if config else ""
                )
            )
    return 0 if store or wanted is None else EXIT_PARTLY


def _counted(lacking: dict[str, int]) -> str:
    """Symbols and how often each is there, most frequent first."""
    from engine.text.symbols import describe

    listed = sorted(lacking.items(), key=lambda item: -item[1])
    shown = [
        f"{describe(symbol)} " + plural("{n:,} time", "{n:,} times", count)
        for symbol, count in listed[:MOST_SYMBOLS]
    ]
    more = len(listed) - MOST_SYMBOLS
    return ", ".join([*shown, f"and {more} more"] if more > 0 else shown)


def _texts(settings: Config, workspace: Workspace) -> Sequence[str]:
    """The texts of both lists, cleaned."""
    from engine.dataset.lists import filelist
    from engine.text.parallel import clean_lines

    names = dict.fromkeys((settings.data.training_files, settings.data.validation_files))
    texts = [entry.text for name in names for entry in filelist.read(workspace.root / name)]
    return texts if settings.data.cleaned_text else clean_lines(texts, settings.data.cleaning)


def speakers(
    filelists: Lists = None,
    config: ConfigName = None,
    write: Annotated[
        bool, typer.Option("--write", help=_("Keep the ids in voice.json, or in a config of your own."))
    ] = False,
    json: Json = False,
) -> int:
    """Show who speaks how much in filelists, and give each speaker an id."""
    from engine import presets
    from engine.dataset.speakers import name_speakers, of_lists, warnings

    voice = here.voice(config) if config or write else None
    lists, root = seen_from_root(filelists or here.usual_lists())
    census = of_lists(lists, root)
    tallies, faults = census.tallies, census.faults
    named, file = None, None
    if voice is not None:
        workspace, path, settings = voice
        named = name_speakers(settings, [each.name for each in tallies], nameless=census.nameless)
        file = here.shortest(presets.file_of(workspace, path))
        if write:
            if faults:
                raise InputError(faults[0], fix=_("correct the lists first"), details=faults[1:MOST_DETAILS])
            if named is settings and census.nameless:
                raise InputError(
                    _("there is no name to write"), path=lists[0], fix=_("write path|speaker|text")
                )
            presets.store(workspace, path, named)
            say(
                f"{file}: " + plural("{n:,} speaker named", "{n:,} speakers named", len(named.speakers or ()))
            )
    ids = {name: i for i, name in enumerate((named and named.speakers) or ())}
    if json:
        found = [dataclasses.asdict(each) | {"id": ids.get(each.name)} for each in tallies]
        tell_json({"speakers": found, "file": file, "warnings": warnings(tallies), "faults": faults})
        return EXIT_PARTLY if faults else 0
    for each in tallies:
        number = f"{ids[each.name]:>4}  " if each.name in ids else ""
        clips = plural("{n:,} clip", "{n:,} clips", each.clips)
        tell(f"{number}{each.name or '-'}  {clips}  {each.minutes:.1f} min  {100 * each.share:.0f} %")
    for warning in warnings(tallies):
        say(f"warning: {warning}")
    if census.unread:
        say(
            _("warning: {clips} cannot be read and counted as 0 minutes").format(
                clips=plural("{n:,} clip", "{n:,} clips", census.unread)
            )
        )
    for fault in faults[:MOST_DETAILS]:
        say(f"error: {fault}")
    if len(faults) > MOST_DETAILS:
        say(
            _("error: {other} like these").format(
                other=plural("{n:,} other line", "{n:,} other lines", len(faults) - MOST_DETAILS)
            )
        )
    return EXIT_PARTLY if faults else 0
