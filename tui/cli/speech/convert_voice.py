"""The command convert-voice."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine.audio.header import header
from engine.i18n import _
from engine.speak.speakers import check_several, speaker_id
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, notify, warn
from tui.cli.progress import Progress
from tui.cli.speech import chosen
from tui.cli.speech.chosen import Checkpoint, CheckpointConfig, Out, RunName, Seed


def convert_voice(
    recording: Annotated[Path, Argument(metavar="IN.wav", help=_("A recording of any kind and length."))],
    from_speaker: Annotated[
        str, Option("--from_speaker", metavar="SPEAKER", help=_("Who speaks in it, by name or number."))
    ],
    to_speaker: Annotated[
        str, Option("--to_speaker", metavar="SPEAKER", help=_("Who is to speak, by name or number."))
    ],
    name: RunName = None,
    out: Out = None,
    checkpoint: Checkpoint = None,
    config: CheckpointConfig = None,
    seed: Seed = None,
    json: Json = False,
) -> int:
    """Say what a recording says with the voice of another speaker of the model."""
    weights, settings = chosen.weights_and_config(name, checkpoint, config)
    check_several(settings)
    speakers = speaker_id(settings, from_speaker), speaker_id(settings, to_speaker)
    target = chosen.target(out, name or weights.stem)
    header(recording)  # a fault of it is said before torch is loaded
    if name is not None:
        weights = chosen.run_weights(weights, checkpoint or "")
    from engine.speak.conversion import convert_to_file
    from engine.speak.torch_network import read_voice

    try:
        with Progress(_("converting"), _("seconds")) as progress:
            made = convert_to_file(
                read_voice(weights, settings)[0],
                settings,
                recording,
                target,
                from_speaker=speakers[0],
                to_speaker=speakers[1],
                seed=seed,
                on_progress=progress.update,
            )
    except KeyboardInterrupt:
        notify(_("interrupted: no file is written"))
        return EXIT_INTERRUPTED
    for warning in made.warnings:
        warn(f"{recording}: {warning}")
    chosen.show(dataclasses.asdict(made) | {"path": target, "checkpoint": weights}, json=json)
    return 0
