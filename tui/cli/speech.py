"""speak."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from engine.errors import InputError
from engine.i18n import _
from engine.workspace import Workspace
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, say, tell, tell_json

if TYPE_CHECKING:
    from engine.config import Config


class TextCommand(TyperCommand):
    """A command whose text may begin with a minus, as in `speak "-5 degrees"`; no option has a digit or a space."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the text last, behind `--`, which ends the options."""
        if "--" not in args:
            options = [each for each in self.params if not getattr(each, "is_flag", False)]
            valued = {name.replace("_", "-") for each in options for name in each.opts}
            for i, word in enumerate(args):
                is_value = i > 0 and args[i - 1].replace("_", "-") in valued
                if re.match(r"-\d|-[^=]*\s", word) and not is_value:
                    args = [*args[:i], *args[i + 1 :], "--", word]
                    break
        return super().parse_args(ctx, args)


def speak(
    text: Annotated[str | None, typer.Argument(help=_("What to say, of any length."))] = None,
    file: Annotated[
        Path | None, typer.Option(help=_("Say what this file holds; - reads standard input."))
    ] = None,
    name: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help=_("The run that speaks."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=_("A wav, flac, ogg or mp3 file. Left out: a new wav."))
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help=_("A G_*.pth of the family, with its --config."))
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help=_("The config of --checkpoint: a file, or its name in configs/.")
        ),
    ] = None,
    speaker: Annotated[str, typer.Option(help=_("The speaker, by name or number."))] = "0",
    noise_scale: Annotated[
        float, typer.Option("--noise_scale", help=_("How much the voice varies."))
    ] = 0.667,
    noise_scale_w: Annotated[
        float, typer.Option("--noise_scale_w", help=_("How much the rhythm varies."))
    ] = 0.8,
    length_scale: Annotated[float, typer.Option("--length_scale", help=_("Above 1 speaks slower."))] = 1.0,
    pauses: Annotated[float, typer.Option(help=_("Above 1: longer pauses between sentences."))] = 1.0,
    seed: Annotated[int | None, typer.Option(help=_("The same seed speaks the same twice."))] = None,
    json: Json = False,
) -> int:
    """Speak a text into a sound file, sentence by sentence."""
    from engine.audio.sink import check_ending
    from engine.text.preprocess import unread
    from engine.text.rows import Row
    from tui.cli.progress import Progress

    said = _text(text, file)
    weights, settings = _which(name, checkpoint, config)
    who = _speaker_id(speaker, settings)
    target = out or new_file(name or weights.stem)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise InputError(_("is not a file in a folder that exists"), path=target, fix=_("choose another -o"))
    check_ending(target)

    how = {"noise_scale": noise_scale, "noise_scale_w": noise_scale_w, "length_scale": length_scale}
    how["pauses"] = pauses
    try:
        with Progress("speaking", "sentences") as progress:
            facts = say_to_file(
                said, weights, settings, target, speaker=who, seed=seed, on_progress=progress.update, **how
            )
    except KeyboardInterrupt:
        say(_("interrupted: no file is written"))
        return EXIT_INTERRUPTED
    rows = (Row((line,), number) for number, line in enumerate(said.splitlines(), 1))
    facts["unread"] = list(unread(rows, 0, settings.data.cleaning))
    if facts["unread"]:
        say(_("warning: these are read as nothing: {value}").format(value=" ".join(facts["unread"])))
    if json:
        tell_json(facts)
    else:
        tell(str(target))
        say(
            _("{seconds:.2f} s of audio in {took_s:.2f} s: {ratio:.2f} times real time").format(
                seconds=facts["seconds"], took_s=facts["took_s"], ratio=facts["ratio"]
            )
        )
    return 0


def say_to_file(text: str, weights: Path, settings: Config, target: Path, **how: Any) -> dict[str, Any]:
    """Speak into `target` with the checkpoint or the run folder `weights`; returns what there is to tell about it."""
    from engine.speak.synthesis import Speaker, newest_checkpoint

    voice = Speaker.load(newest_checkpoint(weights) if weights.is_dir() else weights, settings)
    return dataclasses.asdict(voice.say_to_file(text, target, **how)) | {"path": target}


def _text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise InputError(
            _("name a text or a file"), fix=_('as in `vitsdeck speak "Hello." -m NAME`, or --file TEXT')
        )
    if file is None:
        return str(text)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            _("is not UTF-8 (byte {start})").format(start=error.start), path=file, fix=_("save it as UTF-8")
        ) from None
    except OSError as error:
        raise InputError(
            _("cannot be read ({strerror})").format(strerror=error.strerror), path=file
        ) from None


def _which(name: str | None, checkpoint: Path | None, config: Path | None) -> tuple[Path, Config]:
    """The run folder or checkpoint that speaks, and its config."""
    from engine import config as configs
    from engine.runs import registry

    if (name is None) == (checkpoint is None):
        raise InputError(
            _("name either a run or a checkpoint"),
            fix=_("as in -m my_voice, or --checkpoint G.pth -c config.json"),
        )
    if checkpoint is not None:
        own = checkpoint.parent / "config.json"
        if config is None and not own.is_file():
            raise InputError(
                _("no config for this checkpoint"), path=checkpoint, fix=_("name its config with -c")
            )
        return checkpoint, configs.load(own) if config is None else here.voice(str(config))[2]
    if config is not None:
        raise InputError(_("a run speaks with its own config"), path=config, fix="leave -c out")
    folder = here.workspace().run_folder(str(name))
    if (kind := registry.read_run(folder).kind) != "train":
        raise InputError(
            _("run {name} is no training: {kind}").format(name=name, kind=kind),
            fix=_("see what there is with `vitsdeck runs`"),
        )
    return folder, configs.load(folder / "config.json")


def _speaker_id(said: str, settings: Config) -> int:
    """The id of a speaker: of a name the place in the config's list, so that a name of digits is one too."""
    names = settings.speakers or ()
    if said in names:
        return names.index(said)
    if said.lstrip("-").isdecimal():
        return int(said)
    fix = (
        _("choose one of {names}").format(names=", ".join(names))
        if names
        else _("this voice numbers its speakers from 0")
    )
    raise InputError(_("there is no speaker {said}").format(said=said), fix=fix)


def new_file(stem: str, workspace: Workspace | None = None) -> Path:
    """A wav that is not there yet: in the workspace's folder for them, or here outside of one."""
    from engine.speak.files import new_wav

    workspace = workspace or here.maybe_workspace()
    return here.shortest(new_wav(workspace.spoken_dir if workspace else Path.cwd(), stem))
