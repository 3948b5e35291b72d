"""The fields of the dialog for a new run: the default of each, its meaning, and what is wrong with what is typed.

Nothing here draws: a thread calls `work_out` after every key. An empty field means its default, so that the command
line holds only what a person typed and `train` decides the rest.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import languages, presets, start
from engine.batch_size import within_clips
from engine.checkpoint_file import check_kind
from engine.config import Config
from engine.config.run_options import RunOptions
from engine.errors import InputError
from engine.i18n import _, plural
from engine.workspace import Workspace
from tui.dialogs.picker import Choice
from tui.panes.overview.inventory import count_lines
from tui.panes.training.starting import Start

# a field is named after its flag of `train`; its caption, and a hint where none is worked out
FIELDS: dict[str, tuple[str, str]] = {
    "model": (_("run name"), _("its folder in logs/")),
    "config": (_("preset"), ""),
    "train_list": (_("train list"), ""),
    "val_list": (_("validation list"), ""),
    "language": (_("language"), ""),
    "batch_size": (_("batch size"), _("clips a step")),
    "steps": (_("steps"), _("empty: all the epochs")),
    "epochs": (_("epochs"), _("passes over the clips")),
    "eval_interval": (_("save every"), _("steps; validates and saves")),
    "fp16": (_("half precision"), _("yes or no; only on a GPU")),
    "devices": (_("devices"), _("GPUs, or shares of the CPU")),
    "from": (_("start from"), _("a G_*.pth; empty: afresh")),
    "from_d": (_("and its D"), _("a D_*.pth; empty: afresh")),
}
_NUMBERS = ("batch_size", "steps", "epochs", "eval_interval", "devices")


@dataclass(frozen=True, slots=True)
class Form:
    """By field: `defaults` of empty ones, `hints` beside them, `faults` below them as sentences."""

    defaults: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def start_of(typed: Mapping[str, str], form: Form) -> Start:
    """The command that the form stands for."""
    flags = {name: typed.get(name, "") for name in FIELDS if name != "model"}
    return Start(typed.get("model") or form.defaults["model"], new=True, flags=flags)


def work_out(workspace: Workspace, typed: Mapping[str, str]) -> Form:
    """The form for what is typed so far."""
    form = Form(hints={name: hint for name, (_unused, hint) in FIELDS.items()})
    typed = {name: value for name, value in typed.items() if value}
    numbers = {name: int(typed[name]) for name in _NUMBERS if typed.get(name, "").isdecimal()}
    for name in _NUMBERS:
        if name in typed and name not in numbers:
            form.faults[name] = _("{typed} is no whole number").format(typed=typed[name])
    with _faults_of(form, "config"):
        _use_config(workspace, typed, numbers, form)
    _use_name(workspace, typed, form)
    with _faults_of(form, "steps"):
        start.check_numbers(numbers.get("steps"), numbers.get("epochs"))
    with _faults_of(form, "devices"):
        start.check_ranks(numbers.get("devices"))
    if typed.get("fp16", "no") not in ("yes", "no"):
        form.faults["fp16"] = _("type yes or no")
    for name in ("from", "from_d"):
        if name in typed:
            with _faults_of(form, name):
                check_kind(workspace.root / typed[name])
    if "from_d" in typed and "from" not in typed:
        form.faults["from_d"] = _("name the G_ checkpoint, too")
    return form


@contextmanager
def _faults_of(form: Form, name: str) -> Iterator[None]:
    """Keep the first fault of a field."""
    try:
        yield
    except InputError as error:
        form.faults.setdefault(name, str(error))


def _use_config(
    workspace: Workspace, typed: Mapping[str, str], numbers: Mapping[str, int], form: Form
) -> None:
    """What follows from the completed config. Raises InputError: it cannot be used."""
    path = (
        workspace.config_named(typed["config"]) if "config" in typed else start.machine_preset(workspace)[0]
    )
    form.defaults["config"] = path.stem
    config = presets.complete(workspace, path)
    data, train = config.data, config.train
    form.hints["config"] = f"{config.model.decoder}, {data.sampling_rate} Hz"
    form.defaults.update(
        batch_size=str(train.batch_size),
        epochs=str(train.epochs),
        eval_interval=str(train.eval_interval),
        fp16="yes" if train.fp16_run else "no",
        devices="1",
    )
    _use_language(config, typed, form)
    for name in (
        "batch_size",
        "epochs",
        "eval_interval",
    ):  # each is checked alone, by the config's own checks
        with _faults_of(form, name):
            option: dict[str, Any] = {name: numbers.get(name)}
            RunOptions(**option).apply(config)
    clips = _count_clips(workspace, "train_list", data.training_files, typed, form)
    _count_clips(workspace, "val_list", data.validation_files, typed, form)
    if clips is not None and presets.is_preset(workspace, path):
        form.defaults["batch_size"] = str(within_clips(train.batch_size, clips, numbers.get("devices", 1)))
        form.hints["batch_size"] = _("clips a step; preset: {size}").format(size=train.batch_size)


def _use_name(workspace: Workspace, typed: Mapping[str, str], form: Form) -> None:
    taken = {path.parent.name for path in workspace.logs_dir.glob("*/config.json")}
    form.defaults["model"] = free_name(typed.get("config") or form.defaults.get("config", ""), taken)
    name = typed.get("model", "")
    if name in taken:
        form.faults["model"] = _(
            "there is a run {name} already; choose another name, or resume it with r"
        ).format(name=name)
    elif name:
        with _faults_of(form, "model"):
            workspace.run_folder(name)


def _count_clips(
    workspace: Workspace, name: str, default: str, typed: Mapping[str, str], form: Form
) -> int | None:
    """The clips of a list; None after the form says that it cannot be read."""
    form.defaults[name] = default
    path = typed.get(name, default)
    try:
        clips = count_lines(workspace.root / path)
    except OSError:
        text = _("{path} cannot be read; `vitsdeck prepare RECORDINGS` makes the lists")
        form.faults[name] = (_("{path} cannot be read") if name in typed else text).format(path=path)
        return None
    form.hints[name] = plural("{n:,} clip", "{n:,} clips", clips)
    return clips


def _use_language(config: Config, typed: Mapping[str, str], form: Form) -> None:
    if own := languages.of_cleaners(config.data.text_cleaners):
        form.defaults["language"], form.hints["language"] = own.code, own.name
    if "language" in typed:
        form.hints["language"] = ""
        with _faults_of(form, "language"):
            form.hints["language"] = languages.find(typed["language"]).name


def choices(workspace: Workspace, name: str) -> list[Choice]:
    """What a field may be, for those with a list."""
    root = workspace.root
    if name == "config":
        return [Choice(path.stem, path.stem) for path in workspace.configs()]
    if name in ("train_list", "val_list"):
        return _files(root, workspace.filelists())
    if name == "language":
        return [Choice(each.code, each.code, each.name) for each in languages.LANGUAGES]
    if name in ("from", "from_d"):
        pattern = "*/G_*.pth" if name == "from" else "*/D_*.pth"
        return _files(root, sorted(workspace.logs_dir.glob(pattern), key=_by_time, reverse=True))
    return [Choice("yes", "yes"), Choice("no", "no")] if name == "fp16" else []


def _files(root: Path, paths: Sequence[Path]) -> list[Choice]:
    names = (path.relative_to(root) if path.is_relative_to(root) else path for path in paths)
    return [Choice(str(name), str(name)) for name in names]


def _by_time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def free_name(config: str, taken: Container[str]) -> str:
    """A name for a new run after its config: `small_cpu`, then `small_cpu-2`."""
    stem = re.sub(r"[^\w.-]", "-", Path(config).stem).strip("-_.") or "voice"
    number, name = 2, stem
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
