"""Which clip goes to which list: by percentages, by a seed, without tearing apart what belongs together.

Clips are put in an order that depends on the seed and on each clip's path, never on where its line stands: a manifest
that was shuffled, corrected or grown keeps nearly all clips where they were. Standard library only.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from engine.errors import InputError

GROUPS = ("speaker", "source", "sentence")
TRAIN, VAL, TEST = 0, 1, 2
_LENGTH_EDGES = (2.0, 4.0, 6.0, 9.0)  # seconds; fixed, so that a corpus that grows does not shift them
_CHARACTERS_A_SECOND = 15.0  # where nobody measured the clip
_NUMBERING = re.compile(r"[-_. ]*\d+$")
_NO_WORDS = re.compile(r"[\W_]+")


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
    pure = PurePosixPath(path.replace("\\", "/"))
    return str(pure.parent / (_NUMBERING.sub("", pure.stem) or pure.stem))


def sentence_of(text: str) -> str:
    """A text without what two writings of one sentence differ in: case, marks, spaces."""
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

    Every list gets a clip, and every speaker one of train as far as there is room (and `group` leaves a choice).

    Args:
        group: what never crosses lists, among `GROUPS`.
        stratify: each list gets its share of every speaker and of short and long clips.

    Raises:
        InputError: fewer groups than lists.
    """
    sizes = counts(len(clips.paths), ratios)
    ranks = [
        hashlib.sha256(f"{seed}|{path}".encode("utf-8", "surrogateescape")).digest() for path in clips.paths
    ]
    units = _units(clips, group, ranks)
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


def _stratum(clips: Dealt, index: int) -> Hashable:
    return (clips.speakers[index] or "", bisect_right(_LENGTH_EDGES, clips.length(index)))


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
    """Clips that stay together."""

    rank: bytes
    members: list[int] = field(default_factory=list)


def _units(clips: Dealt, group: Sequence[str], ranks: Sequence[bytes]) -> list[_Unit]:
    """Clips joined by every key that they share, directly or through others."""
    parent = list(range(len(ranks)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for name in group:
        first: dict[str, int] = {}
        for index in range(len(parent)):
            key = _key(clips, name, index)
            if key:
                parent[root(index)] = root(first.setdefault(key, index))
    found: dict[int, _Unit] = {}
    for index, rank in enumerate(ranks):
        unit = found.setdefault(root(index), _Unit(rank))
        unit.members.append(index)
        unit.rank = min(unit.rank, rank)
    return list(found.values())


def _key(clips: Dealt, name: str, index: int) -> str:
    if name == "speaker":
        return clips.speakers[index] or ""
    return source_of(clips.paths[index]) if name == "source" else sentence_of(clips.texts[index])


class _Grouped:
    """Units dealt one after the other, the largest first, each to the list that lacks most of what it holds."""

    def __init__(self, clips: Dealt, units: list[_Unit], sizes: Sequence[int], stratify: bool) -> None:
        if len(units) < len(sizes):
            what = f"there {'is' if len(units) == 1 else 'are'} only {len(units)} to divide into 3 lists"
            raise InputError(f"grouped like this, {what}", fix="group by something else, or by none")
        self.clips, self.sizes = clips, sizes
        self.units = sorted(units, key=lambda unit: (-len(unit.members), unit.rank))
        total = len(clips.paths)
        self.strata = [_stratum(clips, i) if stratify else "" for i in range(total)]
        self.lacking: dict[Hashable, list[float]] = {
            key: [count * size / total for size in sizes] for key, count in Counter(self.strata).items()
        }
        self.room = list(map(float, sizes))
        self.empty = set(range(len(sizes)))

    def places(self) -> bytearray:
        places = bytearray(len(self.clips.paths))
        for done, unit in enumerate(self.units):
            choice = self.empty if len(self.units) - done <= len(self.empty) else range(len(self.sizes))
            inside = Counter(self.strata[i] for i in unit.members)
            scores = {place: self._score(place, inside) for place in choice}
            best = max(scores, key=lambda place: (scores[place], -place))
            self.empty.discard(best)
            self.room[best] -= len(unit.members)
            for key, count in inside.items():
                self.lacking[key][best] -= count
            for index in unit.members:
                places[index] = best
        self._train_everybody(places)
        return places

    def _score(self, place: int, inside: Counter[Hashable]) -> float:
        size = sum(inside.values())
        own = sum(count * self.lacking[key][place] for key, count in inside.items()) / size
        return own + self.room[place] / len(self.lacking)

    def _train_everybody(self, places: bytearray) -> None:
        speakers = self.clips.speakers
        trained = {speakers[i] for i, place in enumerate(places) if place == TRAIN}
        left = Counter(places[unit.members[0]] for unit in self.units)
        for unit in reversed(self.units):  # the smallest first
            place = places[unit.members[0]]
            new = {speakers[i] for i in unit.members} - trained
            if new and place != TRAIN and left[place] > 1:
                left[place] -= 1
                trained |= new
                for index in unit.members:
                    places[index] = TRAIN
