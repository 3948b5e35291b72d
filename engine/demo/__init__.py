"""The demo workspace: recordings, filelists and a config, ready to train in a minute.

A step whose result exists is skipped, so that an interrupted demo continues. The config is written last.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from engine import config as configs
from engine import workspace as workspaces
from engine.config.settings import FILE_NAME
from engine.errors import InputError
from engine.i18n import _
from engine.prepare import prepare
from engine.workspace import Workspace

NAME = "demo"  # of the run and of its config
SENTENCE = "The lighthouse keeper counted the ships."


def build(folder: Path, notify: Callable[[str], None]) -> Workspace:
    """Make the demo workspace, or what is missing of it.

    Args:
        notify: called with one line for each step.

    Raises:
        InputError: the folder cannot be written, or is a workspace of somebody's own.
    """
    root = folder.absolute()
    recordings = root / "recordings"
    known = workspaces.find(root) if (root / FILE_NAME).is_file() else None
    if known is not None and _config_path(known).is_file():
        return known
    if known is not None and not recordings.is_dir():
        what = _("is a workspace already, but not the demo's")
        raise InputError(what, path=root, fix=_("name another folder"))
    try:
        recordings.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = _("cannot be made ({reason})").format(reason=error.strerror)
        raise InputError(what, path=recordings, fix=_("name another folder")) from None
    notify(_("making the demo workspace {root}").format(root=root))
    workspace = workspaces.init(root)
    if not (recordings / "metadata.csv").is_file():  # it is written last
        notify(_("24 sentences are read aloud by espeak-ng, as 44.1 kHz stereo"))
        _record(recordings)
    prepare(workspace, [recordings], on_step=lambda step: notify(f"{step.name}: {step.said}"))
    _write_config(workspace)
    return workspace


def _config_path(workspace: Workspace) -> Path:
    return workspace.configs_dir / f"{NAME}.json"


def _record(recordings: Path) -> None:
    command = [sys.executable, "-P", "-m", "engine.demo.recorder", str(recordings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last_line = [f"exit code {done.returncode}", *done.stderr.strip().splitlines()][-1]
        what = _("the bundled espeak-ng could not read them ({error})").format(error=last_line)
        raise InputError(what, path=recordings, fix=_("see `vitsdeck doctor`"))


def _write_config(workspace: Workspace) -> None:
    """Write small_cpu with short segments, logged at every step."""
    small = configs.load(workspaces.shipped_configs() / "small_cpu.json")
    train = dataclasses.replace(
        small.train, log_interval=1, eval_interval=100, batch_size=4, segment_size=4096
    )
    folder = Path(workspace.settings.filelists)
    data = dataclasses.replace(
        small.data,
        training_files=(folder / "train.txt.cleaned").as_posix(),
        validation_files=(folder / "val.txt.cleaned").as_posix(),
        normaliser=workspace.normaliser,
    )
    workspaces.write_new(
        _config_path(workspace), dataclasses.replace(small, train=train, data=data).to_json()
    )
