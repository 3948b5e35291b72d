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
from engine.demo.recorder import name_of
from engine.demo.sentences import train_and_val
from engine.errors import InputError
from engine.i18n import _
from engine.prepare import Progress, prepare
from engine.workspace import Workspace

NAME = "demo"  # of the run and of its config
CLIPS = 800
SENTENCE = "Every ship in the harbour rang its bell at noon."  # no four words in a row are in the corpus
WORDS_STEP = (
    1200  # from here on more than half of the words of an unseen sentence are heard: docs/performance.md
)


def build(
    folder: Path,
    notify: Callable[[str], None],
    *,
    clips: int = CLIPS,
    on_progress: Progress = lambda _done, _total, _note: None,
) -> Workspace:
    """Make the demo workspace, or what is missing of it.

    Args:
        notify: called with one line for each step.
        clips: how many sentences are recorded, those to validate on included.
        on_progress: called with work done and work in all of a step, and a note.

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
        notify(_("{clips} sentences are read aloud by espeak-ng, at 44.1 kHz").format(clips=clips))
        _record(recordings, clips, on_progress)
    _write_lists(workspace, clips)
    prepare(
        workspace,
        [recordings],
        on_step=lambda step: notify(f"{step.name}: {step.said}"),
        on_progress=on_progress,
    )
    _write_config(workspace)
    return workspace


def _config_path(workspace: Workspace) -> Path:
    return workspace.configs_dir / f"{NAME}.json"


def _record(recordings: Path, clips: int, on_progress: Progress) -> None:
    command = [sys.executable, "-P", "-m", "engine.demo.recorder", str(recordings), str(clips)]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        last_line = ""
        for line in process.stdout or ():
            last_line = line.strip() or last_line
            number = last_line.partition(" ")[0]
            if number.isdecimal():
                on_progress(int(number), clips, "record")
    if process.returncode != 0:
        what = _("the bundled espeak-ng could not read them ({error})")
        error = last_line or f"exit code {process.returncode}"
        raise InputError(what.format(error=error), path=recordings, fix=_("see `vitsdeck doctor`"))


def _write_lists(workspace: Workspace, clips: int) -> None:
    """Lists of the clips that `prepare` will make; it keeps lists that exist."""
    train, val = train_and_val(clips)
    lines = [
        f"{workspace.settings.audio}/recordings/{name_of(index)}.wav|{sentence}\n"
        for index, sentence in enumerate([*train, *val])
    ]
    workspaces.write_new(workspace.filelists_dir / "train.txt", "".join(lines[: len(train)]))
    workspaces.write_new(workspace.filelists_dir / "val.txt", "".join(lines[len(train) :]))


def _write_config(workspace: Workspace) -> None:
    """Write small_cpu with a validation every two minutes or so."""
    small = configs.load(workspaces.shipped_configs() / "small_cpu.json")
    train = dataclasses.replace(small.train, eval_interval=200)
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
