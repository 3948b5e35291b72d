"""prompts: sentences to record for a new voice."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import InputError
from tui.app import words
from tui.cli import here
from tui.cli.output import say, tell, tell_json
from tui.cli.progress import Progress
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.text.prompts import Coverage

MOST_MISSING = 12


def prompts(
    language: Annotated[
        str, typer.Option(help="What will be spoken, as de; the workspace's, else English.")
    ] = "",
    count: Annotated[int, typer.Option("-n", min=1, help="How many sentences.")] = 100,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A text to choose them from; ours when left out."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The list that is written, as 0001.wav|sentence.")] = Path(
        "prompts/metadata.csv"
    ),
    json: Json = False,
) -> int:
    """Choose sentences to record, so that every phoneme and every common pair of phonemes occurs."""
    from engine.text import prompts as sentences
    from engine.text import pronunciations
    from engine.text.language_check import refuse_other_language
    from engine.text.parallel import clean_lines
    from engine.text.rows import write_rows

    if out.exists():
        raise InputError("is there already", path=out, fix="name another file with --out, or delete it")
    workspace = here.workspace_or_folder()
    if language:
        workspace = workspace.in_language(language)
    if source:
        found = sentences.read(source, workspace.language.code)
        refuse_other_language(found.sentences, workspace.language, source)
    else:
        found = sentences.own_sentences(workspace.language.code)
    cleaners = workspace.cleaning
    with Progress("reading", "sentence") as progress:
        total = len(found.sentences)
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
        tell_json(
            {
                "list": out,
                "sentences": len(rows),
                "seconds": round(choice.seconds, 1),
                "coverage": dataclasses.asdict(coverage),
                "left_out": found.left_out,
            }
        )
    else:
        tell(str(out))
    if found.left_out and source:
        why = "; ".join(f"{number:,} {reason}" for reason, number in found.left_out.items())
        say(f"{source}: {words.plural(total, 'sentence')}; left out: {why}")
    if len(rows) < count:
        say(f"there are {len(rows):,} to choose from, not {count:,}; a longer text has more: --from FILE")
    say(f"{words.plural(len(rows), 'sentence')}, about {words.duration(choice.seconds)} of speech")
    for line in _told(coverage, str(source) if source else "our sentences"):
        say(line)
    say(
        f"record each under its name in {out.parent}, 0001.wav first; then `vitsdeck prepare {out.parent}`"
        if out.name == "metadata.csv"
        else f"record each under its name; then `vitsdeck prepare FOLDER --transcripts {out}`"
    )
    return 0


def _told(coverage: Coverage, source: str) -> list[str]:
    """Coverage as sentences."""
    lines = [
        f"of what is in {source}: {coverage.phonemes} of {coverage.of_phonemes} phonemes, "
        f"{coverage.common:,} of {coverage.of_common:,} common pairs of them, "
        f"{100 * coverage.share:.1f}% of all places where two meet"
    ]
    pairs = ["".join(pair) for pair in coverage.missing_pairs]
    for what, missing in (("phonemes", list(coverage.missing)), ("pairs, most frequent first", pairs)):
        if missing:
            more = f" and {len(missing) - MOST_MISSING:,} more" if len(missing) > MOST_MISSING else ""
            lines.append(f"missing {what}: {' '.join(missing[:MOST_MISSING])}{more}")
    return lines
