"""The command prompts: sentences to read aloud."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from typer import Option

from engine.errors import InputError
from engine.i18n import _, plural
from engine.text import prompts as sentences
from engine.text import pronunciations
from engine.text.language_check import refuse_other_language
from engine.text.parallel import clean_lines
from engine.text.rows import write_rows
from tui.app import words
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo, echo_json, notify
from tui.cli.progress import Progress

_SOURCE = _("A text to choose them from; ours when left out.")
_OUT = _("The list that is written, as 0001.wav|sentence.")


def prompts(
    language: Annotated[str, Option(help=_("What will be spoken, as de; the workspace's."))] = "",
    count: Annotated[int, Option("-n", min=1, help=_("How many sentences."))] = 100,
    source: Annotated[Path | None, Option("--from", metavar="FILE", help=_SOURCE)] = None,
    out: Annotated[Path, Option(help=_OUT)] = Path("prompts/metadata.csv"),
    json: Json = False,
) -> int:
    """Choose sentences to record, so that every phoneme occurs.

    Every common pair of phonemes occurs, too.
    """
    if out.exists():
        raise InputError(_("is there already"), path=out, fix=_("name another file with --out, or delete it"))
    workspace = here.workspace_or_folder()
    if language:
        workspace = workspace.in_language(language)
    if source:
        found = sentences.read(source, workspace.language.code)
        refuse_other_language(found.sentences, workspace.language, source)
    else:
        found = sentences.own_sentences(workspace.language.code)
    cleaners, total = workspace.cleaning, len(found.sentences)
    with Progress(_("reading"), _("sentences")) as progress:
        cleaned = clean_lines(
            found.sentences,
            cleaners,
            words=pronunciations.around(workspace.root, cleaners),
            on_progress=lambda done: progress.update(done, total),
        )
    choice = sentences.choose(found.sentences, cleaned, count)
    rows = [(f"{number:04}.wav", found.sentences[place]) for number, place in enumerate(choice.places, 1)]
    write_rows(out, rows)
    coverage = choice.coverage
    if json:
        echo_json(
            {
                "list": out,
                "sentences": len(rows),
                "seconds": round(choice.seconds, 1),
                "coverage": dataclasses.asdict(coverage),
                "left_out": found.left_out,
            }
        )
    else:
        echo(str(out))
    if found.left_out and source:
        reasons = "; ".join(f"{number:,} {reason}" for reason, number in found.left_out.items())
        text = _("{file}: {sentences}; left out: {reasons}")
        notify(text.format(file=source, sentences=_sentences(total), reasons=reasons))
    if len(rows) < count:
        text = _("there are {found:,} to choose from, not {wanted:,}; a longer text has more: --from FILE")
        notify(text.format(found=len(rows), wanted=count))
    text = _("{sentences}, about {duration} of speech")
    notify(text.format(sentences=_sentences(len(rows)), duration=words.duration(choice.seconds)))
    text = _("of {text}: {phonemes} of {of_phonemes} phonemes, {common:,} of {of_common:,} common pairs")
    notify(text.format_map(dataclasses.asdict(coverage) | {"text": source or _("our sentences")}))
    if coverage.missing:
        notify(_("missing phonemes: {phonemes}").format(phonemes=" ".join(coverage.missing)))
    text = _("record each under its name; then `vitsdeck prepare FOLDER --transcripts {list}`")
    if out.name == "metadata.csv":
        text = _("record each under its name in {folder}, 0001.wav first; then `vitsdeck prepare {folder}`")
    notify(text.format(list=out, folder=out.parent))
    return 0


def _sentences(n: int) -> str:
    return plural("{n:,} sentence", "{n:,} sentences", n)
