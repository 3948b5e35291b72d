"""prepare: from recordings to lists that a training reads, in one go."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.app import words
from tui.cli import here
from tui.cli.output import EXIT_PARTLY, say, tell_json
from tui.cli.progress import Progress
from tui.cli.training import Json

if TYPE_CHECKING:
    from engine.prepare import Step


def prepare(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="The folders of your recordings.")
    ],
    transcripts: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="Their texts; found beside the recordings when left out."),
    ] = None,
    language: Annotated[
        str, typer.Option(help="What they speak, as de; the workspace's language from now on.")
    ] = "",
    json: Json = False,
) -> int:
    """Make recordings ready for training: find their texts, convert, split, clean, check. A second run continues."""
    from engine import prepare as preparing

    workspace = here.workspace()
    with Progress("preparing", "part") as progress:

        def tell_step(step: Step) -> None:
            say(f"{step.name}: {step.said}")

        done = preparing.prepare(
            workspace,
            recordings,
            transcripts=transcripts,
            language=language,
            on_step=tell_step,
            on_progress=progress.update,
        )
    for path, reason in done.failed.items():
        say(f"error: {path}: {reason}")
    if json:
        tell_json(
            {
                "steps": [dataclasses.asdict(step) for step in done.steps],
                "clips": done.clips,
                "bad": done.bad,
                "left_out": done.left_out,
                "unlisted": done.unlisted,
                "failed": [{"path": path, "reason": reason} for path, reason in done.failed.items()],
            }
        )
    else:
        count = words.plural(sum(done.clips.values()) - done.bad - done.left_out, "clip")
        rest = f", {done.unlisted:,} more in no list" if done.unlisted else ""
        say(f"{count} ready{rest}; continue with `vitsdeck train -m NAME`")
    return EXIT_PARTLY if done.failed or done.bad else 0
