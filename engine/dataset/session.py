"""The clips of a dataset and the list of each, while a person edits them: immutable, with undo and redo.

Every change returns a new `DatasetState`, which remembers the one before it: undo goes back to that object.
Standard library only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from engine.dataset.lists.filelist import ListFile
from engine.dataset.split import SPLITS, SplitSettings, assign_splits
from engine.errors import InputError
from engine.i18n import _, plural

ALL_SPLITS = (*SPLITS, "quarantine", "out")
LISTED = ALL_SPLITS[:4]  # those that are files; a clip that is "out" is in no list


class Clip(NamedTuple):
    """One clip as a list has it.

    Attributes:
        path, speaker, text: its columns.
        line: its line in the file that it was read from; 0 for one that was found in a folder.
        source: which of the state's files that is; -1 for none.
        fault: what is wrong with its line, "" for nothing: no columns, not UTF-8.
    """

    path: str
    speaker: str | None
    text: str
    line: int = 0
    source: int = -1
    fault: str = ""


BLANK = "is blank"  # the fault of a line that is kept only to be reported and removed


class Change(NamedTuple):
    """What an edit sets; None leaves a column as it is."""

    path: str | None = None
    speaker: str | None = None
    text: str | None = None
    fault: str | None = None  # "": its line is to be written anew


class SplitSummary(NamedTuple):
    """What a split holds: clips, minutes (of known lengths), how many speakers, share of train, val and test."""

    split: str
    clips: int
    minutes: float
    speakers: int
    share: float


@dataclass(frozen=True, eq=False)
class DatasetState:
    """Clips, the split of each, and the steps that led there.

    Attributes:
        base: the clips as they were opened.
        splits: for each clip the index of its split in ALL_SPLITS.
        files: the lists that they were read from; `homes`: the split of each file, None for a manifest.
        names: the file name of each listed split, where it will be saved.
        split_settings: how the clips were split last, or would be.
        edited_clips: those that differ from `base`.
        label: the step that led here, as `move to val, 3 clips`.
        written: what each list was saved as.
    """

    base: tuple[Clip, ...]
    splits: bytes
    files: tuple[ListFile, ...] = ()
    homes: tuple[str | None, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: {split: f"{split}.txt" for split in LISTED})
    split_settings: SplitSettings = field(default_factory=SplitSettings)
    edited_clips: Mapping[int, Clip] = field(default_factory=dict)
    label: str = ""
    written: Mapping[str, bytes] = field(default_factory=dict)
    _before: DatasetState | None = None
    _after: DatasetState | None = None  # what redo goes to
    # splits and edits as the lists on the disk have them
    _saved: tuple[bytes, Mapping[int, Clip]] | None = None

    def __len__(self) -> int:
        return len(self.base)

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """All clips as they are now, in the order in which they were opened."""
        if not self.edited_clips:
            return self.base
        clips = list(self.base)
        for index, clip in self.edited_clips.items():
            clips[index] = clip
        return tuple(clips)

    def clip(self, index: int) -> Clip:
        """One clip as it is now."""
        return self.edited_clips.get(index, self.base[index])

    def split_of(self, index: int) -> str:
        """The split that a clip is in, one of ALL_SPLITS."""
        return ALL_SPLITS[self.splits[index]]

    def summary(self, seconds: Sequence[float | None] = ()) -> tuple[SplitSummary, ...]:
        """What each split holds, in the order of ALL_SPLITS; `seconds` of each clip."""
        speakers: list[set[str | None]] = [set() for _unused in ALL_SPLITS]
        minutes, clips = [0.0] * len(ALL_SPLITS), [0] * len(ALL_SPLITS)
        for index, (split, clip) in enumerate(zip(self.splits, self.clips, strict=True)):
            if clip.fault == BLANK:
                continue
            clips[split] += 1
            speakers[split].add(clip.speaker)
            if seconds:
                minutes[split] += (seconds[index] or 0.0) / 60
        total = sum(clips[: len(SPLITS)]) or 1
        return tuple(
            SplitSummary(name, clips[i], minutes[i], len(speakers[i]), clips[i] / total)
            for i, name in enumerate(ALL_SPLITS)
        )

    def differing(self, other: DatasetState) -> set[int]:
        """The clips whose split or columns differ between two states of the same clips."""
        if self.splits == other.splits and self.edited_clips == other.edited_clips:
            return set()
        edited = self.edited_clips.items() ^ other.edited_clips.items()
        moved = {
            i for i, (now, then) in enumerate(zip(self.splits, other.splits, strict=True)) if now != then
        }
        return moved | {index for index, _unused in edited}

    # steps

    def split(self, settings: SplitSettings, first_new: int = 0) -> DatasetState:
        """The clips of train, val and test split anew; quarantine and out stay.

        Args:
            first_new: clips before this one keep their lists.

        Raises:
            InputError: as `assign_splits`.
        """
        splits, clips = bytearray(self.splits), self.clips
        wanted = [i for i, clip in enumerate(clips) if splits[i] < len(SPLITS) and clip.fault != BLANK]
        kept = [splits[i] if i < first_new else None for i in wanted]
        assigned = assign_splits([clips[i] for i in wanted], settings, kept)
        for index, split in zip(wanted, assigned, strict=True):
            splits[index] = split
        label = _("split {ratios}").format(ratios="/".join(f"{ratio:g}" for ratio in settings.ratios))
        return self._step(label, splits=bytes(splits), split_settings=settings)

    def moved(self, indices: Iterable[int], split: str) -> DatasetState:
        """Some clips in another split; the same state when they are there already."""
        return self.changed({}, dict.fromkeys(indices, split), _("move to {split}").format(split=split))

    def edited(self, changes: Mapping[int, Change], label: str = "edit") -> DatasetState:
        """Some clips with other columns."""
        return self.changed(changes, {}, label)

    def changed(self, changes: Mapping[int, Change], moves: Mapping[int, str], label: str) -> DatasetState:
        """Edits and moves as one step of undo; the same state when nothing differs.

        Raises:
            InputError: a column with a bar or a line break.
        """
        edits = dict(self.edited_clips)
        for index, change in changes.items():
            clip = _with(self.clip(index), change)
            if clip == self.base[index]:
                edits.pop(index, None)
            else:
                edits[index] = clip
        splits = bytearray(self.splits)
        for index, split in moves.items():
            splits[index] = ALL_SPLITS.index(split)
        if edits == self.edited_clips and splits == self.splits:
            return self
        count = len({*changes, *moves})
        label = plural("{step}, {n:,} clip", "{step}, {n:,} clips", count, step=label)
        return self._step(label, splits=bytes(splits), edited_clips=edits)

    def _step(self, label: str, **values: object) -> DatasetState:
        return dataclasses.replace(self, label=label, _before=self, _after=None, **values)  # type: ignore[arg-type]

    # undo and redo

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._before is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return self._after is not None

    def undone(self) -> DatasetState:
        """As before the last step; the same state when there is none."""
        if self._before is None:
            return self
        return dataclasses.replace(self._before.on_disk_as(self), _after=self)

    def redone(self) -> DatasetState:
        """The last step that was taken back, again; the same state when there is none."""
        if self._after is None:
            return self
        return dataclasses.replace(self._after.on_disk_as(self), _before=self)

    # saving

    @property
    def is_changed(self) -> bool:
        """Whether the lists on the disk say something else, or there are none."""
        return self._saved != (self.splits, self.edited_clips)

    def as_saved(self, written: Mapping[str, bytes]) -> DatasetState:
        """The same, known to be what the lists on the disk say; undo continues from here."""
        saved = (self.splits, self.edited_clips)
        return dataclasses.replace(self, _saved=saved, written={**self.written, **written})

    def on_disk_as(self, other: DatasetState) -> DatasetState:
        """The same, with what another state of these clips knows of the lists on the disk."""
        return dataclasses.replace(self, written=other.written, _saved=other._saved)


def _with(clip: Clip, change: Change) -> Clip:
    values = {name: value for name, value in change._asdict().items() if value is not None}
    for name, value in values.items():
        if any(mark in value for mark in "|\n\r"):
            what = _("a {column} cannot hold a bar or a line break").format(column=name)
            raise InputError(what, fix=_("they separate columns and lines"))
    return clip._replace(**values)
