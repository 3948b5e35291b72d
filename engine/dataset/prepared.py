"""What a run trains on: `prepared.jsonl` of the run folder, written by validation, so nothing is checked twice.

    {"v": 1, "of": "SHA-256 of the config and the lists", "warnings": [...]}
    {"list": "train", "path": "wavs/1.wav", "speaker": null, "ids": [0, 43, 0], "frames": 412}
    {"filelist": "filelists/train.txt", "line": 2, "path": "wavs/2.wav", "left_out": "it has 1400 frames, ..."}

It is read for exactly the config and lists that it was written for, and made anew for others. Recordings are not
looked at again: one that changed is judged when it is loaded (`dataset.loader.dataset`). Standard library only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from engine.config import Config
from engine.i18n import _

NAME = "prepared.jsonl"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip that is trained on, or validated on.

    Attributes:
        path: the audio file, relative to the workspace as its list names it.
        speaker: row of the speaker embedding; None for a voice of one speaker.
        ids: symbol ids, with blanks if the config says so.
        frames: spectrogram frames, samples // hop.
    """

    path: str
    speaker: int | None
    ids: tuple[int, ...]
    frames: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A clip that training leaves out, where it is listed, and why."""

    filelist: str
    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        text = _("{place}: {path} is left out: {reason}")
        return text.format(place=f"{self.filelist}:{self.line}", path=self.path, reason=self.reason)


@dataclass(frozen=True, slots=True)
class PreparedData:
    """The data of a run: `of` which config and lists (`digest`), and `warnings` as whole sentences."""

    of: str
    train: list[PreparedClip] = field(default_factory=list)
    val: list[PreparedClip] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def to_jsonl(self) -> str:
        """The text of prepared.jsonl."""
        rows: list[dict[str, object]] = [{"v": _VERSION, "of": self.of, "warnings": self.warnings}]
        for name, clips in (("train", self.train), ("val", self.val)):
            rows += [{"list": name, **dataclasses.asdict(clip)} for clip in clips]
        for each in self.left_out:
            place = {"filelist": each.filelist, "line": each.line, "path": each.path}
            rows.append({**place, "left_out": each.reason})
        return "".join(json.dumps(row) + "\n" for row in rows)


def read(folder: str | Path, of: str | None = None) -> PreparedData | None:
    """What was prepared for a run; None when there is nothing, or it is of another config or of other lists than `of`.

    Without `of` those that it was prepared for are not compared.
    """
    try:
        head, *rows = map(json.loads, (Path(folder) / NAME).read_text(encoding="utf-8").splitlines())
        if head["v"] != _VERSION or of not in (None, head["of"]):
            return None
        data = PreparedData(head["of"], warnings=head["warnings"])
        for row in rows:
            if "left_out" in row:
                data.left_out.append(LeftOut(row["filelist"], row["line"], row["path"], row["left_out"]))
            else:
                clip = PreparedClip(row["path"], row["speaker"], tuple(row["ids"]), row["frames"])
                (data.train if row["list"] == "train" else data.val).append(clip)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return data


def digest(config: Config, root: str | Path, *, skip_invalid: bool) -> str:
    """Of everything but the recordings that decides what is trained on; a list that cannot be read counts as empty."""
    asked = [dataclasses.asdict(config.data), config.symbols, config.speakers, config.train.segment_size]
    found = hashlib.sha256(json.dumps([*asked, skip_invalid]).encode())
    for name in (config.data.training_files, config.data.validation_files):
        with contextlib.suppress(OSError):
            found.update(hashlib.sha256((Path(root) / name).read_bytes()).digest())
    return found.hexdigest()
