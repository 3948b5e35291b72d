"""Seeded, grouped split of a corpus into train, val and test.

Clips are ordered by a hash of the seed and each clip's path, never by where a line stands. Clips of one group (the same
text, or the same recording) stay in one list. Standard library only.
"""

from __future__ import annotations

import hashlib
import math
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.errors import InputError
from engine.i18n import _, plural

SPLITS = ("train", "val", "test")
TRAIN, TEST = 0, 2
GROUPS = ("speaker", "source", "sentence")
_NUMBERING = re.compile(r"[-_. ]*\d+$")
_NO_WORDS = re.compile(r"[\W_]+")
_ASCII_WORDS = "".join(_NO_WORDS.sub(" ", chr(code).lower()) for code in range(128))


class Utterance(Protocol):
    """What a split looks at: columns of a filelist."""

    @property
    def path(self) -> str: ...
    @property
    def speaker(self) -> str | None: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """Percentages of train, val and test that add to 100, a seed, and what never crosses lists (of GROUPS)."""

    ratios: tuple[float, float, float] = (70.0, 25.0, 5.0)
    seed: int = 1234
    group: tuple[str, ...] = ("sentence",)


def parse_ratios(text: str) -> tuple[float, float, float]:
    """Percentages for train, val and test from a flag as `70,25,5`; InputError as `check_ratios`."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    return check_ratios(numbers, text)


def check_ratios(ratios: Sequence[float], shown: str = "") -> tuple[float, float, float]:
    """The same ratios.

    Raises:
        InputError: not three percentages above 0 that add to 100.
    """
    is_fine = len(ratios) == len(SPLITS) and all(ratio > 0 for ratio in ratios)
    if not (is_fine and math.isclose(sum(ratios), 100, abs_tol=1e-6)):
        what = _("ratios {ratios} are not three numbers above 0 that add to 100")
        what = what.format(ratios=shown or _shown(ratios))
        raise InputError(what, fix=_("write those of train, val and test as 70,25,5"))
    return (ratios[0], ratios[1], ratios[2])


def _shown(ratios: Sequence[float]) -> str:
    return ",".join(f"{ratio:g}" for ratio in ratios)


def parse_group(text: str) -> tuple[str, ...]:
    """What must stay together, from a flag as `speaker,sentence`; `none` is nothing.

    Raises:
        InputError: a word that is no such thing.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in (*GROUPS, "none"):
            fix = _("choose among {groups} and none").format(groups=", ".join(GROUPS))
            raise InputError(_('cannot group by "{word}"').format(word=word), fix=fix)
    return tuple(word for word in GROUPS if word in words)


def source_of(path: str) -> str:
    """The recording that a clip was cut from, by its name: `wavs/LJ001-0001.wav` is of `wavs/LJ001`."""
    stem = posixpath.splitext(posixpath.normpath(path.replace("\\", "/")))[0]
    name = posixpath.basename(stem)
    return stem.removesuffix(name) + (_NUMBERING.sub("", name) or name)


def sentence_of(text: str) -> str:
    """A text without what two writings of one sentence differ in: case, marks, spaces."""
    if text.isascii():  # the same, ten times as fast
        return " ".join(text.translate(_ASCII_WORDS).split())
    return _NO_WORDS.sub(" ", text.casefold()).strip()


def counts(total: int, ratios: Sequence[float]) -> tuple[int, int, int]:
    """How many clips each list gets: shares rounded down, what is left goes to the largest fractions.

    With 3 clips or more no list is empty: an empty one takes a clip from the largest.
    """
    shares = [total * ratio / 100 for ratio in ratios]
    sizes = [int(share) for share in shares]
    by_fraction = sorted(range(len(shares)), key=lambda i: (sizes[i] - shares[i], i))
    for i in by_fraction[: total - sum(sizes)]:
        sizes[i] += 1
    for i, size in enumerate(sizes):
        if size == 0:
            sizes[sizes.index(max(sizes))] -= 1
            sizes[i] = 1
    return (sizes[0], sizes[1], sizes[2])


def far_from(ratios: Sequence[float], sizes: Sequence[int]) -> str:
    """How far lists are from their ratios, as a clause; "" where nobody would wonder."""
    total = sum(sizes)
    due = counts(total, ratios)
    if all(abs(size - each) <= max(1, total / 50) for size, each in zip(sizes, due, strict=True)):
        return ""
    found = ", ".join(f"{100 * size / total:.1f}" for size in sizes)
    text = _("the lists hold {shares} per cent of the clips, not {ratios}")
    return text.format(shares=found, ratios=_shown(ratios))


def assign_splits(
    clips: Sequence[Utterance], settings: SplitSettings, kept: Sequence[int | None] = ()
) -> bytes:
    """The list of every clip, 0 train, 1 val, 2 test; the same clips and settings always give the same lists.

    Every speaker's first group goes to train, as far as train has room; then train, val and test are filled up in the
    order of the groups' hashes, to within half a group of their shares. No list stays empty.

    Args:
        kept: for each clip the list that it stays in, or None; a group follows its kept clips.

    Raises:
        InputError: bad ratios, fewer than 3 clips or groups, or group by speaker where no clip names one.
    """
    sizes = counts(len(clips), check_ratios(settings.ratios))
    if len(clips) < len(SPLITS):
        what = plural(
            "{n} clip cannot fill train, val and test",
            "{n} clips cannot fill train, val and test",
            len(clips),
        )
        raise InputError(what, fix=_("at least 3 are needed"))
    groups = _groups(clips, settings)
    if len(groups) < len(SPLITS):
        what = plural(
            "grouped by {keys}, there is only {n} to divide into 3 lists",
            "grouped by {keys}, there are only {n} to divide into 3 lists",
            len(groups),
            keys=_(" and ").join(settings.group),
        )
        raise InputError(what, fix=_("group by something else, or by none"))
    splits = bytearray(len(clips))
    have = [0, 0, 0]
    trained: set[str | None] = set()
    waiting = []
    for group in groups:
        fixed = [split for i in group if kept and (split := kept[i]) is not None]
        if not fixed:
            waiting.append(group)
            continue
        for i in group:
            own = kept[i]
            splits[i] = min(fixed) if own is None else own
            have[splits[i]] += 1
            if splits[i] == TRAIN:
                trained.add(clips[i].speaker)
    _fill(splits, _speakers_first(clips, waiting, trained, min(sizes)), sizes, have)
    return bytes(splits)


def _groups(clips: Sequence[Utterance], settings: SplitSettings) -> list[list[int]]:
    """Clips joined by every key that they share, directly or through others, in the order of their hashes."""
    if "speaker" in settings.group and not any(clip.speaker for clip in clips):
        fix = _("write path|speaker|text, or group by source, by sentence or by none")
        raise InputError(_("no clip names its speaker, so none can be grouped by it"), fix=fix)
    parent = list(range(len(clips)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for name in ("path", *settings.group):
        first: dict[str, int] = {}
        for index, key in enumerate(_keys(clips, name)):
            if key and (met := first.setdefault(key, index)) != index:
                parent[root(index)] = root(met)
    hashes = [
        hashlib.sha256(f"{settings.seed}|{clip.path}".encode("utf-8", "surrogateescape")).digest()
        for clip in clips
    ]
    groups: dict[int, list[int]] = {}
    for index in sorted(range(len(clips)), key=hashes.__getitem__):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())


def _keys(clips: Sequence[Utterance], name: str) -> Iterator[str]:
    for clip in clips:
        if name == "path":
            yield clip.path
        elif name == "speaker":
            yield clip.speaker or ""
        else:
            yield source_of(clip.path) if name == "source" else sentence_of(clip.text)


def _speakers_first(
    clips: Sequence[Utterance], groups: list[list[int]], trained: set[str | None], smallest_list: int
) -> list[list[int]]:
    """The order in which lists are filled: groups that no small list could take, then what trains another speaker."""
    met = set(trained)
    first: list[list[int]] = []
    rest: list[list[int]] = []
    for group in sorted(groups, key=lambda group: -len(group) if len(group) > smallest_list else 0):
        speakers = {clips[i].speaker for i in group}
        (rest if speakers <= met else first).append(group)
        met |= speakers
    return first + rest


def _fill(splits: bytearray, groups: list[list[int]], sizes: Sequence[int], have: list[int]) -> None:
    """Train, then val, then test, each up to its share of what is left."""
    left = sum(map(len, groups))
    split = TRAIN
    limit = _limit(split, left, sizes, have)
    for number, group in enumerate(groups):
        while split < TEST and have[split]:
            reserved = sum(not count for count in have[split + 1 :])  # a group for each list that is empty
            if have[split] + len(group) / 2 <= limit and len(groups) - number > reserved:
                break
            split += 1
            limit = _limit(split, left, sizes, have)
        for i in group:
            splits[i] = split
        have[split] += len(group)
        left -= len(group)


def _limit(split: int, left: int, sizes: Sequence[int], have: Sequence[int]) -> float:
    due = [max(0, size - count) for size, count in zip(sizes, have, strict=True)][split:]
    return have[split] + left * due[0] / (sum(due) or 1)
