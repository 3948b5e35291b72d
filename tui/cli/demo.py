"""The command demo."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from engine import config, start
from engine import demo as demos
from engine.i18n import _
from engine.runs import launch, registry, resume
from engine.speak.manner import Manner
from engine.workspace import Workspace
from tui.cli import dashboard, here
from tui.cli.options import Json
from tui.cli.output import EXIT_INTERRUPTED, echo, echo_json, notify
from tui.cli.progress import Progress
from tui.cli.runs import training
from tui.cli.speech import chosen
from tui.cli.speech.speak import speak_to_file


def demo(
    folder: Annotated[Path, Argument(metavar="DIR", help=_("The demo's workspace."))] = Path("demo"),
    headless: Annotated[bool, Option("--headless", help=_("No screen: train and speak."))] = False,
    steps: Annotated[int, Option(min=1, help=_("With --headless: how many steps."))] = 20,
    json: Json = False,
) -> int:
    """Make a demo workspace, train a small voice in it and watch it."""
    if not headless:
        from tui.app.terminal import refuse_without_one  # loads textual: `demo --help` does without

        refuse_without_one(_("without one: `vitsdeck demo --headless`"))
    with Progress(_("making the demo"), _("parts")) as progress:
        workspace = demos.build(folder, notify, on_progress=progress.update)
    if headless:
        return _train_and_speak(workspace, steps, json)
    run = workspace.run_folder(demos.NAME)
    if not training.is_live(run) and resume.finished_at(run) is None:
        plan = start.plan(workspace, demos.NAME, workspace.config_named(demos.NAME))
        with contextlib.chdir(workspace.root):
            launch.start(run, **plan.launch_options)
        registry.record(run, words_step=demos.WORDS_STEP)
    code = dashboard.show(workspace)
    root = shlex.quote(str(here.shortest(workspace.root)))
    notify(_("the demo's dashboard opens again with: cd {root} && vitsdeck").format(root=root))
    return code


def _train_and_speak(workspace: Workspace, steps: int, json: bool) -> int:
    folder = workspace.run_folder(demos.NAME)
    target = here.plain(chosen.new_file(demos.NAME, workspace))
    reached = resume.newest_step(folder) or 0
    if reached >= steps:
        notify(_("{name} is at step {step} already").format(name=demos.NAME, step=reached))
    else:
        plan = start.plan(workspace, demos.NAME, workspace.config_named(demos.NAME), steps=steps)
        with contextlib.chdir(workspace.root):
            run, code = training.run_in_foreground(plan, notify)
        if run.state != "finished":
            notify(training.state_and_reason(run))
            return code or EXIT_INTERRUPTED
    voice = config.load(folder / "config.json")
    facts = speak_to_file(demos.SENTENCE, chosen.run_weights(folder), voice, target, Manner(seed=0))
    if json:
        echo_json(facts | {"run": training.as_json(registry.read_run(folder))})
    else:
        echo(str(here.shortest(target)))
    return 0
