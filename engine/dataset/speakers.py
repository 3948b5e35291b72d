"""How much there is of each speaker, and each speaker's id. Standard library only."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.config import Config
from engine.dataset.clips.clip_stats import seconds_of
from engine.dataset.lists.filelist import ListFile
from engine.dataset.lists.open_dataset import clips_of
from engine.dataset.session import BLANK, Clip
from engine.errors import InputError
from engine.i18n import _, shortened

LITTLE_MINUTES = 5.0  # of one speaker among several: below it a voice stays thin
MOST_FAULTS = 20  # of those that are shown
UNBALANCED = 5.0  # times as much of one speaker as of another

Where = tuple[str | Path, int]  # a list and a line in it


@dataclass(frozen=True, slots=True)
class SpeakerTally:
    """One speaker's part of a corpus; `share` is of all minutes (of all clips where no length is known)."""

    name: str
    clips: int
    minutes: float
    share: float


@dataclass(frozen=True, slots=True)
class Census:
    """What lists say of their speakers.

    Attributes:
        tallies: each speaker's part, the most first.
        faults: what is wrong with lines of the lists, each with its place.
        nameless: where the first clip without a speaker stands.
        unread: how many clips have no length, since they cannot be read.
    """

    tallies: list[SpeakerTally]
    faults: list[str]
    nameless: Where | None
    unread: int


def tally(clips: Sequence[Clip], seconds: Sequence[float | None] = ()) -> list[SpeakerTally]:
    """What there is of every speaker, the most first; a corpus without a speaker column is one speaker named ""."""
    numbers, lengths = Counter[str](), defaultdict[str, float](float)
    for index, clip in enumerate(clips):
        if not clip.path:
            continue  # a line that is no clip
        name = clip.speaker or ""
        numbers[name] += 1
        lengths[name] += (seconds[index] or 0.0) if seconds else 0.0
    total = sum(lengths.values())
    found = [
        SpeakerTally(
            name, count, lengths[name] / 60, lengths[name] / total if total else count / numbers.total()
        )
        for name, count in numbers.items()
    ]
    return sorted(found, key=lambda each: (-each.minutes, -each.clips, each.name))


def warnings(tallies: Sequence[SpeakerTally]) -> list[str]:
    """What is out of balance, as sentences."""
    if len(tallies) < 2:
        return []
    found = []
    present = [each for each in tallies if each.share > 0]
    most, least = present[0], present[-1]
    if most.share > UNBALANCED * least.share:
        warning = _("{most} has {times:,.0f} times as much as {least}: the voices will differ in quality")
        times = most.share / least.share
        found.append(warning.format(most=_named([most]), times=times, least=_named([least])))
    if silent := [each for each in tallies if not each.share]:
        found.append(_("no clip can be read of {speakers}").format(speakers=_named(silent)))
    if thin := [each for each in tallies if 0 < each.minutes < LITTLE_MINUTES]:
        warning = _("there are less than {minutes:.0f} minutes of {speakers}")
        found.append(warning.format(minutes=LITTLE_MINUTES, speakers=_named(thin)))
    return found


def _named(tallies: Sequence[SpeakerTally]) -> str:
    return ", ".join(shortened([each.name or _("(no speaker)") for each in tallies]))


def name_speakers(config: Config, names: Iterable[str], *, nameless: Where | None = None) -> Config:
    """The config with every speaker named: those that it has keep their ids, new ones follow by name.

    Args:
        nameless: where a clip without a speaker stands, for the message.

    Raises:
        InputError: an empty name (unless nobody has one and the config is of one voice), or the config numbers its
            speakers without naming them.
    """
    fresh = sorted(set(names))
    if fresh == [""] and not config.data.n_speakers:
        return config
    if "" in fresh:
        what = _("names no speaker, and the config has several")
        if len(fresh) > 1:
            what = _("names no speaker, and others do")
        path, line = nameless or (None, None)
        raise InputError(what, path=path, line=line, fix=_("write path|speaker|text"))
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


def of_lists(lists: Sequence[str | Path], root: str | Path) -> Census:
    """What there is of every speaker in some lists, by the clips' headers; a clip that cannot be read has no length.

    Raises:
        InputError: a list that cannot be read, or has no clip.
    """
    clips: list[Clip] = []
    faults: list[str] = []
    nameless: list[Where] = []
    for path in lists:
        found = [clip for clip in clips_of(ListFile.read(path)) if clip.fault != BLANK]
        faults += [f"{path}:{clip.line}: {clip.fault}" for clip in found if clip.fault]
        named = [clip for clip in found if clip.path]
        if not named:
            fix = _("write one clip a line, as path|text")
            raise InputError(_("has no clip in it"), path=path, fix=fix, details=faults[:MOST_FAULTS])
        nameless += [(path, clip.line) for clip in named if not clip.speaker]
        clips += named
    seconds = seconds_of([Path(root) / clip.path for clip in clips])
    return Census(tally(clips, seconds), faults, nameless[0] if nameless else None, seconds.count(None))
