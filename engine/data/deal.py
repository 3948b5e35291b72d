"""Which clip goes to which list: by percentages, by a seed, without tearing apart what belongs together.

Clips are put in an order that depends on the seed and on each clip's path, never on where its line stands: a manifest
that was shuffled, corrected or grown keeps nearly all clips where they were. Standard library only.
"""

from __future__ import annotations

import functools
import hashlib
import posixpath
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.errors import InputError

GROUPS = ("speaker", "source", "sentence")
TRAIN, VAL, TEST = 0, 1, 2
_LENGTH_EDGES = (2.0, 4.0, 6.0, 9.0)  # seconds; fixed, so that a corpus that grows does not shift them
_CHARACTERS_A_SECOND = 15.0  # where nobody measured the clip
_NUMBERING = re.compile(r"[-_. ]*\d+$")
_NO_WORDS = re.compile(r"[\W_]+")
_ASCII_WORDS = "".join(_NO_WORDS.sub(" ", chr(code).lower()) for code in range(128))


@dataclass(frozen=True, slots=True)
class Dealt:
    """What the dealing looks at, in the corpus's order: paths, speakers, texts, and seconds where they are known."""

    paths: Sequence[str]
    speakers: Sequence[str | None]
    texts: Sequence[str]
    seconds: Sequence[float | None] = ()

    def length(self, index: int) -> float:
        """Seconds of a clip, guessed from its text where they are not known."""
        known = self.seconds[index] if self.seconds else None
        return known if known is not None else len(self.texts[index]) / _CHARACTERS_A_SECOND


def parse_group(text: str) -> tuple[str, ...]:
    """What must stay together, from a flag as `speaker,sentence`; `none` is nothing.

    Raises:
        InputError: a word that is no such thing.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in (*GROUPS, "none"):
            raise InputError(f'cannot group by "{word}"', fix=f"choose among {', '.join(GROUPS)} and none")
    return tuple(word for word in GROUPS if word in words)


def usual_group(texts: Iterable[str]) -> tuple[str, ...]:
    """What stays together where nobody says otherwise: repeated sentences, unless too few would be left to divide."""
    found: set[str] = set()
    for text in texts:
        found.add(sentence_of(text))
        if len(found) > len(GROUPS):
            return ("sentence",)
    return ()


def source_of(path: str) -> str:
    """The recording that a clip was cut from, by its name: `wavs/LJ001-0001.wav` is of `wavs/LJ001`."""
    folder, slash, name = path.replace("\\", "/").rstrip("/").rpartition("/")
    stem = name[:dot] if 0 < (dot := name.rfind(".")) < len(name) - 1 else name
    return _tidy(folder + slash) + (_NUMBERING.sub("", stem) or stem)


@functools.lru_cache(maxsize=4096)
def _tidy(folder: str) -> str:
    """A folder as all ways to write it are compared, with a slash at its end; "" for none."""
    tidy = posixpath.normpath(folder) if folder else "."
    return "" if tidy == "." else f"{tidy.rstrip('/')}/"


def sentence_of(text: str) -> str:
    """A text without what two writings of one sentence differ in: case, marks, spaces."""
    if text.isascii():  # the same, ten times as fast
        return " ".join(text.translate(_ASCII_WORDS).split())
    return _NO_WORDS.sub(" ", text.casefold()).strip()


def counts(total: int, ratios: Sequence[float]) -> tuple[int, int, int]:
    """How many clips each list gets: shares rounded down, what is left goes to the largest fractions.

    With 3 clips or more nobody is left empty: an empty list takes one from the largest.
    """
    shares = [total * ratio / 100 for ratio in ratios]
    sizes = _rounded(shares, total)
    for i, size in enumerate(sizes):
        if size == 0:
            sizes[sizes.index(max(sizes))] -= 1
            sizes[i] = 1
    return (sizes[0], sizes[1], sizes[2])


def deal(
    clips: Dealt, ratios: Sequence[float], seed: int, group: Sequence[str] = (), stratify: bool = False
) -> bytearray:
    """The list of every clip, 0 train, 1 val, 2 test; the same clips, ratios and seed always give the same.

    Every list gets a clip, and every speaker one of train as far as there is room, and `group` leaves a choice: who
    speaks in a single group is not trained when that group is not. Lists of whole groups are as near to the ratios as
    the groups' sizes allow.

    Args:
        group: what never crosses lists, among `GROUPS`.
        stratify: each list gets its share of every speaker (but of those that `group` keeps whole) and of short and
            long clips.

    Raises:
        InputError: fewer groups than lists, or none of the clips to be grouped by speaker names one.
    """
    sizes = counts(len(clips.paths), ratios)
    ranks = [
        hashlib.sha256(f"{seed}|{path}".encode("utf-8", "surrogateescape")).digest() for path in clips.paths
    ]
    if "speaker" in group and not any(clips.speakers):
        fix = "write path|speaker|text, or group by source, by sentence or by none"
        raise InputError("no clip names its speaker, so none can be grouped by it", fix=fix)
    units = _units(clips, group, ranks)
    if group and len(units) < len(sizes):
        what = (
            f"there {'is' if len(units) == 1 else 'are'} only {len(units)} to divide into {len(sizes)} lists"
        )
        raise InputError(
            f"grouped by {' and '.join(group)}, {what}", fix="group by something else, or by none"
        )
    if len(units) < len(clips.paths):
        return _Grouped(clips, units, sizes, stratify).places()
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    return _stratified(clips, order, sizes) if stratify else _cut(clips, order, sizes)


def _rounded(shares: Sequence[float], total: int) -> list[int]:
    sizes = [int(max(0.0, share)) for share in shares]
    by_fraction = sorted(range(len(shares)), key=lambda i: (sizes[i] - shares[i], i))
    for i in by_fraction[: total - sum(sizes)]:
        sizes[i] += 1
    return sizes


def _cut(clips: Dealt, order: Sequence[int], sizes: Sequence[int]) -> bytearray:
    """The order cut into three, the first clip of every speaker moved to the front."""
    first: dict[str | None, int] = {}
    for index in order:
        first.setdefault(clips.speakers[index], index)
    chosen = set(first.values())
    moved = [*first.values(), *(index for index in order if index not in chosen)]
    places = bytearray(len(order))
    for rank, index in enumerate(moved):
        places[index] = (rank >= sizes[TRAIN]) + (rank >= sizes[TRAIN] + sizes[VAL])
    return places


def _stratum(clips: Dealt, index: int, by_speaker: bool = True) -> Hashable:
    speaker = (clips.speakers[index] or "") if by_speaker else ""
    return (speaker, bisect_right(_LENGTH_EDGES, clips.length(index)))


def _stratified(clips: Dealt, order: Sequence[int], sizes: Sequence[int]) -> bytearray:
    """Each stratum cut into three by itself; what is lost to rounding in one is made good in the next."""
    strata: dict[Hashable, list[int]] = defaultdict(list)
    for index in order:
        strata[_stratum(clips, index)].append(index)
    places = bytearray(len(order))
    seen, have = 0, [0, 0, 0]
    for _, members in sorted(strata.items()):
        seen += len(members)
        due = [max(0.0, size * seen / len(order) - got) for size, got in zip(sizes, have, strict=True)]
        share = [part * len(members) / sum(due) for part in due]
        take = _rounded(share, len(members))
        for place, count in enumerate(take):
            have[place] += count
        cuts = (take[TRAIN], take[TRAIN] + take[VAL])
        for rank, index in enumerate(members):
            places[index] = (rank >= cuts[0]) + (rank >= cuts[1])
    _fill_up(places, order, sizes, have)
    _train_everybody(clips, places, order)
    return places


def _fill_up(places: bytearray, order: Sequence[int], sizes: Sequence[int], have: list[int]) -> None:
    """Bring the lists to their exact sizes: at most a clip or two were rounded elsewhere."""
    for index in reversed(order):
        place = places[index]
        if have[place] > sizes[place]:
            short = next(other for other in range(3) if have[other] < sizes[other])
            places[index] = short
            have[place], have[short] = have[place] - 1, have[short] + 1


def _train_everybody(clips: Dealt, places: bytearray, order: Sequence[int]) -> None:
    """Swap a clip of a speaker that is not trained with one of the speaker that is trained most."""
    trained = Counter(clips.speakers[i] for i in order if places[i] == TRAIN)
    missing = [speaker for speaker in dict.fromkeys(clips.speakers[i] for i in order) if not trained[speaker]]
    for speaker in missing:
        rich, most = trained.most_common(1)[0]
        if most < 2:
            return
        ours = next(i for i in order if clips.speakers[i] == speaker)
        theirs = next(i for i in reversed(order) if places[i] == TRAIN and clips.speakers[i] == rich)
        places[ours], places[theirs] = places[theirs], places[ours]
        trained[rich] -= 1
        trained[speaker] += 1


@dataclass(slots=True)
class _Unit:
    """Clips that stay together, and where: the list that they were dealt to."""

    rank: bytes
    members: list[int] = field(default_factory=list)
    place: int = TRAIN


def _units(clips: Dealt, group: Sequence[str], ranks: Sequence[bytes]) -> list[_Unit]:
    """Clips joined by every key that they share, directly or through others."""
    parent = list(range(len(ranks)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for name in group:
        first: dict[str, int] = {}
        for index, key in enumerate(_keys(clips, name)):
            if key and (met := first.setdefault(key, index)) != index:
                parent[root(index)] = root(met)
    found: dict[int, _Unit] = {}
    for index, rank in enumerate(ranks):
        of = index if parent[index] == index else root(index)
        if (unit := found.get(of)) is None:
            unit = found[of] = _Unit(rank)
        unit.members.append(index)
        unit.rank = min(unit.rank, rank)
    return list(found.values())


def _keys(clips: Dealt, name: str) -> Iterator[str]:
    if name == "speaker":
        return (speaker or "" for speaker in clips.speakers)
    return map(source_of, clips.paths) if name == "source" else map(sentence_of, clips.texts)


class _Grouped:
    """Units dealt one after the other, the largest first, each to the list that lacks most of what it holds.

    A unit goes where it fits as a whole; where none has the room, to the list with the most. So no list is larger than
    its share by more than its last unit.
    """

    def __init__(self, clips: Dealt, units: list[_Unit], sizes: Sequence[int], stratify: bool) -> None:
        self.sizes, self.total = sizes, len(clips.paths)
        self.units = sorted(units, key=lambda unit: (-len(unit.members), unit.rank))
        self.speakers = [{clips.speakers[i] for i in unit.members} for unit in self.units]
        spread = Counter(speaker for inside in self.speakers for speaker in inside)
        self.strata: list[Hashable] = [""] * self.total
        if stratify:  # a speaker who stays whole has no shares to be evened
            self.strata = [_stratum(clips, i, spread[clips.speakers[i]] > 1) for i in range(self.total)]
        self.lacking: dict[Hashable, list[float]] = {
            key: [count * size / self.total for size in sizes] for key, count in Counter(self.strata).items()
        }
        self.room = list(sizes)

    def places(self) -> bytearray:
        empty = set(range(len(self.sizes)))
        for done, unit in enumerate(self.units):
            size, inside = len(unit.members), Counter(self.strata[i] for i in unit.members)
            is_last_call = len(self.units) - done <= len(empty)
            choice = (
                empty if is_last_call else [place for place, room in enumerate(self.room) if room >= size]
            )
            scores = {place: self._score(place, inside) for place in choice}
            best = max(scores, key=lambda place: (scores[place], -place)) if scores else self._roomiest()
            unit.place = best
            empty.discard(best)
            self.room[best] -= size
            for key, count in inside.items():
                self.lacking[key][best] -= count
        _TrainEverybody(self.units, self.speakers, self.room, self.total).swap()
        places = bytearray(self.total)
        for unit in self.units:
            for index in unit.members:
                places[index] = unit.place
        return places

    def _roomiest(self) -> int:
        return self.room.index(max(self.room))

    def _score(self, place: int, inside: Counter[Hashable]) -> float:
        size = sum(inside.values())
        own = sum(count * self.lacking[key][place] for key, count in inside.items()) / size
        return own + self.room[place] / len(self.lacking)


class _TrainEverybody:
    """Units of speakers that are not trained swapped with units of train whose speakers have others there.

    A swap must leave the lists as near to their shares as they were, or within a hundredth of all clips. A speaker
    who is a single unit among such leaves nothing to swap with, and stays.
    """

    def __init__(
        self, units: Sequence[_Unit], speakers: Sequence[set[str | None]], room: list[int], total: int
    ) -> None:
        self.units, self.speakers, self.room = units, speakers, room
        self.tolerance = max(1, total // 100)
        self.held = Counter(unit.place for unit in units)
        self.trained: Counter[str | None] = Counter()
        self.spare: dict[int, list[int]] = defaultdict(list)  # numbers of units in train, by their size
        for number, unit in enumerate(units):
            if unit.place == TRAIN:
                self.trained.update(speakers[number])
                self.spare[len(unit.members)].append(number)

    def swap(self) -> None:
        for number in reversed(range(len(self.units))):  # the smallest first
            is_elsewhere = self.units[number].place != TRAIN
            if is_elsewhere and any(not self.trained[speaker] for speaker in self.speakers[number]):
                self._bring(number)

    def _bring(self, number: int) -> None:
        unit = self.units[number]
        place, size = unit.place, len(unit.members)
        self.trained.update(self.speakers[number])
        back = self._taken_back(size)
        moved = size - sum(len(self.units[each].members) for each in back)
        if self._is_as_near(place, moved, bool(back)) and self.held[place] + len(back) > 1:
            unit.place = TRAIN
            for each in back:
                self.units[each].place = place
            self.held[place] += len(back) - 1
            self.room[TRAIN] -= moved
            self.room[place] += moved
            return
        self.trained.subtract(self.speakers[number])
        for each in back:
            self.trained.update(self.speakers[each])
            self.spare[len(self.units[each].members)].append(each)

    def _taken_back(self, size: int) -> list[int]:
        """Units of train that others of their speakers can do without, of `size` clips together if it can be."""
        back: list[int] = []
        wanted = size
        for each in sorted((each for each in self.spare if each <= size), reverse=True):
            while each <= wanted and (found := self._take(each)) is not None:
                back.append(found)
                wanted -= each
        if back:
            return back
        larger = (self._take(each) for each in sorted(self.spare) if each > size)
        one = next((found for found in larger if found is not None), None)
        return [] if one is None else [one]

    def _take(self, size: int) -> int | None:
        while self.spare[size]:
            number = self.spare[size].pop()
            if all(self.trained[speaker] > 1 for speaker in self.speakers[number]):
                self.trained.subtract(self.speakers[number])
                return number
        return None

    def _is_as_near(self, place: int, moved: int, is_swap: bool) -> bool:
        before = [abs(self.room[TRAIN]), abs(self.room[place])]
        after = [abs(self.room[TRAIN] - moved), abs(self.room[place] + moved)]
        if sum(after) <= sum(before):
            return True
        return is_swap and all(
            now <= max(then, self.tolerance) for now, then in zip(after, before, strict=True)
        )
