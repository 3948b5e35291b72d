"""runs, attach, stop, tail, and what `train` does once it runs."""

from __future__ import annotations

import dataclasses
import functools
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError
from engine.i18n import _
from tui.cli import here
from tui.cli.options import Json, Name
from tui.cli.output import EXIT_INTERRUPTED, say, tell, tell_json

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from engine.runs.supervisor.supervisor import Supervisor
    from engine.start import Plan

STOP_SECONDS = 600.0  # a checkpoint of the large model on a slow disk
_STOPS_AFTER = {"train": "a checkpoint", "transcribe": _("the calls under way")}


def attach(name: Name, json: Json = False) -> int:
    """Follow a live run: its log as it comes, and how it is. Ctrl+C leaves; the run continues."""
    from tui.cli.runs.follow import log_size

    run = found(name)
    folder = run.folder
    if run.is_final:
        say(_("{name} is over").format(name=name))
        return end(run, json)
    # the last page is where a person wants to begin
    return follow_run(folder, max(0, log_size(folder) - 4096), json)


def stop(
    name: Name,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help=_("At once: no last checkpoint; calls under way may be billed, their texts are lost."),
        ),
    ] = False,
    wait_s: Annotated[float, typer.Option("--wait", help=_("Seconds to wait for the end."))] = STOP_SECONDS,
    json: Json = False,
) -> int:
    """Stop a run: a training writes a checkpoint and ends, other work keeps what is done."""
    from engine.runs import launch, registry

    run = found(name)
    folder = run.folder
    if run.is_final:
        say(_("{name} is not running: {how}").format(name=name, how=_how(run)))
    else:
        say(_asked(run, now=now))
        if not launch.stop(folder, now=now, wait_s=wait_s):
            say(
                _(
                    "{name} has not ended within {wait_s:.0f} s; it still may, see `vitsdeck attach {name}`"
                ).format(name=name, wait_s=wait_s)
            )
            return 1
        run = registry.read_run(folder)
    newest = newest_checkpoint(folder)
    if json:
        tell_json(as_json(run) | {"checkpoint": newest})
    else:
        say(f"{_how(run)}{_left_by(run, newest)}")
    return int(run.state == "failed")


def _asked(run: RunSnapshot, *, now: bool) -> str:
    """What this stop asks for, and what it costs."""
    from engine.runs import launch, registry

    is_paid_for = run.kind in launch.PATIENT
    if launch.is_at_once(run, now=now):  # `--now`, or the second one
        costs = _(": calls under way may be billed, count as spent, and their texts are lost")
        return _("asking {name} to stop at once{costs}").format(
            name=run.name, costs=costs if is_paid_for else ""
        )
    if is_paid_for and registry.stop_was_asked(run.folder):
        return _("{name} is already stopping: {reason}; --now would lose their texts").format(
            name=run.name, reason=run.reason or "its calls come first"
        )
    return _("asking {name} to stop after {kind}").format(
        name=run.name, kind=_STOPS_AFTER.get(run.kind, "what is under way")
    )


def _left_by(run: RunSnapshot, checkpoint: str | None) -> str:
    """What there is to continue with."""
    if run.kind == "transcribe":
        return "" if run.state == "finished" else _("; the same `vitsdeck transcribe` continues from here")
    if run.kind != "train":
        return ""
    return (
        _("; the newest checkpoint is {checkpoint}").format(checkpoint=checkpoint)
        if checkpoint
        else _("; there is no checkpoint")
    )


def tail(
    name: Name,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help=_("How many lines."))] = 20,
    follow: Annotated[bool, typer.Option("-f", "--follow", help=_("Go on as long as the run does."))] = False,
    json: Json = False,
) -> int:
    """Show the end of a run's log."""
    from engine.runs.logs import log_index
    from tui.cli.runs import follow as following

    folder = found(name).folder
    end = following.log_size(folder)
    last = [following.shown(line) for line in log_index.tail(folder / following.LOG_NAME, lines)]
    if json:
        tell_json({"name": name, "lines": last})
        return 0
    for line in last:
        tell(line)
    if follow:
        following.follow(folder, tell, end)
    return 0


def runs(json: Json = False) -> int:
    """List the runs, newest first."""
    from engine.runs import launch, manage, registry

    workspace = here.workspace()
    listed = registry.list_runs(workspace.logs_dir)
    launch.attach_supervisors(listed)
    if json:
        tell_json({"runs": [as_json(run) for run in listed]})
    elif not listed:
        say(_("no runs yet; start one with `vitsdeck train -m NAME`"))
    else:
        _table(listed)
    if (archived := manage.list_archived(workspace.logs_dir)) and not json:
        say(f"archived: {', '.join(archived)}")
    return 0


def found(name: str) -> RunSnapshot:
    """The run of this name; a worker that lost its supervisor gets another one.

    Raises:
        InputError: there is no such run.
    """
    from engine.runs import launch, registry

    run = registry.read_run(here.workspace().run_folder(name))
    launch.attach_supervisors([run])
    return run


def is_live(folder: Path) -> bool:
    """Whether a run is going on in this folder."""
    from engine.runs import registry

    try:
        return registry.read_run(folder).is_live
    except InputError:
        return False


def as_json(run: RunSnapshot) -> dict[str, Any]:
    """A run as plain values."""
    plain = dataclasses.asdict(run)
    del plain["supervisor"]
    return plain | {"folder": str(run.folder), "is_live": run.is_live}


def newest_checkpoint(folder: Path) -> str | None:
    """The name of the newest G_ file by step; None when there is none."""
    from engine.runs.resume import newest_step

    step = newest_step(folder)
    return None if step is None else f"G_{step}.pth"


def exit_code(run: RunSnapshot) -> int:
    """A finished run's exit code as the shell writes it: 128 and the signal when one ended it."""
    if run.exit_code is None:
        return 1 if run.state == "failed" else 0
    return 128 - run.exit_code if run.exit_code < 0 else run.exit_code


def follow_run(folder: Path, start: int, json: bool) -> int:
    from tui.cli.runs.follow import follow

    try:
        return end(follow(folder, say if json else tell, start), json)
    except KeyboardInterrupt:
        name = folder.name
        say(
            _(
                "{name} continues without you: `vitsdeck attach {name}` comes back, `vitsdeck stop "
                "{name}` ends it"
            ).format(name=name)
        )
        return EXIT_INTERRUPTED


def keep(plan: Plan, print_line: Callable[[str], None], start: int = 0) -> tuple[RunSnapshot, int]:
    """Training that ends with this terminal: this process supervises it, and a thread shows the log.

    Returns:
        the run as it ended, and the exit code: 128 and the signal's number where a signal has stopped it.
    """
    from engine.runs import launch, registry
    from tui.cli.runs.follow import follow

    over, signals = threading.Event(), list[int]()
    show = functools.partial(follow, plan.folder, print_line, start, lambda _unused: over.is_set())
    shower = threading.Thread(target=show, name="log", daemon=True)

    def begin(supervisor: Supervisor) -> None:
        def end_with_it(number: int, _frame: object) -> None:
            signals.append(number)
            supervisor.request_stop()

        # a terminal that is closed ends what ends with the terminal, after a checkpoint
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), end_with_it)
        shower.start()

    try:
        launch.run_foreground(plan.folder, on_started=begin, **plan.launch_options)
    finally:
        over.set()
        if shower.ident is not None:
            shower.join(timeout=5)
    run = registry.read_run(plan.folder)
    return run, 128 + signals[0] if signals and run.state == "stopped" else exit_code(run)


def end(run: RunSnapshot, json: bool) -> int:
    newest = newest_checkpoint(run.folder)
    if json:
        tell_json(as_json(run) | {"checkpoint": newest})
    say(_how(run))
    if newest is not None and run.state != "failed":
        say(_('hear it with `vitsdeck speak "TEXT" -m {name}`').format(name=run.name))
    return exit_code(run)


def _how(run: RunSnapshot) -> str:
    return f"{run.name} {run.state}" + (f": {run.reason}" if run.reason else "")


def _table(found: list[RunSnapshot]) -> None:
    from tui.app import words

    rows = [("NAME", "STATE", "STEP", "EPOCH", "LEFT", "BEGUN", "REASON")]
    for run in found:
        step = words.count(run.step) + (f" of {words.count(run.total_steps)}" if run.total_steps else "")
        left = words.duration(run.eta_s) if run.is_live and run.eta_s is not None else ""
        begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
        rows.append((run.name, run.state, step, words.count(run.epoch), left, begun, run.reason))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        tell("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
