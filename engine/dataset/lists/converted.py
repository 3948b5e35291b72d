"""Find the converted recording of each clip of a manifest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from engine.dataset.lists.filelist import Entry


def use_converted(entries: Sequence[Entry], folder: Path, audio_dir: Path) -> tuple[list[Entry], list[Entry]]:
    """Entries that name the converted clip where there is one, and those for which there is none.

    `folder` is what was converted, or the folder of the list. `convert` keeps sub-folders and changes the
    suffix, so `raw/wavs/a/1.flac` of the folder `raw` is
    `audio_dir/wavs/a/1.wav`, or `audio_dir/a/1.wav` when `raw/wavs` was converted.
    """
    found, missing = [], []
    for entry in entries:
        clip = next((path for path in _candidates(entry, folder, audio_dir) if path.is_file()), None)
        if clip is None:
            missing.append(entry)
        found.append(entry if clip is None else dataclasses.replace(entry, path=str(clip)))
    return found, missing


def _candidates(entry: Entry, folder: Path, audio_dir: Path) -> list[Path]:
    path = Path(entry.path)
    names = [path.relative_to(base) for base in (folder, folder / "wavs") if path.is_relative_to(base)]
    names = [
        name for each in names for name in (each, Path(folder.name, each))
    ]  # `prepare` keeps the folder's name
    if not path.is_absolute():
        names.append(path)
    if entry.speaker is not None:
        names.append(Path(entry.speaker, path.name))
    names.append(Path(path.name))
    # with_suffix would cut an id such as LJ001.0001
    return [
        audio_dir / each
        for name in names
        if name.name
        for each in (name.with_suffix(".wav"), name.with_name(name.name + ".wav"))
    ]
