"""convert, split, preprocess: from a folder of recordings to filelists that training reads."""

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
from tui.app import words
from tui.cli import here
from tui.cli.dataset import Where
from tui.cli.output import EXIT_PARTLY, say, tell, tell_json
from tui.cli.progress import Progress
from tui.cli.symbols import described
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.dataset.lists.filelist import Entry

MOST_DETAILS = 20


def convert(
    in_path: Annotated[
        Path | None,
        typer.Option(
            "--in_path",
            help="The recordings: wav, flac, ogg, mp3 and others, in any sub-folder; the workspace's recordings/.",
        ),
    ] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out_path", help="Where they go; the workspace's wavs/.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="Samples a second; the workspace's setting, else 22050.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="How many at the same time; 0: one a core.")
    ] = None,
    executor: Where = None,
    json: Json = False,
) -> int:
    """Convert recordings to mono 16-bit wav at one rate; skips what is up to date."""
    from engine.audio.convert import convert_folder
    from engine.jobs.executor import workers as hire

    workspace = here.maybe_workspace()
    if in_path is None:
        in_path = workspace.root / "recordings" if workspace else Path("recordings")
        if not in_path.is_dir():
            raise InputError("no recordings are named", fix="type `vitsdeck convert --in_path FOLDER`")
    settings = here.settings()
    with Progress("converting", "file") as progress, contextlib.ExitStack() as stack:
        report = convert_folder(
            in_path,
            out_path or _audio_dir(),
            settings.rate if rate is None else rate,
            (settings.workers if workers is None else workers) or None,
            progress.update,
            executor=stack.enter_context(hire(executor)) if executor else None,
        )
    if json:
        tell_json(
            {
                "converted": report.converted,
                "skipped": report.skipped,
                "failed": [{"path": bad.path, "reason": bad.reason} for bad in report.failed],
                "clipped": {str(path): count for path, count in report.clipped.items()},
                "found": {str(path): dataclasses.asdict(each) for path, each in report.found.items()},
                "warnings": report.warnings,
                "ignored": report.ignored,
                "audio_seconds": report.audio_seconds,
            }
        )
    done = words.plural(len(report.converted), "file")
    say(
        f"converted {done} ({words.duration(report.audio_seconds)} of audio), {report.skipped:,} were up to date"
    )
    for warning in report.warnings:
        say(f"warning: {warning}")
    for bad in report.failed:
        say(f"error: {bad.path}: {bad.reason}")
    return EXIT_PARTLY if report.failed else 0


def split(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="A list of texts, as path|text, or a folder of recordings with their texts.",
        ),
    ],
    out_dir: Annotated[Path | None, typer.Option("--out_dir", help="Where the lists go; filelists/.")] = None,
    ratios: Annotated[str | None, typer.Option(help="Per cent of train, val and test, as 70,25,5.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same split.")] = None,
    audio: Annotated[
        Path | None, typer.Option(help="The converted clips; the workspace's wavs/ if it has them.")
    ] = None,
    group: Annotated[
        str,
        typer.Option(help="What never crosses lists: speaker, source, sentence (several: a,b), or none."),
    ] = "sentence",
    anew: Annotated[
        bool, typer.Option(help="Divide all clips again, also those that are in lists already.")
    ] = False,
    language: Annotated[
        str,
        typer.Option(help="What the texts are written in, as de, where they are taken for another language."),
    ] = "",
    stratify: Annotated[bool | None, typer.Option(hidden=True)] = None,
    json: Json = False,
) -> int:
    """Divide a corpus into train.txt, val.txt and test.txt; clips that are in lists already stay where they are."""
    from engine.dataset.lists.open_dataset import split_corpus
    from engine.dataset.split import SplitSettings, parse_group, parse_ratios
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
    entries = _with_audio(manifest, given, _audio_dir())
    if workspace is not None and not language:
        refuse_other_language([entry.text for entry in entries], workspace.language, manifest)
    report = split_corpus(entries, target, wanted, Path.cwd(), anew=anew)
    if stratify is not None:
        say(
            "warning: --stratify does nothing any more: lists are filled by the seed, every speaker first in train"
        )
    if report.kept:
        say(f"{words.plural(report.kept, 'clip')} stay in their lists; --anew divides all again")
    if report.other_texts:
        others = words.plural(report.other_texts, "clip")
        say(f"warning: {others} with another text in {manifest}: the lists keep theirs")
    if unlike := _unlike(list(report.clips.values()), wanted.ratios):
        say(f"warning: {unlike}")
    files = [here.shortest(path) for path in report.files]
    if json:
        tell_json({"files": files, "clips": report.clips, "added": report.added, "kept": report.kept})
        return 0
    for path, count in zip(files, report.clips.values(), strict=True):
        tell(f"{path}: {words.plural(count, 'clip')}")
    return 0


def _unlike(sizes: list[int], ratios: Sequence[float]) -> str:
    """How far lists are from their ratios, as a clause; "" where nobody would wonder."""
    from engine.dataset.split import counts

    total = sum(sizes)
    if all(
        abs(size - due) <= max(1, total / 50) for size, due in zip(sizes, counts(total, ratios), strict=True)
    ):
        return ""
    found = ", ".join(f"{100 * size / total:.1f}" for size in sizes)
    asked = ",".join(f"{ratio:g}" for ratio in ratios)
    return f"the lists hold {found} per cent of the clips, not {asked}: clips that stay together are too many"


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
        typer.Option("--filelists", help="The lists to clean, several may follow; the workspace's."),
    ] = None,
    text_index: Annotated[
        int | None, typer.Option("--text_index", help="Column of the text, counted from 0; the last.")
    ] = None,
    text_cleaners: Annotated[
        list[str] | None, typer.Option("--text_cleaners", help="Their names; those of the language.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="What the texts are written in, as de; the workspace's.")
    ] = None,
    normalise: Annotated[
        bool | None,
        typer.Option(
            "--normalise/--no-normalise",
            help="Write numbers, dates, signs and abbreviations as words first; as the workspace says.",
        ),
    ] = None,
    out_extension: Annotated[
        str, typer.Option("--out_extension", help="LIST becomes LIST.this.")
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
    filelists = filelists or here.usual_lists()
    with Progress("cleaning", "line") as progress, contextlib.ExitStack() as stack:
        crew = stack.enter_context(hire(executor)) if executor else None
        reports = clean(
            filelists,
            text_index,
            cleaners,
            out_extension,
            progress.update,
            symbols=symbols,
            words=pronunciations.around(workspace.root, cleaners),
            executor=crew,
            any_language=language is not None,
        )
    if json:
        names = ("source", "target", "lines", "unknown", "unread")
        tell_json({"lists": [{name: getattr(each, name) for name in names} for each in reports]})
    for each in reports:
        if not json:
            tell(f"{each.target}: {words.plural(each.lines, 'line')}")
        if each.unread:
            say(f"warning: {each.source}: these are read as nothing; write them as words")
            for line in _where(each.unread):
                say(f"  {line}")
        if each.unknown:
            say(f"warning: {each.target}: the voice's {symbol_sets.name(symbols)} lack")
            say(f"  {described(each.unknown)}")
    if any(each.unknown for each in reports):
        say("add them with `vitsdeck symbols --store`; for a config of your own name it with -c")
    return 0


def _where(unread: dict[str, list[int]]) -> list[str]:
    """Characters with the lines that they stand in, those in most lines first."""
    from engine.text.rows import shortened
    from engine.text.symbols import describe

    listed = sorted(unread.items(), key=lambda item: -len(item[1]))
    return shortened(
        [
            f"{describe(character)} in line{'s' * (len(lines) > 1)} {', '.join(shortened(list(map(str, lines))))}"
            for character, lines in listed
        ]
    )


def _audio_dir() -> Path:
    """Where converted recordings are: in the workspace, or `wavs` here."""
    workspace = here.maybe_workspace()
    return workspace.audio_dir if workspace else Path("wavs")


def _with_audio(manifest: Path, given: Path | None, usual: Path) -> list[Entry]:
    """The manifest's clips. A folder that was given must have them all; the usual one is only looked into first."""
    from engine.dataset.lists.converted import use_converted
    from engine.dataset.lists.layouts import recognise

    folder = here.shortest(given or usual)
    corpus = recognise(manifest, language=here.workspace_or_folder().language.code)
    say(f"{manifest}: {corpus.layout}")
    entries, missing = use_converted(corpus.entries, corpus.folder, folder)
    absent = missing if given is not None else [entry for entry in missing if not Path(entry.path).is_file()]
    if absent:
        what = f"no audio for {absent[0].path}"
        if len(absent) > 1:
            what += f", nor for {words.plural(len(absent) - 1, 'other clip')}"
        places = f"{folder}" if given is not None else f"{folder} and beside the manifest"
        details = [f"{manifest}:{entry.line}: {entry.path}" for entry in absent[1:MOST_DETAILS]]
        fix = f"looked in {places}; convert the recordings first, or name their folder with --audio"
        raise InputError(what, path=manifest, line=absent[0].line, fix=fix, details=details)
    return entries
