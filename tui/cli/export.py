"""The command export."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from engine.errors import InputError
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo, echo_json, notify, warn
from tui.cli.speech.chosen import weights_and_config

PRECISIONS = ("fp32", "int8")
FOLDER = "exported"


def export(
    name: Annotated[
        str | None, Option("--model", "-m", metavar="NAME", help=_("The run whose voice is exported."))
    ] = None,
    out: Annotated[
        Path | None, Option("--out", "-o", metavar="DIR", help=_("The voice's folder; exported/VOICE."))
    ] = None,
    checkpoint: Annotated[
        str | None,
        Option(
            metavar="best|newest|STEP|FILE",
            help=_(
                "With -m: best (where there is one), newest or a step. Else a G_*.pth, with its --config."
            ),
        ),
    ] = None,
    config: Annotated[
        str | None,
        Option("--config", "-c", help=_("The config of --checkpoint: a file, or its name in configs/.")),
    ] = None,
    precision: Annotated[
        str, Option(metavar="fp32|int8", help=_("int8: smaller and faster, measured against fp32."))
    ] = "fp32",
    check: Annotated[
        str, Option(metavar="TEXT", help=_("Speak a line by torch and by the file, and compare."))
    ] = "",
    redo: Annotated[bool, Option("--redo", help=_("Replace the export that is there."))] = False,
    json: Json = False,
) -> int:
    """Export a voice for Piper, Home Assistant and sherpa-onnx.

    It becomes a folder with an ONNX file and what belongs to it.
    """
    if precision not in PRECISIONS:
        fix = _("choose one of {names}").format(names=", ".join(PRECISIONS))
        raise InputError(_("there is no precision {name}").format(name=precision), fix=fix)
    from engine.export import folder as voices  # loads torch
    from engine.speak.choice import choose

    weights, settings = weights_and_config(name, checkpoint, config)
    if name is not None:
        weights = choose(weights, checkpoint or "")[0]
    notify(_("exporting {path}, which takes about a minute").format(path=here.shortest(weights)))

    workspace = here.workspace_or_folder()
    made = voices.export(
        weights,
        settings,
        workspace.root / FOLDER,
        dataset=name or weights.absolute().parent.name,
        language=workspace.language,
        folder=out,
        precision=precision,
        check_text=check,
        redo=redo,
    )
    for sentence in made.limits:
        warn(sentence)
    if json:
        echo_json(dataclasses.asdict(made) | {"checkpoint": weights})
        return 0
    _notify_figures(made)
    for file in made.files:
        echo(str(here.shortest(made.folder / file)))
    return 0


def _notify_figures(made: Any) -> None:
    if made.comparison is not None:
        text = _(
            "torch {torch_samples:,} samples, the file {file_samples:,}; largest difference {difference:.2g}"
        )
        notify(text.format_map(dataclasses.asdict(made.comparison)))
    if made.loss is None:
        return
    if made.loss.mel is None:
        warn(_("the 8-bit file has other durations than the full one"))
    else:
        text = _("against fp32: mel L1 {mel:.3f}, signal to noise {snr_db:.1f} dB")
        notify(text.format_map(dataclasses.asdict(made.loss)))
    if made.loss.opinions is not None:
        before, after = made.loss.opinions
        notify(_("predicted opinion: fp32 {before:.2f}, int8 {after:.2f}").format(before=before, after=after))
