"""Plan a training: which config, whether the run may continue with it, whether the data is valid.

Every fault of the input is found here, in the user's own process, before anything is written.
"""

from __future__ import annotations

import dataclasses
import difflib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import batch_size, presets
from engine import config as configs
from engine.checkpoint_file import check_kind
from engine.config import Config
from engine.config.run_options import NO_OPTIONS, RunOptions
from engine.dataset import prepared
from engine.dataset.loader.buckets import steps_per_epoch
from engine.dataset.prepared import PreparedData
from engine.errors import InputError
from engine.i18n import _, plural
from engine.quality.whisper_folder import require_library, whisper_folder
from engine.runs import gpus, manage, registry, resume
from engine.text import pronunciations, sidecar

if TYPE_CHECKING:
    from engine.workspace import Workspace

KIND = "train"
GPU_PRESET, CPU_PRESET = "ljs_mini_mb_istft_vits", "small_cpu"
BACKENDS = ("nccl", "gloo")  # as in engine.train.ranks, which needs torch
# keys of `data` that the weights depend on; the rest may change between two starts, as all of `train` may
BOUND_DATA = {
    "sampling_rate",
    "filter_length",
    "hop_length",
    "win_length",
    "n_mel_channels",
    "mel_fmin",
    "mel_fmax",
    "add_blank",
    "n_speakers",
    "text_cleaners",
    "normaliser",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A training that can start: `launch.start(plan.folder, **plan.launch_options)`.

    Attributes:
        folder: the run folder.
        argv: the worker's command line; it must run in the workspace.
        config_json: the text of config.json, None to keep the one that is there.
        notes: sentences to print.
        files: further files of the run folder, by name.
    """

    folder: Path
    argv: list[str]
    config_json: str | None
    notes: list[str]
    files: dict[str, str]

    @property
    def launch_options(self) -> dict[str, Any]:
        """What `engine.runs.launch` needs besides the folder."""
        given = {"argv": self.argv, "config_json": self.config_json, "files": self.files}
        return {"kind": KIND, "restarts": True, **given}


def plan(
    workspace: Workspace,
    name: str,
    config_path: Path | None = None,
    options: RunOptions = NO_OPTIONS,
    *,
    new: bool = False,
    steps: int | None = None,
    from_g: Path | None = None,
    from_d: Path | None = None,
    devices: int | None = None,
    backend: str | None = None,
    workers: int | None = None,
    skip_invalid: bool = False,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Plan:
    """Plan a training of run `name`, new or resumed.

    Args:
        config_path: a preset, or a config of the user's own; None resumes with the run's own config, and gives a new
            run the preset for this machine.
        options: values that replace the config's.
        new: start a run of this name, whatever others there are; without it an unknown name is refused, as a
            typo, unless this is the first run or a config is named.
        steps: stop at this step, counted from the start of the voice.
        from_g, from_d: checkpoints of the family that a new voice starts from; a run that has checkpoints of its
            own resumes from those.
        devices: ranks on this machine, each with its own GPU, or its share of the processor's cores.
        backend: what they talk through: "nccl" or "gloo"; None chooses.
        workers: processes that prepare clips, for each rank; None chooses.
        skip_invalid: leave out clips that cannot be trained on, instead of refusing all.
        on_progress: called while clips are measured that were not yet: clips done, clips in all, the last one.

    Raises:
        InputError: a bad or taken name, no such run, a config that the run's weights do not fit, a value that cannot
            be, any fault of the data.
    """
    from engine.dataset.clips.validate import prepare_data  # with numpy, which the dashboard does not load

    folder = workspace.run_folder(name)
    _refuse_live(folder)
    check_numbers(steps, options.epochs, from_g, from_d)
    check_ranks(devices, backend, workers)
    chosen = _choose_config(workspace, folder, config_path, options, new=new)
    if from_g is not None and _has_weights(folder):
        note = _("run {name} has checkpoints, so it resumes from its own newest one")
        chosen.notes.append(note.format(name=name))
    if whisper_folder(chosen.config, workspace.root):
        require_library()
    steps = resume.settle_steps(folder, steps, epochs=options.epochs)
    data = prepare_data(
        chosen.config,
        workspace.root,
        config_path=chosen.path,
        skip_invalid=skip_invalid,
        any_language=options.language is not None,
        on_progress=on_progress,
    )
    settings, notes = chosen.config, chosen.notes
    if chosen.fits_batch:
        size, note = batch_size.choose(settings, data.train, devices or 1)
        settings = RunOptions(batch_size=size).apply(settings)
        notes.append(note)
    if options.fp16 and not gpus.are_usable():
        notes.append(_("half precision is for a GPU; none is here, so this training runs in full precision"))
    if options.epochs is not None:
        lengths = [clip.frames for clip in data.train]
        per_epoch = steps_per_epoch(lengths, settings.train.batch_size, world=devices or 1)
        resume.refuse_reached_epochs(folder, options.epochs, per_epoch)
    notes += _data_notes(settings, workspace.root, data)
    # -P: a file of the workspace called json.py must not be taken for the library's
    argv = [sys.executable, "-P", "-m", "engine.train", "--run", str(folder)]
    argv += ["--skip-invalid"] if skip_invalid else []
    given = {
        "--steps": steps,
        "--devices": devices,
        "--backend": backend,
        "--workers": workers,
        "--from": from_g and from_g.absolute(),
        "--from_d": from_d and from_d.absolute(),
    }
    argv += [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    files = {prepared.NAME: data.to_jsonl()}
    words = pronunciations.FILE_NAME
    pronunciations.around(workspace.root, settings.data.cleaning).check(settings.symbols)
    if (workspace.root / words).is_file():  # a copy in the run folder, which may be moved
        files[words] = (workspace.root / words).read_text(encoding="utf-8-sig")
    elif (folder / words).exists():
        files[words] = ""
    return Plan(folder, argv, None if chosen.is_kept else settings.to_json(), notes, files)


def _data_notes(config: Config, root: Path, data: PreparedData) -> Iterator[str]:
    """Clips that are left out, and lists that should be cleaned again."""
    for filelist, count in Counter(each.filelist for each in data.left_out).items():
        first = next(each for each in data.left_out if each.filelist == filelist)
        yield _("{filelist}: {clips} left out, the first is {path}: {reason}").format(
            filelist=filelist,
            clips=plural("{n:,} clip", "{n:,} clips", count),
            path=first.path,
            reason=first.reason,
        )
    for name in (config.data.training_files, config.data.validation_files):
        yield from sidecar.sidecar_warnings(root / name)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The config of a start, where it was read, and what to print about it.

    `is_kept`: it is the run's own, unchanged. `fits_batch`: the batch size is a preset's and may be lowered.
    """

    config: Config
    path: Path
    notes: list[str]
    is_kept: bool
    fits_batch: bool


def _choose_config(
    workspace: Workspace, folder: Path, path: Path | None, options: RunOptions, *, new: bool
) -> _Chosen:
    """The run's own config, or the one at `path`, or the preset for this machine; with the options in it."""
    own_path = folder / "config.json"
    own = configs.load(own_path) if own_path.is_file() else None
    notes: list[str] = []
    if own is not None and new:
        fix = _("leave --new out to resume it, or choose another name with -m")
        raise InputError(_("there is a run {name} already").format(name=folder.name), fix=fix)
    if own is None and path is None:
        path, note = _first_preset(workspace, folder, new=new)
        notes.append(note)
    if options.language is not None:
        workspace = workspace.in_language(options.language)
    is_preset = path is not None and presets.is_preset(workspace, path)
    base = configs.load(own_path) if path is None else presets.complete(workspace, path)
    if own is not None and is_preset:  # a resumed run keeps the batch size that was chosen for it
        base = RunOptions(batch_size=own.train.batch_size).apply(base)
    config = options.apply(base)
    if own is not None and _has_weights(folder):
        notes += _compare(own, config, folder.name)
    return _Chosen(
        config,
        path or own_path,
        notes,
        is_kept=path is None and config == own,
        fits_batch=is_preset and own is None and options.batch_size is None,
    )


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("G_*.pth"))


def machine_preset(workspace: Workspace) -> tuple[Path, str]:
    """The preset that this machine can train, and the sentence that says so.

    Raises:
        InputError: the workspace has it no longer.
    """
    if gpus.are_usable():
        name, note = GPU_PRESET, _("a GPU is here: training with the preset {preset}")
    else:
        name, note = CPU_PRESET, _("no GPU is here: training with the preset {preset}")
    return workspace.config_named(name), note.format(preset=name)


def _first_preset(workspace: Workspace, folder: Path, *, new: bool) -> tuple[Path, str]:
    """The preset of a run that has no config yet. Raises InputError where the name looks mistyped."""
    name = folder.name
    if _has_weights(folder):
        fix = _("put its config.json back, or name its config with -c")
        raise InputError(_("has checkpoints but no config.json"), path=folder, fix=fix)
    if name in manage.list_archived(workspace.logs_dir) and not new:
        fix = _("`vitsdeck archive {name} --restore` brings it back; choose another name for a new voice")
        raise InputError(_("run {name} is archived").format(name=name), fix=fix.format(name=name))
    others = sorted(path.parent.name for path in workspace.logs_dir.glob("*/config.json"))
    if others and not new:
        near = ", ".join(difflib.get_close_matches(name, others, n=3, cutoff=0.0))
        fix = _("the nearest names are {near}; `vitsdeck train -m {name} --new` starts a new voice")
        raise InputError(_("there is no run {name}").format(name=name), fix=fix.format(near=near, name=name))
    return machine_preset(workspace)


def _refuse_live(folder: Path) -> None:
    try:
        run = registry.read_run(folder)
    except InputError:
        return
    if run.kind != KIND:
        what = _('the name "{name}" belongs to other work: {kind}').format(name=folder.name, kind=run.kind)
        raise InputError(what, path=folder, fix=_("choose another name with -m"))
    if run.is_live:
        what = _('a live run has the name "{name}"').format(name=folder.name)
        fix = _("watch it with `vitsdeck attach {name}`, stop it, or choose another name")
        raise InputError(what, path=folder, fix=fix.format(name=folder.name))


def check_numbers(
    steps: int | None, epochs: int | None = None, from_g: Path | None = None, from_d: Path | None = None
) -> None:
    """Check how long to train, and from which weights. Raises InputError."""
    if steps is not None and steps <= 0:
        raise InputError(_("--steps is {steps}").format(steps=steps), fix=_("it must be above 0"))
    if steps is not None and epochs is not None:
        raise InputError(_("--steps and --epochs exclude each other"), fix=_("choose one"))
    if from_d is not None and from_g is None:
        raise InputError(_("--from_d needs --from"), fix=_("name the G_ checkpoint too"))
    for path in (from_g, from_d):
        if path is not None:
            check_kind(path)


def check_ranks(devices: int | None, backend: str | None = None, workers: int | None = None) -> None:
    """Check what needs no torch; the trainer counts the devices. Raises InputError."""
    if devices is not None and devices < 1:
        raise InputError(_("--devices is {devices}").format(devices=devices), fix=_("it must be above 0"))
    if backend is not None and backend not in BACKENDS:
        raise InputError(
            _("there is no backend {backend!r}").format(backend=backend),
            fix=_("choose one of {backends}").format(backends=", ".join(BACKENDS)),
        )
    if workers is not None and workers < 0:
        raise InputError(_("--workers is {workers}").format(workers=workers), fix=_("it must not be below 0"))


def _compare(before: Config, now: Config, name: str) -> list[str]:
    """Sentences about changes; raises InputError for those that do not fit the weights."""
    bound: list[str] = []
    free: list[str] = []
    for section in ("train", "data", "model"):
        old, new = getattr(before, section), getattr(now, section)
        for key in (each.name for each in dataclasses.fields(old)):
            if getattr(old, key) != getattr(new, key):
                line = f"{section}.{key}: {_shown(getattr(old, key))} -> {_shown(getattr(new, key))}"
                is_bound = section == "model" or (section == "data" and key in BOUND_DATA)
                (bound if is_bound and key != "p_dropout" else free).append(line)
    for key in ("symbols", "speakers"):
        if getattr(before, key) != getattr(now, key):
            bound.append(_("{key}: another list").format(key=key))
    if bound:
        what = _("run {name} was started with another voice: {change}").format(name=name, change=bound[0])
        fix = _("choose another name with -m, or leave -c out to continue with the run's own config")
        raise InputError(what, fix=fix, details=bound[1:])
    return [_("changed for this run from now on: {change}").format(change=change) for change in free]


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
