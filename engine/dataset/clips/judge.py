"""The issues of every clip of some lists: whether it trains, and what else a person should look at.

Standard library only: sound was measured before, or only its header was read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

from engine.audio.recordings import LARGE_OFFSET
from engine.dataset.clips import text_heuristics
from engine.dataset.clips.clip_stats import OUTSIDE, ClipStats, climbs_out
from engine.dataset.clips.issues import (
    LIKELIER,
    SEVERITIES,
    Issue,
    Requirements,
    speaker_id,
    text_length_issues,
    training_issues,
)
from engine.dataset.lists.filelist import unlistable
from engine.dataset.session import BLANK, Clip
from engine.dataset.split import sentence_of
from engine.text.symbols import describe

LONG_LEAD_S, LONG_TRAIL_S = 0.5, 0.8  # seconds of silence before and after
NEAR_SILENT_LUFS = -50.0
NEAR_SILENT_PEAK = 0.01  # -40 dBFS
FAR_LOUDNESS_LU = 8.0
LEAST_COMMON = 3  # clips of a list with the same issue, before it can be the list's fault and not theirs


def judge(
    clips: Sequence[Clip],
    stats: Sequence[ClipStats | None],
    wanted: Requirements,
    root: str | Path = ".",
    *,
    model_texts: Sequence[str | None] = (),
    counted: Sequence[bool] = (),
    untrained: Sequence[bool] = (),
) -> list[tuple[Issue, ...]]:
    """The issues of each clip, the gravest first; an empty tuple: none.

    Args:
        stats: what was measured of each, or its header; None: not yet, so nothing is said of its sound.
        root: the workspace that relative paths begin at.
        model_texts: what the model would read of each clip; None where nobody knows, so its symbols are not checked.
            Empty: the texts themselves if they are cleaned.
        counted: clips that take part in finding doubles and medians; all of them if empty.
        untrained: clips that are only validated on, so none is too long; none of them if empty.
    """
    active = counted or [True] * len(clips)
    neighbours = _Neighbours(clips, stats, active)
    base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
    found = []
    for index, (clip, known) in enumerate(zip(clips, stats, strict=True)):
        read = model_texts[index] if model_texts else clip.text if wanted.cleaned else None
        if not (clip.path and clip.text):  # no clip, or none with a text: said already
            read = None
        issues = [*_of_line(clip, base, known), *_of_text(clip, wanted, read)]
        if (
            read is None and not model_texts and clip.path and clip.text
        ):  # raw: nobody knows its symbols, so letters are counted
            issues += text_length_issues(len(clip.text), wanted)
        is_trained = not (untrained and untrained[index])
        issues += training_issues(known, None if read is None else len(read), wanted, is_trained=is_trained)
        if known is not None and known.audio and not known.fault:
            issues += _of_level(known)
        if active[index]:
            issues += neighbours.of(index)
        found.append(tuple(sorted(issues, key=_gravity) if len(issues) > 1 else issues))
    return _with_common(clips, found)


def characters_per_second(clip: Clip, stats: ClipStats | None) -> float | None:
    """Characters of the text per second between first and last sound; None without either."""
    if stats is None or stats.fault or not clip.text:
        return None
    seconds = stats.seconds - stats.lead_s - stats.trail_s
    return len(clip.text) / seconds if seconds > 0.05 else None


def _gravity(issue: Issue) -> tuple[int, bool]:
    # a missing text is seen anyway; a fault of the sound is not
    return SEVERITIES.index(issue.severity), issue.kind == "empty"


def _of_line(clip: Clip, base: str, stats: ClipStats | None) -> Iterator[Issue]:
    if clip.fault == BLANK:
        yield Issue("blank", clip.fault)
    elif clip.fault:
        yield Issue("encoding" if "UTF-8" in clip.fault and clip.path else "malformed_line", clip.fault)
    control = text_heuristics.control_character(clip.path) or text_heuristics.control_character(clip.text)
    if control:
        yield Issue("control", f"holds the control character {control}")
    if not clip.path:
        if not clip.fault:
            yield Issue("missing", "has no path")
        return
    if why := unlistable(clip.path):
        yield Issue("unlistable_path", why)
    if stats is not None and stats.fault == "missing":
        yield Issue("missing", "no such file")
    if climbs_out(clip.path, base):
        yield Issue("path_outside", OUTSIDE.reason)
    elif os.path.isabs(clip.path) and not os.path.normpath(clip.path).startswith(base + os.sep):  # noqa: PTH117
        yield Issue("absolute_path", "lies outside the workspace, so the list works on this machine only")


def _of_text(clip: Clip, wanted: Requirements, read: str | None) -> Iterator[Issue]:
    """`read`: the text as the model reads it; None: not known."""
    if clip.fault and not clip.path:
        return
    if not clip.text:
        yield Issue("empty", "has no text")
        return
    if unread := text_heuristics.left_unread(clip.text, cleaned=read == clip.text):
        yield Issue("unnormalized_text", unread)
    if read is not None and wanted.symbols is not None and not wanted.symbols.issuperset(read):
        unknown = [symbol for symbol in dict.fromkeys(read) if symbol not in wanted.symbols]
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        yield Issue("symbols", f"symbols not in the table: {', '.join(map(describe, unknown[:3]))}{more}")
    if wanted.n_speakers is not None and isinstance(reason := speaker_id(clip.speaker, wanted), str):
        yield Issue("speaker", reason)


def _of_level(stats: ClipStats) -> Iterator[Issue]:
    if stats.lufs is None or stats.lufs < NEAR_SILENT_LUFS or stats.peak < NEAR_SILENT_PEAK:
        level = "nothing can be heard" if stats.lufs is None else f"{stats.lufs:.0f} LUFS"
        yield Issue("silent", f"near silent: {level}, peak {stats.peak:.4f}")
    elif stats.lead_s > LONG_LEAD_S or stats.trail_s > LONG_TRAIL_S:
        reason = f"silence of {stats.lead_s:.2f} s before and {stats.trail_s:.2f} s after the speech"
        yield Issue("silence", reason)
    if abs(stats.offset) > LARGE_OFFSET:
        yield Issue("offset", f"has a constant offset of {stats.offset:.2f} of full scale")
    if stats.clipped:
        yield Issue("clipped", f"{stats.clipped} samples are cut off at full scale")


def _with_common(clips: Sequence[Clip], found: list[tuple[Issue, ...]]) -> list[tuple[Issue, ...]]:
    """The same, with the issues of more than half of a list's clips marked as common."""
    totals = Counter(clip.source for clip in clips if clip.fault != BLANK)
    counts = Counter(
        (clip.source, issue.kind)
        for clip, issues in zip(clips, found, strict=True)
        for issue in issues
        if issue.kind in LIKELIER
    )
    common = {
        (source, kind)
        for (source, kind), count in counts.items()
        if count >= LEAST_COMMON and 2 * count > totals[source]
    }
    if not common:
        return found
    return [
        tuple(issue._replace(is_common=(clip.source, issue.kind) in common) for issue in issues)
        for clip, issues in zip(clips, found, strict=True)
    ]


class _Neighbours:
    """What can be said of a clip only beside the others: doubles, and how far it is from its speaker's median."""

    def __init__(
        self, clips: Sequence[Clip], stats: Sequence[ClipStats | None], active: Sequence[bool]
    ) -> None:
        self._clips = clips
        active_stats = [known if is_active else None for known, is_active in zip(stats, active, strict=True)]
        speakers = [clip.speaker for clip in clips]
        self._rates = [
            characters_per_second(clip, known) for clip, known in zip(clips, active_stats, strict=True)
        ]
        self._rate_scores = text_heuristics.robust_scores(self._rates, speakers)
        loudness = [None if known is None else known.lufs for known in active_stats]
        self._loudness = text_heuristics.distances(loudness, speakers)
        sentences = [
            (clip.speaker, sentence) if is_active and (sentence := sentence_of(clip.text)) else None
            for clip, is_active in zip(clips, active, strict=True)
        ]
        self._same_audio = _repeated([known.audio or None if known else None for known in active_stats])
        self._same_text = _repeated(sentences)

    def of(self, index: int) -> Iterator[Issue]:
        if (first := self._same_audio.get(index)) is not None:
            yield Issue("same_audio", f"the same sound as {self._where(first)}")
        if (first := self._same_text.get(index)) is not None:
            yield Issue("same_text", f"the same text as {self._where(first)}")
        score, rate = self._rate_scores[index], self._rates[index]
        if score is not None and abs(score) > text_heuristics.FAR:
            speed = "faster" if score > 0 else "slower"
            reason = f"{rate:.1f} characters a second, {abs(score):.0f} deviations {speed} than usual"
            yield Issue("speaking_rate", reason)
        distance = self._loudness[index]
        if distance is not None and abs(distance) > FAR_LOUDNESS_LU:
            how = "louder" if distance > 0 else "quieter"
            yield Issue("loudness", f"{abs(distance):.0f} LU {how} than usual")

    def _where(self, index: int) -> str:
        clip = self._clips[index]
        return f"{clip.path} (line {clip.line})" if clip.line else clip.path


def _repeated(keys: Sequence[Hashable | None]) -> dict[int, int]:
    """For each item whose key an earlier one has: which."""
    first: dict[Hashable, int] = {}
    return {
        index: earlier
        for index, key in enumerate(keys)
        if key is not None and (earlier := first.setdefault(key, index)) != index
    }
