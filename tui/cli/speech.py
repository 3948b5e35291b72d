"""The commands speak and convert-voice."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from engine import config as configs
from engine.audio.header import header
from engine.audio.sink import check_ending
from engine.config import Config
from engine.errors import InputError, cannot_read
from engine.i18n import _
from engine.runs import registry
from engine.runs.best import BEST, NEWEST
from engine.speak.files import new_wav
from engine.speak.speakers import check_several, speaker_id
from engine.text.preprocess import unread
from engine.text.rows import Row
from engine.workspace import Workspace
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, echo, echo_json, notify, warn
from tui.cli.progress import Progress
from tui.cli.voice import voice

RunName = Annotated[str | None, Option("--model", "-m", metavar="NAME", help=_("The run that speaks."))]
Out = Annotated[
    Path | None, Option("--out", "-o", help=_("A wav, flac, ogg or mp3 file. Left out: a new wav."))
]
Checkpoint = Annotated[
    str | None,
    Option(
        metavar="best|newest|STEP|FILE",
        help=_("With -m: best (where there is one), newest or a step. Else a G_*.pth, with its --config."),
    ),
]
CheckpointConfig = Annotated[
    str | None,
    Option("--config", "-c", help=_("The config of --checkpoint: a file, or its name in configs/.")),
]
Seed = Annotated[int | None, Option(help=_("The same seed speaks the same twice."))]


def speak(
    text: Annotated[str | None, Argument(help=_("What to say, of any length."))] = None,
    file: Annotated[Path | None, Option(help=_("Say what this file holds; - reads standard input."))] = None,
    name: RunName = None,
    out: Out = None,
    checkpoint: Annotated[
        str | None,
        Option(
            metavar="best|newest|STEP|FILE",
            help=_(
                "With -m: best (where there is one), newest or a step. Else a G_*.pth with its --config, or an "
                "exported .onnx."
            ),
        ),
    ] = None,
    config: CheckpointConfig = None,
    speaker: Annotated[str, Option(help=_("The speaker, by name or number."))] = "0",
    noise_scale: Annotated[float, Option("--noise_scale", help=_("How much the voice varies."))] = 0.667,
    noise_scale_w: Annotated[float, Option("--noise_scale_w", help=_("How much the rhythm varies."))] = 0.8,
    length_scale: Annotated[float, Option("--length_scale", help=_("Above 1 speaks slower."))] = 1.0,
    pauses: Annotated[float, Option(help=_("Above 1: longer pauses between sentences."))] = 1.0,
    seed: Seed = None,
    json: Json = False,
) -> int:
    """Speak a text into a sound file, sentence by sentence."""
    spoken = _text(text, file)
    weights, settings = weights_and_config(name, checkpoint, config)
    number = speaker_id(settings, speaker)
    target = _target(out, name or weights.stem)
    if name is not None:
        weights = run_weights(weights, checkpoint or "")
    try:
        with Progress(_("speaking"), _("sentences")) as progress:
            facts = speak_to_file(
                spoken,
                weights,
                settings,
                target,
                speaker=number,
                noise_scale=noise_scale,
                noise_scale_w=noise_scale_w,
                length_scale=length_scale,
                pauses=pauses,
                seed=seed,
                on_progress=progress.update,
            )
    except KeyboardInterrupt:
        notify(_("interrupted: no file is written"))
        return EXIT_INTERRUPTED
    rows = (Row((line,), number) for number, line in enumerate(spoken.splitlines(), 1))
    facts["unread"] = list(unread(rows, 0, settings.data.cleaning))
    if facts["unread"]:
        characters = " ".join(facts["unread"])
        warn(_("these are read as nothing: {characters}").format(characters=characters))
    _show(facts, json=json)
    return 0


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
    weights, settings = weights_and_config(name, checkpoint, config)
    check_several(settings)
    speakers = speaker_id(settings, from_speaker), speaker_id(settings, to_speaker)
    target = _target(out, name or weights.stem)
    header(recording)  # a fault of it is said before torch is loaded
    if name is not None:
        weights = run_weights(weights, checkpoint or "")
    from engine.speak.conversion import convert_to_file
    from engine.speak.synthesis import Speaker

    try:
        with Progress(_("converting"), _("seconds")) as progress:
            made = convert_to_file(
                Speaker.load(weights, settings),
                recording,
                target,
                *speakers,
                seed=seed,
                on_progress=progress.update,
            )
    except KeyboardInterrupt:
        notify(_("interrupted: no file is written"))
        return EXIT_INTERRUPTED
    for warning in made.warnings:
        warn(f"{recording}: {warning}")
    _show(dataclasses.asdict(made) | {"path": target, "checkpoint": weights}, json=json)
    return 0


def speak_to_file(text: str, weights: Path, settings: Config, target: Path, **how: Any) -> dict[str, Any]:
    """Speak into `target` with the checkpoint `weights`; returns what --json prints."""
    from engine.speak.exported import load_speaker  # loads torch

    spoken = load_speaker(weights, settings).say_to_file(text, target, **how)
    return dataclasses.asdict(spoken) | {"path": target, "checkpoint": weights}


def run_weights(folder: Path, checkpoint: str = "") -> Path:
    """The file of a run that speaks, which is said; `checkpoint` as in `engine.speak.choice.choose`."""
    from engine.speak.choice import choose  # loads torch

    path, text = choose(folder, checkpoint)
    notify(text)
    return path


def new_file(stem: str, workspace: Workspace | None = None) -> Path:
    """A wav that does not exist yet: in the workspace's folder for them, or here outside of one."""
    workspace = workspace or here.maybe_workspace()
    return here.shortest(new_wav(workspace.spoken_dir if workspace else Path.cwd(), stem))


def _target(out: Path | None, stem: str) -> Path:
    """The file to write, which is checked before anything is made."""
    target = out or new_file(stem)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise InputError(_("is not a file in a folder that exists"), path=target, fix=_("choose another -o"))
    check_ending(target)
    return target


def _show(facts: dict[str, Any], *, json: bool) -> None:
    """Print where the sound is and how fast it was made."""
    if json:
        echo_json(facts)
        return
    echo(str(facts["path"]))
    notify(_("{seconds:.2f} s of audio in {took_s:.2f} s: {ratio:.2f} times real time").format_map(facts))


def _text(text: str | None, file: Path | None) -> str:
    if text is not None and file is None:
        return text
    if text is not None or file is None:
        fix = _('as in `vitsdeck speak "Hello." -m NAME`, or --file TEXT')
        raise InputError(_("name a text or a file"), fix=fix)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what = _("is not UTF-8 (byte {byte})").format(byte=error.start)
        raise InputError(what, path=file, fix=_("save it as UTF-8")) from None
    except OSError as error:
        raise cannot_read(error, file) from None


def weights_and_config(name: str | None, checkpoint: str | None, config: str | None) -> tuple[Path, Config]:
    """The run folder or checkpoint that speaks, and its config."""
    if name is None:
        if checkpoint is None or checkpoint in (BEST, NEWEST):
            fix = _("as in -m my_voice, or --checkpoint G.pth -c config.json")
            raise InputError(_("name either a run or a checkpoint"), fix=fix)
        file = Path(checkpoint)
        if file.suffix == ".onnx":
            if config is not None:
                what = _("an exported voice speaks with the config in its folder")
                raise InputError(what, path=config, fix=_("leave -c out"))
            return file, _exported_config(file)
        if config is not None:
            return file, voice(config)[2]
        beside = file.parent / "config.json"
        if not beside.is_file():
            fix = _("name its config with -c")
            raise InputError(_("no config for this checkpoint"), path=file, fix=fix)
        return file, configs.load(beside)
    if config is not None:
        raise InputError(_("a run speaks with its own config"), path=config, fix=_("leave -c out"))
    folder = here.workspace().run_folder(name)
    if (kind := registry.read_run(folder).kind) != "train":
        what = _("run {name} is no training: {kind}").format(name=name, kind=kind)
        raise InputError(what, fix=_("see what there is with `vitsdeck runs`"))
    return folder, configs.load(folder / "config.json")


def _exported_config(file: Path) -> Config:
    from engine.speak.exported import exported_config  # loads torch

    return exported_config(file)
