"""The commands init and demo."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import Annotated

import typer

from engine import workspace as workspaces
from engine.config.settings import FILE_NAME
from engine.errors import InputError
from engine.i18n import _
from tui.cli import dashboard, here
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, say, tell, tell_json
from tui.cli.runs.training import is_live


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("Where; made when missing."))] = Path(),
    language: Annotated[
        str | None, typer.Option(help=_("What the recordings speak, as de or German; asked for, else en."))
    ] = None,
    json: Json = False,
) -> int:
    """Make a workspace: configs, filelists and a vitsdeck.toml with every setting explained."""
    made: list[Path] = []
    if language is None and here.is_terminal() and not (folder / FILE_NAME).exists():
        with contextlib.suppress(EOFError):
            language = input(_("What do the recordings speak, as en, de or korean (Enter: en)? ")).strip()
    before = workspaces.find(folder) if (folder / FILE_NAME).exists() else None
    workspace = workspaces.init(folder, made.append, language=language)
    for path in made:
        say(f"made {here.shortest(path)}")
    if before is not None and before.language != workspace.language:
        change = _("language changed from {name} to {name2}").format(
            name=before.language.name, name2=workspace.language.name
        )
        say(
            _("{shortest}: {change}; clean the lists again with `vitsdeck preprocess`").format(
                shortest=here.shortest(folder / FILE_NAME), change=change
            )
        )
    if json:
        tell_json({"root": workspace.root, "made": made})
    elif made:
        say(
            _("{root} is ready for {name}; continue with `vitsdeck prepare RECORDINGS`").format(
                root=workspace.root, name=workspace.language.name
            )
        )
    else:
        say(
            _("{root} is a workspace for {name} and has all that it needs").format(
                root=workspace.root, name=workspace.language.name
            )
        )
    return 0


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("The demo's workspace."))] = Path("demo"),
    headless: Annotated[
        bool, typer.Option("--headless", help=_("No screen: train, speak, print the wav's path."))
    ] = False,
    steps: Annotated[int, typer.Option(min=1, help=_("With --headless: how many steps."))] = 20,
    json: Json = False,
) -> int:
    """Make a demo workspace with recordings of its own, train a small voice and watch it."""
    from engine import demo as demos
    from engine import start
    from engine.runs import launch, resume

    if not headless and not here.is_terminal():
        raise InputError(
            _("the dashboard needs a terminal"), fix=_("without one: `vitsdeck demo --headless`")
        )
    workspace = demos.build(folder, say)
    run = workspace.run_folder(demos.NAME)
    if headless:
        return _train_and_speak(workspace, steps, json)
    if not is_live(run) and resume.finished_at(run) is None:
        plan = start.plan(workspace, demos.NAME, workspace.config_named(demos.NAME))
        with contextlib.chdir(workspace.root):
            launch.start(run, **plan.launch_options)
    code = dashboard.show(workspace)
    place = shlex.quote(str(here.shortest(workspace.root)))
    say(_("the demo's dashboard opens again with: cd {place} && vitsdeck").format(place=place))
    return code


def _train_and_speak(workspace: workspaces.Workspace, steps: int, json: bool) -> int:
    from engine import config, start
    from engine import demo as demos
    from engine.runs import registry, resume
    from tui.cli import speech
    from tui.cli.runs import training
    from tui.cli.runs.follow import log_size

    folder = workspace.run_folder(demos.NAME)
    target = here.plain(speech.new_file(demos.NAME, workspace))
    reached = resume.newest_step(folder) or 0
    if reached >= steps:
        say(_("{name} is at step {reached} already").format(name=demos.NAME, reached=reached))
    else:
        plan = start.plan(workspace, demos.NAME, workspace.config_named(demos.NAME), steps=steps)
        with contextlib.chdir(workspace.root):
            run, code = training.keep(plan, say, log_size(folder))
        if run.state != "finished":
            say(f"{run.name} {run.state}" + (f": {run.reason}" if run.reason else ""))
            return code or EXIT_INTERRUPTED
    facts = speech.say_to_file(demos.SENTENCE, folder, config.load(folder / "config.json"), target, seed=0)
    if json:
        tell_json(facts | {"run": training.as_json(registry.read_run(folder))})
    else:
        tell(str(here.shortest(target)))
    return 0
