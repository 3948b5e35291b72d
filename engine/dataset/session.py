"""The clips of a corpus and the lists that they are in, as a person edits them: immutable, with undo and redo.

Every change returns a new `Board`; the old one is what undo goes back to, so there is no limit and nothing to repair.
A state is one byte a clip and the few clips that were edited. Standard library only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from engine.dataset.lists.filelist import ListFile
from engine.dataset.split import SPLITS, SplitSettings, assign_splits
from engine.errors import InputError

PLACES = (*SPLITS, "quarantine", "out")
LISTED = PLACES[:4]  # the places that are files; "out" is in no list


class Clip(NamedTuple):
    """One clip as a list has it.

    Attributes:
        path, speaker, text: its columns.
        line: its line in the file that it was read from; 0 for one that was found in a folder.
        source: which of the board's files that is; -1 for none.
        fault: what is wrong with its line, "" for nothing: no columns, not UTF-8.
    """

    path: str
    speaker: str | None
    text: str
    line: int = 0
    source: int = -1
    fault: str = ""


BLANK = "is blank"  # the fault of a line that is kept only to be told and taken out


class Change(NamedTuple):
    """What an edit sets; None leaves a column as it is."""

    path: str | None = None
    speaker: str | None = None
    text: str | None = None
    fault: str | None = None  # "": its line is to be written anew


class PlaceSummary(NamedTuple):
    """What a list holds: clips, minutes (of known lengths), how many speakers, share of train, val and test."""

    place: str
    clips: int
    minutes: float
    speakers: int
    share: float


@dataclass(frozen=True, slots=True)
class State:
    """What a step led to: the place of every clip, the edited clips, how they were split, and the step in words."""

    places: bytes
    edits: Mapping[int, Clip]
    settings: SplitSettings
    label: str


@dataclass(frozen=True, slots=True)
class _Link:
    """States as a list that shares its tail with every board that came before."""

    state: State
    rest: _Link | None


@dataclass(frozen=True)
class Board:
    """Clips, the list each is in, and every step that led there.

    Attributes:
        base: the clips as they were opened.
        files: the lists that they were read from; `homes`: the place of each file, None for a manifest.
        names: the file name of each listed place, where it will be saved.
    """

    base: tuple[Clip, ...]
    files: tuple[ListFile, ...]
    homes: tuple[str | None, ...]
    names: Mapping[str, str]
    _now: State
    _past: _Link | None = None
    _future: _Link | None = None
    _saved: State | None = field(default=None)
    written: Mapping[str, bytes] = field(default_factory=dict)  # what each list was saved as

    @classmethod
    def of(
        cls,
        base: Sequence[Clip],
        places: bytes,
        *,
        files: Sequence[ListFile] = (),
        homes: Sequence[str | None] = (),
        names: Mapping[str, str] | None = None,
        settings: SplitSettings | None = None,
    ) -> Board:
        """A board without history."""
        state = State(places, {}, settings or SplitSettings(), "")
        chosen = names or {place: f"{place}.txt" for place in LISTED}
        return cls(tuple(base), tuple(files), tuple(homes), chosen, state, _saved=state)

    def __len__(self) -> int:
        return len(self.base)

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """All clips as they are now, in the order in which they were opened."""
        if not self._now.edits:
            return self.base
        clips = list(self.base)
        for index, clip in self._now.edits.items():
            clips[index] = clip
        return tuple(clips)

    def clip(self, index: int) -> Clip:
        """One clip as it is now."""
        return self._now.edits.get(index, self.base[index])

    def place(self, index: int) -> str:
        """The place that a clip is in, one of PLACES."""
        return PLACES[self._now.places[index]]

    @property
    def places(self) -> bytes:
        """For each clip the index of its place in PLACES."""
        return self._now.places

    @property
    def edited_clips(self) -> Mapping[int, Clip]:
        """Those that differ from how they were opened."""
        return self._now.edits

    @property
    def split_settings(self) -> SplitSettings:
        """How the clips were split last, or would be."""
        return self._now.settings

    def summary(self, seconds: Sequence[float | None] = ()) -> tuple[PlaceSummary, ...]:
        """What each place holds, in the order of PLACES."""
        places = self._now.places
        speakers: list[set[str | None]] = [set() for _ in PLACES]
        minutes, clips = [0.0] * len(PLACES), [0] * len(PLACES)
        for index, (place, clip) in enumerate(zip(places, self.clips, strict=True)):
            if clip.fault == BLANK:
                continue
            clips[place] += 1
            speakers[place].add(clip.speaker)
            if seconds:
                minutes[place] += (seconds[index] or 0.0) / 60
        listed = sum(clips[: PLACES.index("quarantine")]) or 1
        return tuple(
            PlaceSummary(name, clips[i], minutes[i], len(speakers[i]), clips[i] / listed)
            for i, name in enumerate(PLACES)
        )

    def split(self, settings: SplitSettings, first_new: int = 0) -> Board:
        """The clips of train, val and test divided; quarantine and out stay.

        Args:
            first_new: clips before this one keep their lists.

        Raises:
            InputError: as `assign_splits`.
        """
        places, clips = bytearray(self._now.places), self.clips
        wanted = [i for i, clip in enumerate(clips) if places[i] < len(SPLITS) and clip.fault != BLANK]
        kept = [places[i] if i < first_new else None for i in wanted]
        try:
            assigned = assign_splits([clips[i] for i in wanted], settings, kept)
        except InputError as error:
            left = sum(place == PLACES.index("out") for place in places)
            if len(wanted) >= len(SPLITS) or not left:
                raise
            more = f"; {left} clip{'s are' if left != 1 else ' is'} in no list: t, v and e put clips into one"
            raise InputError(error.what, fix=f"{error.fix}{more}") from None
        for index, place in zip(wanted, assigned, strict=True):
            places[index] = place
        label = f"divide {'/'.join(f'{ratio:g}' for ratio in settings.ratios)}"
        return self._step(places=bytes(places), settings=settings, label=label)

    def moved(self, indices: Iterable[int], place: str) -> Board:
        """Some clips in another place; the same board when they are there already."""
        return self.changed({}, dict.fromkeys(indices, place), f"move to {place}")

    def edited(self, changes: Mapping[int, Change], label: str = "edit") -> Board:
        """Some clips with other columns."""
        return self.changed(changes, {}, label)

    def changed(self, changes: Mapping[int, Change], moves: Mapping[int, str], label: str) -> Board:
        """Edits and moves as one step of undo; the same board when nothing differs.

        Raises:
            InputError: a column with a bar or a line break.
        """
        edits = dict(self._now.edits)
        for index, change in changes.items():
            clip = _with(self.clip(index), change)
            if clip == self.base[index]:
                edits.pop(index, None)
            else:
                edits[index] = clip
        places = bytearray(self._now.places)
        for index, place in moves.items():
            places[index] = PLACES.index(place)
        if edits == self._now.edits and places == self._now.places:
            return self
        return self._step(
            places=bytes(places), edits=edits, label=_counted(label, len(set(changes) | set(moves)))
        )

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._past is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return self._future is not None

    @property
    def undo_label(self) -> str:
        """What `undone` takes back, as `move to val, 3 clips`."""
        return self._now.label if self._past else ""

    @property
    def redo_label(self) -> str:
        """What `redone` does again."""
        return self._future.state.label if self._future else ""

    def undone(self) -> Board:
        """As before the last step; the same board when there is none."""
        if self._past is None:
            return self
        future = _Link(self._now, self._future)
        return dataclasses.replace(self, _now=self._past.state, _past=self._past.rest, _future=future)

    def redone(self) -> Board:
        """The last step that was taken back, again; the same board when there is none."""
        if self._future is None:
            return self
        past = _Link(self._now, self._past)
        return dataclasses.replace(self, _now=self._future.state, _past=past, _future=self._future.rest)

    @property
    def timeline(self) -> tuple[tuple[State, ...], int]:
        """Every state from the first to the last that can be taken again, and the number of the present one."""
        before, after = [*_walk(self._past)], [*_walk(self._future)]
        return (*reversed(before), self._now, *after), len(before)

    def with_timeline(self, states: Sequence[State], now: int) -> Board:
        """The same clips with another history: what `timeline` gave for these clips."""
        past = future = None
        for state in states[:now]:
            past = _Link(state, past)
        for state in reversed(states[now + 1 :]):
            future = _Link(state, future)
        return dataclasses.replace(self, _now=states[now], _past=past, _future=future)

    @property
    def is_changed(self) -> bool:
        """Whether the lists on the disk say something else."""
        saved = self._saved
        return saved is None or saved.places != self._now.places or saved.edits != self._now.edits

    @property
    def saved(self) -> Board | None:
        """The board as the lists on the disk have it; None when there are none."""
        return None if self._saved is None else dataclasses.replace(self, _now=self._saved)

    def as_saved(self, written: Mapping[str, bytes]) -> Board:
        """The same board, known to be what the lists on the disk say; undo continues from here."""
        return dataclasses.replace(self, _saved=self._now, written={**self.written, **written})

    def as_unsaved(self) -> Board:
        """The same board, known to be in no lists yet."""
        return dataclasses.replace(self, _saved=None)

    def _step(
        self,
        *,
        label: str,
        places: bytes | None = None,
        edits: Mapping[int, Clip] | None = None,
        settings: SplitSettings | None = None,
    ) -> Board:
        now = self._now
        following = State(
            now.places if places is None else places,
            now.edits if edits is None else edits,
            settings or now.settings,
            label,
        )
        return dataclasses.replace(self, _now=following, _past=_Link(now, self._past), _future=None)


def _walk(link: _Link | None) -> Iterator[State]:
    while link is not None:
        yield link.state
        link = link.rest


def _with(clip: Clip, change: Change) -> Clip:
    values = {name: value for name, value in change._asdict().items() if value is not None}
    for name, value in values.items():
        if any(mark in value for mark in "|\n\r"):
            raise InputError(
                f"a {name} cannot hold a bar or a line break", fix="they separate columns and lines"
            )
    return clip._replace(**values)


def _counted(label: str, count: int) -> str:
    return f"{label}, {count:,} clip{'s' * (count != 1)}"
