"""Cut a long recording into clips in its pauses, as librosa finds them; hours of sound need no more memory.

    sound    ____####__######_______###########____     what is above the threshold
    pieces       [####__######]     [#########]         pauses under `min_pause_s` do not part
    clips       [ ####__###### ]   [ ######### ]        with `keep_s` of the pause on either side

A piece that is too long is cut at its longest pause, or at its quietest moment where there is none; such cuts are
counted, since `min_pause_s` did not ask for them. One that is too short joins its neighbour, if both together are not
too long, and is left out if not.

Axes: L samples, F frames of `levels`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.decode import FloatArray
from engine.audio.levels import HOP, Levels, sounding
from engine.audio.resample import resampled
from engine.audio.wav import Recording, write_pcm16_blocks
from engine.errors import InputError
from engine.i18n import _


@dataclass(frozen=True, slots=True)
class CutRules:
    """How to cut: the shortest pause that parts, bounds of a clip in seconds, and what counts as silence.

    Attributes:
        top_db: how far below the recording's loudest moment silence begins.
        keep_s: how much of the pause stays before and after a clip.
    """

    min_pause_s: float = 0.4
    min_s: float = 1.0
    max_s: float = 10.0
    top_db: float = 40.0
    keep_s: float = 0.1

    def check(self) -> None:
        """Raise an InputError when they cannot be met."""
        for name in ("min_pause_s", "min_s", "max_s", "top_db"):
            if not getattr(self, name) > 0:
                raise InputError(
                    f"{name.removesuffix('_s')} is {getattr(self, name):g}", fix=_("it must be above 0")
                )
        if self.keep_s < 0:
            raise InputError(
                _("keep is {keep_s:g}").format(keep_s=self.keep_s), fix=_("it cannot be below 0")
            )
        if self.max_s < 2 * self.min_s:
            what = _("max {max:g} is less than twice min {min:g}").format(max=self.max_s, min=self.min_s)
            raise InputError(what, fix=_("else a piece may be too long to keep and too short to cut"))


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where one recording is cut.

    Attributes:
        recording: as it was read; `samples`: its length.
        clips: (begin, end) of each clip, in samples.
        left_out: the same, of sound that was too short to keep.
        forced: how many cuts are not in a pause of `min_pause_s`: a clip would have been too long.
    """

    recording: Recording
    samples: int
    clips: list[tuple[int, int]]
    left_out: list[tuple[int, int]] = field(default_factory=list)
    forced: int = 0


def find_cuts(path: str | Path, rules: CutRules | None = None) -> Cuts:
    """Read a recording and say where to cut it; nothing is written.

    Raises:
        InputError: rules that cannot be met, a file that cannot be read, or nothing but silence.
    """
    rules = rules or CutRules()
    rules.check()
    recording = Recording(path)
    levels = Levels()
    for wav_L in recording.mono():
        levels.add(wav_L)
    levels_F = levels.decibels()
    parts = sounding(levels_F, max(float(levels_F.max()) - rules.top_db, -80.0), levels.samples)
    if not parts:
        raise InputError(_("holds nothing but silence"), path=path)
    return cut(parts, levels_F, levels.samples, recording, rules)


def cut(
    parts: list[tuple[int, int]],
    levels_F: npt.NDArray[np.float64],
    samples: int,
    recording: Recording,
    rules: CutRules,
) -> Cuts:
    """Stretches of sound, in samples, as clips, and those that are too short for one."""
    rate = recording.head.rate
    least, most = int(rules.min_s * rate), int(rules.max_s * rate)
    keep = int(min(rules.keep_s, rules.min_pause_s / 2) * rate)
    room = most - 2 * keep
    pieces: list[list[tuple[int, int]]] = []
    for part in parts:
        if pieces and part[0] - pieces[-1][-1][1] < rules.min_pause_s * rate:
            pieces[-1].append(part)
        else:
            pieces.append([part])
    cuts = [each for piece in pieces for each in _shortened(piece, room, levels_F)]
    joined = _joined(cuts, least - 2 * keep, room)
    clips: list[tuple[int, int]] = []
    left_out: list[tuple[int, int]] = []
    for i, (begin, end) in enumerate(joined):
        # half of a short pause belongs to either side
        before = (joined[i - 1][1] + begin) // 2 if i else 0
        after = (end + joined[i + 1][0]) // 2 if i + 1 < len(joined) else samples
        kept = (max(begin - keep, before, 0), min(end + keep, after, samples))
        (clips if kept[1] - kept[0] >= least else left_out).append(kept)
    pauses = [after[0] - before[1] for before, after in itertools.pairwise(joined)]
    forced = sum(pause < rules.min_pause_s * rate for pause in pauses)
    return Cuts(recording, samples, clips, left_out, forced)


def write_clips(cuts: Cuts, targets: list[Path], resample_to: int | None) -> None:
    """Write each clip as mono 16-bit wav.

    Raises:
        InputError: the recording changed since it was read, or the folder cannot be written to.
    """
    blocks = _Reader(cuts.recording)
    rate = cuts.recording.head.rate
    for (begin, end), target in zip(cuts.clips, targets, strict=True):
        pieces = resampled(blocks.between(begin, end), rate, resample_to or rate)
        write_pcm16_blocks(target, pieces, resample_to or rate, durable=False)


class _Reader:
    """The samples of a recording, front to back, once."""

    def __init__(self, recording: Recording) -> None:
        self.path = recording.path
        self._blocks = recording.mono()
        self._at = 0
        self._block_L: FloatArray = np.zeros(0, np.float32)

    def between(self, begin: int, end: int) -> Iterator[FloatArray]:
        """Mono samples from `begin` to `end`; ranges must not go back."""
        while begin < end:
            while begin >= self._at + len(self._block_L):
                self._at += len(self._block_L)
                block_L = next(self._blocks, None)
                if block_L is None:
                    raise InputError(_("became shorter while it was being cut"), path=self.path)
                self._block_L = block_L
            piece_L = self._block_L[begin - self._at : end - self._at]
            yield piece_L
            begin += len(piece_L)


def _shortened(
    piece: list[tuple[int, int]], most: int, levels_F: npt.NDArray[np.float64]
) -> list[tuple[int, int]]:
    """A piece as one stretch, or cut until each is short enough; a stack, since hours without a pause nest deep."""
    done: list[tuple[int, int]] = []
    waiting = [piece]
    while waiting:
        parts = waiting.pop()
        begin, end = parts[0][0], parts[-1][1]
        if end - begin <= most:
            done.append((begin, end))
        elif len(parts) > 1:
            at = _best_pause(parts, most)
            waiting += [parts[at:], parts[:at]]
        else:
            quiet = _quietest(begin, end, most, levels_F)
            waiting += [[(quiet, end)], [(begin, quiet)]]
    return done


def _best_pause(parts: list[tuple[int, int]], most: int) -> int:
    """The longest pause, those near the middle preferred to those that would leave a crumb."""
    begin, end = parts[0][0], parts[-1][1]

    def worth(at: int) -> float:
        pause = parts[at][0] - parts[at - 1][1]
        smaller = min(parts[at - 1][1] - begin, end - parts[at][0])
        return pause * min(1.0, smaller / (most / 3))

    return max(range(1, len(parts)), key=worth)


def _quietest(begin: int, end: int, most: int, levels_F: npt.NDArray[np.float64]) -> int:
    """The quietest frame that leaves neither side a crumb."""
    margin = min(most, end - begin) // 3
    first, last = (begin + margin) // HOP + 1, min((end - margin) // HOP, (begin + most) // HOP)
    if last <= first:
        return (begin + end) // 2
    return (first + int(np.argmin(levels_F[first:last]))) * HOP


def _joined(cuts: list[tuple[int, int]], least: int, most: int) -> list[tuple[int, int]]:
    """Stretches that are too short joined to the nearer neighbour with which they are not too long."""
    joined: list[tuple[int, int]] = []
    for begin, end in cuts:
        if joined:
            before = joined[-1]
            is_short = min(before[1] - before[0], end - begin) < least
            if is_short and end - before[0] <= most:
                joined[-1] = (before[0], end)
                continue
        joined.append((begin, end))
    return joined
