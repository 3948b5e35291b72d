"""How far a workspace is, from recordings to a spoken sentence, counted by file names and lines."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.audio.recordings import SUFFIXES
from engine.dataset.lists.layouts import MANIFESTS
from engine.workspace import Workspace

NextStep = Literal["prepare", "transcribe", "train", "speak"]
LISTS = ("train.txt", "val.txt", "test.txt")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done.

    Attributes:
        recordings: clips in the workspace's audio folder.
        transcripts: clips with a text: in the lists, or before there are lists in a manifest of the audio folder.
        lists: clips in train.txt, val.txt and test.txt; 0 for a list that is not there.
        cleaned: lines in the cleaned lists; 0 when that of train or val is missing or older than its list.
        trained: runs with a checkpoint, by name.
        spoken: wav files in the folder of spoken sentences.
        next_step: the verb that comes next.
    """

    recordings: int
    transcripts: int
    lists: tuple[int, int, int]
    cleaned: int
    trained: tuple[str, ...]
    spoken: int
    next_step: NextStep


def progress_of(workspace: Workspace) -> Progress:
    """How far a workspace is; what cannot be read counts as not there."""
    folder, audio = workspace.filelists_dir, workspace.audio_dir
    recordings = _count(audio, SUFFIXES)
    train, val, test = (_lines(folder / name) for name in LISTS)
    listed = train + val + test
    transcripts = listed or max(_lines(audio / name) for name in MANIFESTS)
    cleaned = sum(_lines(folder / f"{name}.cleaned") for name in LISTS)
    if not all(_is_current(folder / name) for name in LISTS[:2]):
        cleaned = 0
    trained = tuple(sorted({path.parent.name for path in workspace.logs_dir.glob("*/G_*.pth")}))
    return Progress(
        recordings,
        transcripts,
        (train, val, test),
        cleaned,
        trained,
        _count(workspace.spoken_dir, (".wav",)),
        _next(recordings, transcripts, cleaned, is_trained=bool(trained)),
    )


def _next(recordings: int, transcripts: int, cleaned: int, *, is_trained: bool) -> NextStep:
    if is_trained:
        return "speak"
    if cleaned:
        return "train"
    return "transcribe" if recordings and not transcripts else "prepare"


def _is_current(source: Path) -> bool:
    """Whether a list was cleaned after it was written."""
    try:
        return Path(f"{source}.cleaned").stat().st_mtime_ns >= source.stat().st_mtime_ns
    except OSError:
        return False


def _count(folder: Path, suffixes: tuple[str, ...]) -> int:
    """Files with these endings in a folder and below; hidden ones are not counted."""
    return sum(
        name.lower().endswith(suffixes) and not name.startswith(".")
        for _, _, names in os.walk(folder)
        for name in names
    )


def _lines(path: Path) -> int:
    """Lines of a list that are neither blank nor a comment."""
    try:
        lines = path.read_bytes().splitlines()
        return sum(bool(line.strip()) and not line.lstrip().startswith(b"#") for line in lines)
    except OSError:
        return 0
