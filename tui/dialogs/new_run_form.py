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
    config, is_preset = _config(workspace, typed, form)
    _name(workspace, typed, form)
    numbers = {name: number for name in _NUMBERS if (number := _number(name, typed, form)) is not None}
    if config is not None:
        _lists(workspace, config, typed, form)
        _language(config, typed, form)
        _values(config, numbers, typed, form)
        clips = _clips(workspace, typed.get("train_list") or config.data.training_files)
        if is_preset and clips is not None:
            size = within_clips(config.train.batch_size, clips, numbers.get("devices", 1))
            form.defaults["batch_size"] = str(size)
            form.hints["batch_size"] = _("clips a step; preset: {batch_size}").format(
                batch_size=config.train.batch_size
            )
    with _faults_of(form, "steps"):
        start.check_numbers(numbers.get("steps"), numbers.get("epochs"))
    with _faults_of(form, "devices"):
        start.check_ranks(numbers.get("devices"))
    for name in ("from", "from_d"):
        if typed.get(name):
            with _faults_of(form, name):
                check_kind(workspace.root / typed[name])
    if typed.get("from_d") and not typed.get("from"):
        form.faults["from_d"] = _("name the G_ checkpoint, too")
    return form


@contextmanager
def _faults_of(form: Form, name: str) -> Iterator[None]:
    """Keep the first fault of a field."""
    try:
        yield
    except InputError as error:
        form.faults.setdefault(name, str(error))


def _config(workspace: Workspace, typed: Mapping[str, str], form: Form) -> tuple[Config | None, bool]:
    """The completed config, and whether it is a preset."""
    try:
        path = (
            workspace.config_named(typed["config"])
            if typed.get("config")
            else start.machine_preset(workspace)[0]
        )
        form.defaults["config"] = path.stem
        config = presets.complete(workspace, path)
        form.hints["config"] = f"{config.model.decoder}, {config.data.sampling_rate} Hz"
        return config, presets.is_preset(workspace, path)
    except InputError as error:
        form.faults["config"] = str(error)
        return None, False


def _name(workspace: Workspace, typed: Mapping[str, str], form: Form) -> None:
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


def _number(name: str, typed: Mapping[str, str], form: Form) -> int | None:
    value = typed.get(name, "")
    if not value:
        return None
    if not value.isdecimal():
        form.faults[name] = _("{typed} is no whole number").format(typed=value)
        return None
    return int(value)


def _lists(workspace: Workspace, config: Config, typed: Mapping[str, str], form: Form) -> None:
    for name, default in (
        ("train_list", config.data.training_files),
        ("val_list", config.data.validation_files),
    ):
        form.defaults[name] = default
        shown = typed.get(name) or default
        clips = _clips(workspace, shown)
        if clips is not None:
            form.hints[name] = plural("{n:,} clip", "{n:,} clips", clips)
        elif typed.get(name):
            form.faults[name] = _("{path} cannot be read").format(path=shown)
        else:
            form.faults[name] = _(
                "{path} cannot be read; `vitsdeck prepare RECORDINGS` makes the lists"
            ).format(path=shown)


def _clips(workspace: Workspace, path: str) -> int | None:
    try:
        return count_lines(workspace.root / path)
    except OSError:
        return None


def _language(config: Config, typed: Mapping[str, str], form: Form) -> None:
    own = languages.of_cleaners(config.data.text_cleaners)
    form.defaults["language"] = own.code if own else ""
    form.hints["language"] = own.name if own and not typed.get("language") else ""
    if typed.get("language"):
        with _faults_of(form, "language"):
            form.hints["language"] = languages.find(typed["language"]).name


def _values(config: Config, numbers: Mapping[str, int], typed: Mapping[str, str], form: Form) -> None:
    """The numbers of the config: each is checked alone, by the config's own checks."""
    train = config.train
    form.defaults.update(
        batch_size=str(train.batch_size),
        epochs=str(train.epochs),
        eval_interval=str(train.eval_interval),
        fp16="yes" if train.fp16_run else "no",
        devices="1",
    )
    for name in ("batch_size", "epochs", "eval_interval"):
        with _faults_of(form, name):
            option: dict[str, Any] = {name: numbers.get(name)}
            RunOptions(**option).apply(config)
    if typed.get("fp16", "no") not in ("", "yes", "no"):
        form.faults["fp16"] = _("type yes or no")


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
