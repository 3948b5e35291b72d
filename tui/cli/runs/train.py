"""The command train."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from typer import Option

from engine import config as configs
from engine import start
from engine.config import Config
from engine.config.run_options import RunOptions
from engine.cores import cores
from engine.errors import InputError
from engine.i18n import _
from engine.runs import disk_space, launch, registry
from tui.cli import here
from tui.cli.options import Json
from tui.cli.output import echo, echo_json, notify
from tui.cli.progress import Progress
from tui.cli.runs import training
from tui.cli.runs.follow import log_size

_PLENTY = 20 * 10**9  # bytes; with more free space the size of a save is not computed
_CONFIG = _(
    "A preset or config file, or its name in configs/. Left out: the run's own, or for a new run the preset "
    "for this machine."
)
_BATCH_SIZE = _(
    "Clips a step. Left out: the preset's, or less where a quarter of the clips or the GPU's memory is less."
)
_WORKERS = _("Processes that prepare clips, for each device. Left out: chosen.")


def train(
    name: Annotated[str, Option("--model", "-m", metavar="NAME", help=_("The run's folder in logs/."))],
    config: Annotated[str | None, Option("--config", "-c", help=_CONFIG)] = None,
    new: Annotated[bool, Option("--new", help=_("Start a new voice beside other runs."))] = False,
    train_list: Annotated[Path | None, Option(help=_("Train on this list. Left out: the config's."))] = None,
    val_list: Annotated[Path | None, Option(help=_("Validate on this list. Left out: the config's."))] = None,
    language: Annotated[str | None, Option(help=_("What the lists speak, as de; the workspace's."))] = None,
    batch_size: Annotated[int | None, Option(metavar="N", help=_BATCH_SIZE)] = None,
    steps: Annotated[
        int | None, Option(metavar="N", help=_("Stop at this step, counted from the voice's start."))
    ] = None,
    epochs: Annotated[int | None, Option(metavar="N", help=_("Stop after N passes over the clips."))] = None,
    eval_interval: Annotated[
        int | None,
        Option(metavar="N", help=_("Steps between two validations; each saves a checkpoint, too.")),
    ] = None,
    fp16: Annotated[bool | None, Option("--fp16/--no-fp16", help=_("Half precision, on GPUs only."))] = None,
    devices: Annotated[
        int | None, Option(metavar="N", help=_("Train on N devices: GPUs, or shares of the processor."))
    ] = None,
    from_: Annotated[Path | None, Option("--from", help=_("Start a new voice from this G_*.pth."))] = None,
    from_d: Annotated[Path | None, Option("--from_d", help=_("And from this D_*.pth."))] = None,
    backend: Annotated[str | None, Option(help=_("For several devices: nccl or gloo; else chosen."))] = None,
    workers: Annotated[int | None, Option(metavar="N", help=_WORKERS)] = None,
    skip_invalid: Annotated[
        bool,
        Option("--skip-invalid", help=_("Leave out clips that cannot be trained on; see `vitsdeck check`.")),
    ] = False,
    foreground: Annotated[
        bool, Option("--foreground", help=_("End with this terminal; Ctrl+C stops."))
    ] = False,
    detach: Annotated[bool, Option("--detach", help=_("Do not follow the log."))] = False,
    json: Json = False,
) -> int:
    """Train a voice, or continue with one: the same command again resumes.

    Training continues when this terminal closes. Ctrl+C leaves the log, not the training.
    """
    if foreground and detach:
        raise InputError(_("--foreground and --detach exclude each other"), fix=_("choose one"))
    workspace = here.workspace()
    options = RunOptions(
        train_list=None if train_list is None else str(here.inside(train_list, workspace.root)),
        val_list=None if val_list is None else str(here.inside(val_list, workspace.root)),
        language=language,
        batch_size=batch_size,
        epochs=epochs,
        eval_interval=eval_interval,
        fp16=fp16,
    )
    _check_devices(devices, backend)
    if from_ is not None:  # the plan refuses --from_d alone
        _check_weights(from_, from_d)
    with Progress(_("measuring"), _("clips")) as progress:
        plan = start.plan(
            workspace,
            name,
            None if config is None else workspace.config_named(config),
            options,
            new=new,
            steps=steps,
            from_g=None if from_ is None else from_.absolute(),
            from_d=None if from_d is None else from_d.absolute(),
            devices=devices,
            backend=backend,
            workers=workers,
            skip_invalid=skip_invalid,
            on_progress=progress.update,
        )
    shortage = _shortage(plan.folder, None if plan.config_json is None else configs.parse(plan.config_json))
    if shortage:
        plan.notes.append(f"warning: {shortage}")
    for note in plan.notes:
        notify(note)
    os.chdir(workspace.root)  # paths in filelists are relative to it
    if foreground:
        run, code = training.run_in_foreground(plan, notify if json else echo)
        training.show_end(run, json)
        return code
    end = log_size(plan.folder)
    run = launch.start(plan.folder, **plan.launch_options)
    if not detach:
        return training.follow_run(run.folder, end, json)
    text = _(
        "{name} is training; watch it with `vitsdeck attach {name}`, stop it with `vitsdeck stop {name}`"
    )
    notify(text.format(name=name))
    if json:
        echo_json(training.as_json(run) | {"notes": plan.notes})
    return 0


def _check_devices(devices: int | None, backend: str | None) -> None:
    """Check --devices and --backend. Raises InputError."""
    if devices in (None, 1) and backend is None:
        return
    from engine.train.ranks import ranks  # loads torch

    ranks.check_count(1 if devices is None else devices, ranks.gpus(), cores())
    ranks.backend_here(backend)


def _shortage(folder: Path, config: Config | None) -> str:
    """A sentence when the next checkpoints of all live runs do not fit on the disk; `config` is that of a new run."""
    logs = folder.parent
    existing = logs if logs.is_dir() else logs.parent
    sizes = disk_space.save_sizes(folder)
    save = max(sizes, default=0)
    if not save and config is not None and disk_space.free_bytes(existing) < _PLENTY:
        from engine.train.checkpoints.saver import save_bytes  # loads torch

        save = save_bytes(config)
    others = [disk_space.saves_of(run) for run in registry.list_runs(logs) if run.is_live]
    return disk_space.shortage(existing, [disk_space.Saves(folder.name, save, len(sizes)), *others])


def _check_weights(*paths: Path | None) -> None:
    """Check the checkpoints to start from. Raises InputError."""
    from engine.train.checkpoints import weights  # loads torch

    for path in filter(None, paths):
        weights.check_finite(weights.model_of(weights.read_tree(path, mapped=True), path), path)
