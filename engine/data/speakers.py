"""Who speaks how much, and which id each speaker has. Standard library only."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.lengths import seconds_of
from engine.data.listfile import ListFile
from engine.data.splitset import Clip
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.config import Config

LITTLE_MINUTES = 5.0  # of one speaker among several: below it a voice stays thin
UNBALANCED = 5.0  # times as much of one speaker as of another


@dataclass(frozen=True, slots=True)
class SpeakerTally:
    """One speaker's part of a corpus; `share` is of all minutes (of all clips where no length is known)."""

    name: str
    clips: int
    minutes: float
    share: float


def tally(clips: Sequence[Clip], seconds: Sequence[float | None] = ()) -> list[SpeakerTally]:
    """What there is of every speaker, the most first; a corpus without a speaker column is one speaker named ""."""
    numbers: dict[str, int] = defaultdict(int)
    lengths: dict[str, float] = defaultdict(float)
    for index, clip in enumerate(clips):
        name = clip.speaker or ""
        numbers[name] += 1
        lengths[name] += (seconds[index] or 0.0) if seconds else 0.0
    total = sum(lengths.values())
    found = [
        SpeakerTally(
            name,
            numbers[name],
            lengths[name] / 60,
            lengths[name] / total if total else numbers[name] / len(clips),
        )
        for name in numbers
    ]
    return sorted(found, key=lambda each: (-each.minutes, -each.clips, each.name))


def warnings(tallies: Sequence[SpeakerTally]) -> list[str]:
    """What is out of balance, as sentences."""
    if len(tallies) < 2:
        return []
    found = []
    most, least = tallies[0], tallies[-1]
    if most.share > UNBALANCED * least.share:
        times = most.share / least.share if least.share else float("inf")
        shown = f"{times:.0f} times" if times < 1000 else "far"
        found.append(f"{most.name} has {shown} as much as {least.name}: the voices will differ in quality")
    thin = [each.name for each in tallies if 0 < each.minutes < LITTLE_MINUTES]
    if thin:
        named = ", ".join(thin[:5]) + (f" and {len(thin) - 5} more" if len(thin) > 5 else "")
        have = "has" if len(thin) == 1 else "have"
        found.append(f"{named} {have} less than {LITTLE_MINUTES:.0f} minutes")
    return found


def name_speakers(config: Config, names: Iterable[str]) -> Config:
    """The config with every speaker named: those that it has keep their ids, new ones follow by name.

    Raises:
        InputError: an empty name, or the config numbers its speakers without naming them.
    """
    fresh = sorted(set(names))
    if "" in fresh:
        raise InputError("a clip has no speaker", fix="write path|speaker|text")
    known = list(config.speakers or ())
    if not known and config.data.n_speakers and all(name.isdigit() for name in fresh):
        numbers = sorted(map(int, fresh))
        if numbers[-1] < config.data.n_speakers:
            return config  # ids as the family writes them: there is nothing to name
    known += [name for name in fresh if name not in known]
    data = dataclasses.replace(config.data, n_speakers=max(config.data.n_speakers, len(known)))
    model = config.model
    if data.n_speakers > 1 and model.gin_channels <= 0:
        model = dataclasses.replace(model, gin_channels=256)
    return dataclasses.replace(config, data=data, model=model, speakers=tuple(known))


def of_lists(lists: Sequence[str | Path], root: str | Path) -> list[SpeakerTally]:
    """What there is of every speaker in some lists, by the clips' headers; a clip that cannot be read has no length.

    Raises:
        InputError: a list that cannot be read, or has no clip.
    """
    entries = [entry for path in lists for entry in ListFile.read(path).entries]
    if not entries:
        raise InputError("has no clip in it", path=lists[0], fix="write one clip a line, as path|text")
    seconds = seconds_of([Path(root) / entry.path for entry in entries])
    return tally([Clip(entry.path, entry.speaker, entry.text) for entry in entries], seconds)
