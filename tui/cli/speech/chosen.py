"""Which voice a command speaks with, and into which file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from engine import config as configs
from engine.audio.sink import check_ending
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.runs import registry
from engine.runs.best import BEST, NEWEST
from engine.speak.choice import choose
from engine.speak.files import new_wav
from engine.speak.onnx.exported import exported_config
from engine.workspace import Workspace
from tui.cli import here
from tui.cli.output import echo, echo_json, notify
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
            return file, exported_config(file)
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


def run_weights(folder: Path, checkpoint: str = "") -> Path:
    """The file of a run that speaks, which is said; `checkpoint` as in `engine.speak.choice.choose`."""
    path, text = choose(folder, checkpoint)
    notify(text)
    return path


def new_file(stem: str, workspace: Workspace | None = None) -> Path:
    """A wav that does not exist yet: in the workspace's folder for them, or here outside of one."""
    workspace = workspace or here.maybe_workspace()
    return here.shortest(new_wav(workspace.spoken_dir if workspace else Path.cwd(), stem))


def target(out: Path | None, stem: str) -> Path:
    """The file to write, which is checked before anything is made."""
    target = out or new_file(stem)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise InputError(_("is not a file in a folder that exists"), path=target, fix=_("choose another -o"))
    check_ending(target)
    return target


def show(facts: dict[str, Any], *, json: bool) -> None:
    """Print where the sound is and how fast it was made."""
    if json:
        echo_json(facts)
        return
    echo(str(facts["path"]))
    notify(_("{seconds:.2f} s of audio in {took_s:.2f} s: {ratio:.2f} times real time").format_map(facts))
