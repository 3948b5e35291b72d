"""The commands: a table of their modules and help, and the command line that is made of it."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Annotated, Any

import typer
from typer import Option
from typer.core import TyperCommand
from typer.main import get_command

from engine import __version__
from engine.i18n import _, translate
from tui.cli.output import DEBUG_VARIABLE, echo, guarded
from tui.cli.parsing import ManyValues, TextCommand

# Group -> command -> its module below tui.cli, and the first paragraph of its docstring
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Make": {
        "init": ("init", _("Make a workspace with configs, filelists and an explained vitsdeck.toml.")),
        "demo": ("demo", _("Make a demo workspace, train a small voice in it and watch it.")),
        "doctor": ("doctor", _("Check what training and speaking need, and how to fix what is missing.")),
    },
    "Prepare recordings": {
        "prompts": ("data.prompts", _("Choose sentences to record, so that every phoneme occurs.")),
        "prepare": ("data.prepare", _("Make recordings ready for training; a second run continues.")),
        "convert": ("data.recordings", _("Convert recordings to mono 16-bit wav; skips what is up to date.")),
        "slice": ("data.recordings", _("Cut long recordings into clips in their pauses.")),
        "measure": ("data.measure", _("Measure length, loudness, silence and clipping of clips, once.")),
        "split": ("data.split", _("Divide a corpus into train.txt, val.txt and test.txt.")),
        "check": ("data.check", _("Judge every clip of filelists, and say what is wrong with it.")),
        "fix": ("data.check", _("Fix what check found, in copies below fixed/.")),
        "speakers": ("data.lists", _("Show who speaks how much in filelists, and give each speaker an id.")),
        "preprocess": ("data.lists", _("Clean the texts of filelists: LIST becomes LIST.cleaned.")),
        "symbols": ("data.lists", _("Name or store the symbols that the lists need and the voice lacks.")),
    },
    "Transcribe": {
        "transcribe": (
            "transcribe.transcribe",
            _("Transcribe recordings into a manifest; shows the cost first."),
        ),
        "cost": ("transcribe.cost", _("Show what transcription has used and cost, and what is unconfirmed.")),
    },
    "Train": {
        "train": ("runs.train", _("Train a voice, or continue with one: the same command again resumes.")),
        "runs": ("runs.training", _("List the runs, newest first.")),
        "status": (
            "runs.status",
            _("Say in one line how the run of this workspace is, as for a status bar."),
        ),
        "open": ("runs.open", _("Show trainings of other programs: their event files of TensorBoard.")),
        "attach": ("runs.training", _("Follow the log of a live run. Ctrl+C leaves; the run continues.")),
        "tail": ("runs.training", _("Show the end of a run's log.")),
        "curves": (
            "runs.curves",
            _("Print the curves of a run as CSV: a row for each point, with its step and its time."),
        ),
        "stop": ("runs.training", _("Stop a run: a training writes a checkpoint first.")),
        "tag": ("runs.manage", _("Give a run tags, or take some away; without any, print its tags.")),
        "note": ("runs.manage", _("Keep a note with a run; without a text, print it.")),
        "rename": ("runs.manage", _("Give a run another name; one that is live must be stopped first.")),
        "archive": ("runs.manage", _("Take a run out of the lists, or bring it back.")),
        "delete": ("runs.manage", _("Delete a run with its checkpoints, for good.")),
        "free-memory": ("runs.memory", _("Let every live training give its cached memory back.")),
    },
    "Speak": {
        "speak": ("speech.speak", _("Speak a text into a sound file, sentence by sentence.")),
        "convert-voice": (
            "speech.convert_voice",
            _("Say what a recording says with the voice of another speaker of the model."),
        ),
        "export": ("export", _("Export a voice for Piper, Home Assistant and sherpa-onnx.")),
    },
}
# Spellings of flags and commands of the release before, which are not shown any more.
OLD_NAMES = {"allow-bad": "skip-invalid", "analyse": "measure", "mend": "fix", "again": "redo"} | {
    "agreed": "max-cost",
    "resend-unconfirmed": "retry-unconfirmed",
}
PARSERS: dict[str, type[TyperCommand]] = {"preprocess": ManyValues, "speak": TextCommand}


class LazyCommand(TyperCommand):
    """A row of the table; the command's module is imported when its arguments are parsed."""

    def __init__(self, name: str, panel: str, module: str, about: str) -> None:
        super().__init__(name, help=about, rich_help_panel=panel)
        self.function = name.replace("-", "_")
        self.module = f"tui.cli.{module}"

    def load(self) -> Any:
        """The command with its arguments and flags."""
        function = getattr(import_module(self.module), self.function)
        # plain help: that of rich cuts the names of flags on a narrow terminal
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        about = translate(inspect.getdoc(function) or "")
        app.command(self.name, help=about, cls=PARSERS.get(self.function))(guarded(function))
        return get_command(app)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Parse arguments as the command itself does."""
        return self.load().make_context(*args, **kwargs)


def application() -> Any:
    """The command line, a group of every command; flags may be written with underscores or hyphens."""
    about = _(
        "Train MB-iSTFT-VITS voices and watch them. Without a command: the dashboard of this workspace."
    )
    settings = {"token_normalize_func": _present_name, "help_option_names": ["-h", "--help"]}
    app = typer.Typer(name="vitsdeck", help=about, pretty_exceptions_enable=False, context_settings=settings)
    app.callback()(_options)
    group: Any = get_command(app)
    for panel, rows in COMMANDS.items():
        for name, (module, line) in rows.items():
            group.add_command(LazyCommand(name, panel, module, line))
    return group


def _present_name(word: str) -> str:
    """A flag or command as it is spelled now."""
    word = word.replace("_", "-")
    return OLD_NAMES.get(word, word)


def _version(wanted: bool) -> None:
    if wanted:
        echo(f"vitsdeck {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
    debug: Annotated[
        bool, Option("--debug", envvar=DEBUG_VARIABLE, help=_("Show the traceback of a defect."))
    ] = False,
) -> None:
    """The options before a command."""
