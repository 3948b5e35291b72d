"""The command split."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine.dataset.lists.converted import use_converted
from engine.dataset.lists.filelist import Entry
from engine.dataset.lists.layouts import recognise
from engine.dataset.lists.open_dataset import split_corpus
from engine.dataset.split import SplitSettings, far_from, parse_group, parse_ratios
from engine.errors import InputError
from engine.i18n import MOST_DETAILS, _, plural
from engine.text.language_check import refuse_other_language
from tui.cli import here
from tui.cli.options import Json, TextLanguage
from tui.cli.output import clips, echo, echo_json, notify, warn

_MANIFEST = _("A list of texts, as path|text, or a folder of recordings with their texts.")
_AUDIO = _("The converted clips; the workspace's wavs/ if it has them.")
_GROUP = _("What never crosses lists: speaker, source, sentence (several: a,b), or none.")


def split(
    manifest: Annotated[Path, Argument(metavar="MANIFEST", help=_MANIFEST)],
    out_dir: Annotated[Path | None, Option("--out_dir", help=_("Where the lists go; filelists/."))] = None,
    ratios: Annotated[str | None, Option(help=_("Per cent of train, val and test, as 70,25,5."))] = None,
    seed: Annotated[int | None, Option(help=_("The same seed gives the same split."))] = None,
    audio: Annotated[Path | None, Option(help=_AUDIO)] = None,
    group: Annotated[str, Option(help=_GROUP)] = "sentence",
    anew: Annotated[bool, Option(help=_("Divide clips that are in lists, too."))] = False,
    language: TextLanguage = None,
    json: Json = False,
) -> int:
    """Divide a corpus into train.txt, val.txt and test.txt.

    Clips that are in lists already stay where they are.
    """
    workspace = here.maybe_workspace()
    settings = here.settings()
    split_settings = SplitSettings(
        parse_ratios(settings.ratios if ratios is None else ratios),
        settings.seed if seed is None else seed,
        parse_group(group),
    )
    target = here.plain(out_dir or (workspace.filelists_dir if workspace else Path("filelists")))
    audio_dir = None if audio is None else here.plain(audio)
    if workspace is not None:  # filelists name clips as seen from the workspace
        manifest = here.inside(manifest, workspace.root)
        os.chdir(workspace.root)
    entries = _with_audio(manifest, audio_dir)
    if workspace is not None and not language:
        refuse_other_language([entry.text for entry in entries], workspace.language, manifest)
    report = split_corpus(entries, target, split_settings, Path.cwd(), anew=anew)
    if report.kept:
        kept = plural("{n:,} clip stays", "{n:,} clips stay", report.kept)
        notify(_("{clips} in the lists; --anew divides all again").format(clips=kept))
    if report.other_texts:
        text = _("{clips} with another text in {manifest}: the lists keep theirs")
        warn(text.format(clips=clips(report.other_texts), manifest=manifest))
    if far := far_from(split_settings.ratios, list(report.clips.values())):
        warn(_("{difference}: clips that stay together are too many").format(difference=far))
    files = [here.shortest(path) for path in report.files]
    if json:
        echo_json({"files": files, "clips": report.clips, "added": report.added, "kept": report.kept})
        return 0
    for path, count in zip(files, report.clips.values(), strict=True):
        echo(f"{path}: {clips(count)}")
    return 0


def _with_audio(manifest: Path, audio_dir: Path | None) -> list[Entry]:
    """The manifest's clips, with their converted recordings where there are some.

    A folder that was given must have them all.
    """
    folder = here.shortest(audio_dir or here.audio_dir())
    corpus = recognise(manifest, language=here.workspace_or_folder().language.code)
    notify(f"{manifest}: {corpus.layout}")
    entries, missing = use_converted(corpus.entries, corpus.folder, folder)
    if audio_dir is None:
        missing = [entry for entry in missing if not Path(entry.path).is_file()]
    if not missing:
        return entries
    fix = _("looked in {folder}; convert the recordings first, or name their folder with --audio")
    if audio_dir is None:
        fix = _(
            "looked in {folder} and beside the manifest; convert the recordings first, or name their folder with "
            "--audio"
        )
    raise InputError(
        plural("no audio for {n:,} clip", "no audio for {n:,} clips", len(missing)),
        path=manifest,
        line=missing[0].line,
        fix=fix.format(folder=folder),
        details=[f"{manifest}:{entry.line}: {entry.path}" for entry in missing[:MOST_DETAILS]],
    )
