"""The commands runs, attach, stop and tail, and what `train` does once the training runs."""

from __future__ import annotations

import dataclasses
import functools
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from engine.errors import InputError
from engine.i18n import _
from engine.runs import launch, manage, registry
from engine.runs.logs import log_index
from engine.runs.registry import RunSnapshot
from engine.runs.resume import newest_step
from engine.runs.supervisor.supervisor import Supervisor
from engine.start import Plan
from tui.app import words
from tui.cli import here
from tui.cli.options import Json, Name
from tui.cli.output import EXIT_INTERRUPTED, echo, echo_json, notify
from tui.cli.runs import follow as following

STOP_SECONDS = 600.0  # a checkpoint of the large model on a slow disk


def attach(name: Name, json: Json = False) -> int:
    """Follow the log of a live run. Ctrl+C leaves; the run continues."""
    run = find(name)
    if run.is_final:
        notify(_("{name} is over").format(name=name))
        return show_end(run, json)
    last_page = max(0, following.log_size(run.folder) - 4096)
    return follow_run(run.folder, last_page, json)


def stop(
    name: Name,
    now: Annotated[
        bool,
        Option(
            "--now",
            help=_("At once: no last checkpoint; calls under way may be billed, their texts are lost."),
        ),
    ] = False,
    wait_s: Annotated[float, Option("--wait", help=_("Seconds to wait for the end."))] = STOP_SECONDS,
    json: Json = False,
) -> int:
    """Stop a run: a training writes a checkpoint first.

    Other work keeps what is done.
    """
    run = find(name)
    if run.is_final:
        notify(_("{name} is not running: {state}").format(name=name, state=state_and_reason(run)))
    else:
        notify(_stopping(run, now=now))
        if not launch.stop(run.folder, now=now, wait_s=wait_s):
            text = _(
                "{name} has not ended within {seconds:.0f} s; it still may, see `vitsdeck attach {name}`"
            )
            notify(text.format(name=name, seconds=wait_s))
            return 1
        run = registry.read_run(run.folder)
    newest = newest_checkpoint(run.folder)
    if json:
        echo_json(as_json(run) | {"checkpoint": newest})
    else:
        notify(state_and_reason(run))
        if run.kind == "train":
            notify(_("newest checkpoint: {name}").format(name=newest or _("none")))
        elif run.kind == "transcribe" and run.state != "finished":
            notify(_("the same `vitsdeck transcribe` continues from here"))
    return int(run.state == "failed")


def _stopping(run: RunSnapshot, *, now: bool) -> str:
    """What this stop asks for, and what it costs."""
    is_paid = run.kind in launch.PATIENT
    if launch.is_at_once(run, now=now):  # `--now`, or the second stop
        text = _("asking {name} to stop at once")
        if is_paid:
            text = _(
                "asking {name} to stop at once: calls under way may be billed, count as spent, and their "
                "texts are lost"
            )
    elif is_paid and registry.stop_was_asked(run.folder):
        text = _("{name} is already stopping: {reason}; --now would lose their texts")
    elif is_paid:
        text = _("asking {name} to stop after the calls under way")
    elif run.kind == "train":
        text = _("asking {name} to stop after a checkpoint")
    else:
        text = _("asking {name} to stop after what is under way")
    return text.format(name=run.name, reason=run.reason or _("its calls come first"))


def tail(
    name: Name,
    lines: Annotated[int, Option("-n", "--lines", min=0, help=_("How many lines."))] = 20,
    follow: Annotated[bool, Option("-f", "--follow", help=_("Continue as long as the run does."))] = False,
    json: Json = False,
) -> int:
    """Show the end of a run's log."""
    folder = find(name).folder
    end = following.log_size(folder)
    last = [following.printable(line) for line in log_index.tail(folder / following.LOG_NAME, lines)]
    if json:
        echo_json({"name": name, "lines": last})
        return 0
    for line in last:
        echo(line)
    if follow:
        following.follow(folder, echo, end)
    return 0


def runs(json: Json = False) -> int:
    """List the runs, newest first."""
    workspace = here.workspace()
    listed = registry.list_runs(workspace.logs_dir)
    launch.attach_supervisors(listed)
    if json:
        echo_json({"runs": [as_json(run) for run in listed]})
        return 0
    if listed:
        _show_table(listed)
    else:
        notify(_("no runs yet; start one with `vitsdeck train -m NAME`"))
    if archived := manage.list_archived(workspace.logs_dir):
        notify(_("archived: {names}").format(names=", ".join(archived)))
    return 0


def _show_table(found: list[RunSnapshot]) -> None:
    rows: list[tuple[str, ...]] = [("NAME", "STATE", "STEP", "EPOCH", "LEFT", "STARTED", "TAGS", "REASON")]
    for run in found:
        step = words.count(run.step) + (f" of {words.count(run.total_steps)}" if run.total_steps else "")
        left = words.duration(run.eta_s) if run.is_live and run.eta_s is not None else ""
        created = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
        rows.append(
            (run.name, run.state, step, words.count(run.epoch), left, created, ",".join(run.tags), run.reason)
        )
    if not any(run.tags for run in found):
        rows = [(*row[:-2], row[-1]) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def find(name: str) -> RunSnapshot:
    """The run of this name; one whose supervisor was killed gets a new one.

    Raises:
        InputError: there is no such run.
    """
    run = registry.read_run(here.workspace_of_runs().run_folder(name))
    launch.attach_supervisors([run])
    return run


def is_live(folder: Path) -> bool:
    """Whether there is a live run in this folder."""
    try:
        return registry.read_run(folder).is_live
    except InputError:
        return False


def as_json(run: RunSnapshot) -> dict[str, Any]:
    """A run as plain values."""
    plain = dataclasses.asdict(run)
    del plain["supervisor"]
    return plain | {"folder": str(run.folder), "is_live": run.is_live}


def state_and_reason(run: RunSnapshot) -> str:
    """`anna failed: the disk is full`."""
    return f"{run.name} {run.state}: {run.reason}" if run.reason else f"{run.name} {run.state}"


def newest_checkpoint(folder: Path) -> str | None:
    """The name of the newest G_ file by step; None when there is none."""
    step = newest_step(folder)
    return None if step is None else f"G_{step}.pth"


def exit_code(run: RunSnapshot) -> int:
    """A finished run's exit code as the shell writes it: 128 and the signal when one ended it."""
    if run.exit_code is None:
        return 1 if run.state == "failed" else 0
    return 128 - run.exit_code if run.exit_code < 0 else run.exit_code


def follow_run(folder: Path, start: int, json: bool) -> int:
    """Show the log from byte `start` on until the run ends; returns the exit code. Ctrl+C leaves the run alone."""
    try:
        return show_end(following.follow(folder, notify if json else echo, start), json)
    except KeyboardInterrupt:
        text = _("{name} continues; `vitsdeck attach {name}` follows it, `vitsdeck stop {name}` stops it")
        notify(text.format(name=folder.name))
        return EXIT_INTERRUPTED


def run_in_foreground(plan: Plan, show: Callable[[str], None]) -> tuple[RunSnapshot, int]:
    """A training that ends with this terminal: this process supervises it, and a thread shows the log.

    Returns:
        the run as it ended, and the exit code: 128 and the signal's number where a signal has stopped it.
    """
    over, signals = threading.Event(), list[int]()
    start = following.log_size(plan.folder)
    follow = functools.partial(following.follow, plan.folder, show, start, lambda _run: over.is_set())
    thread = threading.Thread(target=follow, name="log", daemon=True)

    def begin(supervisor: Supervisor) -> None:
        def stop_with_terminal(number: int, _frame: object) -> None:
            signals.append(number)
            supervisor.request_stop()

        # when the terminal is closed, the training stops after a checkpoint
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), stop_with_terminal)
        thread.start()

    try:
        launch.run_foreground(plan.folder, on_started=begin, **plan.launch_options)
    finally:
        over.set()
        if thread.ident is not None:
            thread.join(timeout=5)
    run = registry.read_run(plan.folder)
    return run, 128 + signals[0] if signals and run.state == "stopped" else exit_code(run)


def show_end(run: RunSnapshot, json: bool) -> int:
    """Print how a run ended; returns its exit code."""
    newest = newest_checkpoint(run.folder)
    if json:
        echo_json(as_json(run) | {"checkpoint": newest})
    notify(state_and_reason(run))
    if newest is not None and run.state != "failed":
        notify(_('listen to it with `vitsdeck speak "TEXT" -m {name}`').format(name=run.name))
    return exit_code(run)
