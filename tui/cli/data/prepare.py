"""The command prepare."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine import prepare as preparation
from engine.i18n import _
from engine.prepare import Step
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import EXIT_PARTLY, clips, echo_json, error, notify
from tui.cli.progress import Progress

_TRANSCRIPTS = _("Their texts; found beside the recordings when left out.")


def prepare(
    recordings: Annotated[list[Path], Argument(metavar="FOLDER...", help=_("Your recordings."))],
    transcripts: Annotated[Path | None, Option(metavar="LIST", help=_TRANSCRIPTS)] = None,
    language: Annotated[str, Option(help=_("What they speak, as de; kept in the workspace."))] = "",
    json: Json = False,
) -> int:
    """Make recordings ready for training; a second run continues.

    Finds their texts, converts, splits, cleans and checks.
    """
    workspace = here.workspace()
    with Progress(_("preparing"), _("parts")) as progress:

        def notify_step(step: Step) -> None:
            notify(f"{step.name}: {step.said}")

        done = preparation.prepare(
            workspace,
            recordings,
            transcripts=transcripts,
            language=language,
            on_step=notify_step,
            on_progress=progress.update,
        )
    for path, reason in done.failed.items():
        error(f"{path}: {reason}")
    if json:
        failed = [{"path": path, "reason": reason} for path, reason in done.failed.items()]
        echo_json(dataclasses.asdict(done) | {"failed": failed})
    else:
        text = _("{clips} ready; continue with `vitsdeck train -m NAME`")
        if done.unlisted:
            text = _("{clips} ready, {more:,} more in no list; continue with `vitsdeck train -m NAME`")
        ready = sum(done.clips.values()) - done.bad - done.left_out
        notify(text.format(clips=clips(ready), more=done.unlisted))
    return EXIT_PARTLY if done.failed or done.bad else 0
