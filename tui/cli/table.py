"""All commands, as one Typer application."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from engine import __version__
from engine.i18n import _, translate
from tui.cli import (
    cost,
    dashboard,
    doctor,
    setup,
    speech,
    transcription,
)
from tui.cli.data import dataset, lists, recordings
from tui.cli.output import DEBUG_VARIABLE, guarded, tell
from tui.cli.runs import manage, train, training

COMMANDS: dict[str, tuple[Callable[..., int], ...]] = {
    "Make": (setup.init, setup.demo, doctor.doctor),
    "Prepare recordings": (
        recordings.prompts,
        recordings.prepare,
        recordings.convert,
        recordings.slice,
        dataset.measure,
        lists.split,
        dataset.check,
        dataset.fix,
        lists.speakers,
        lists.preprocess,
        lists.symbols,
    ),
    "Transcribe": (transcription.transcribe, cost.cost),
    "Train": (
        train.train,
        training.runs,
        training.attach,
        training.tail,
        training.stop,
        manage.rename,
        manage.archive,
        manage.delete,
        manage.free_memory,
    ),
    "Speak": (speech.speak,),
}
# Spellings of flags and commands of the release before, which are not shown any more.
OLD_NAMES = {"allow-bad": "skip-invalid", "analyse": "measure", "mend": "fix"}
KINDS = {lists.preprocess: lists.ManyValues, speech.speak: speech.TextCommand}


def application() -> typer.Typer:
    """Every command, with flags that may be written with underscores or hyphens."""
    app = typer.Typer(
        name="vitsdeck",
        help=_(
            "Train MB-iSTFT-VITS voices and watch them. Without a command: the dashboard of this workspace."
        ),
        pretty_exceptions_enable=False,
        context_settings={
            "token_normalize_func": _present_name,
            "help_option_names": ["-h", "--help"],
        },
    )
    app.callback(invoke_without_command=True)(_begin)
    for panel, functions in COMMANDS.items():
        for function in functions:
            name = function.__name__.replace("_", "-")
            about = translate(inspect.getdoc(function) or "")
            app.command(name, help=about, rich_help_panel=panel, cls=KINDS.get(function))(guarded(function))
    return app


def _present_name(word: str) -> str:
    """A flag or command as it is spelled now."""
    word = word.replace("_", "-")
    return OLD_NAMES.get(word, word)


def _version(wanted: bool) -> None:
    if wanted:
        tell(f"vitsdeck {__version__}")
        raise typer.Exit


def _begin(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version."))
    ] = False,
    debug: Annotated[  # noqa: ARG001 - read by cli.main; here for the help
        bool, typer.Option("--debug", envvar=DEBUG_VARIABLE, help=_("Show the traceback of a defect."))
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        guarded(dashboard.dashboard)()
