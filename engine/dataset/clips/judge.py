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
from engine.dataset.clips.clip_stats import MISSING, OUTSIDE, ClipStats, climbs_out
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
from engine.i18n import _, plural
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
    beside_others = _beside_others(clips, stats, active)
    base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
    found = []
    for index, (clip, known) in enumerate(zip(clips, stats, strict=True)):
        read = model_texts[index] if model_texts else clip.text if wanted.cleaned else None
        has_text = bool(clip.path and clip.text)  # a lack of either is reported of the line
        read = read if has_text else None
        issues = [*_of_line(clip, base, known), *_of_text(clip, wanted, read)]
        if has_text and read is None and not model_texts:  # raw: its symbols are not known, so letters count
            issues += text_length_issues(len(clip.text), wanted)
        is_trained = not (untrained and untrained[index])
        issues += training_issues(known, None if read is None else len(read), wanted, is_trained=is_trained)
        if known is not None and known.audio and not known.fault:
            issues += _of_level(known)
        issues += beside_others[index]
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
        yield Issue("control", _("holds the control character {code}").format(code=control))
    if not clip.path:
        if not clip.fault:
            yield Issue("missing", _("has no path"))
        return
    if why := unlistable(clip.path):
        yield Issue("unlistable_path", why)
    if stats is not None and stats.fault == "missing":
        yield Issue("missing", MISSING.reason)
    if climbs_out(clip.path, base):
        yield Issue("path_outside", OUTSIDE.reason)
    elif os.path.isabs(clip.path) and not os.path.normpath(clip.path).startswith(base + os.sep):  # noqa: PTH117
        reason = _("lies outside the workspace, so the list works on this machine only")
        yield Issue("absolute_path", reason)


def _of_text(clip: Clip, wanted: Requirements, read: str | None) -> Iterator[Issue]:
    """`read`: the text as the model reads it; None: not known."""
    if clip.fault and not clip.path:
        return
    if not clip.text:
        yield Issue("empty", _("has no text"))
        return
    if unread := text_heuristics.left_unread(clip.text, cleaned=read == clip.text):
        yield Issue("unnormalized_text", unread)
    if read is not None and wanted.symbols is not None and not wanted.symbols.issuperset(read):
        unknown = [symbol for symbol in dict.fromkeys(read) if symbol not in wanted.symbols]
        reason = _("symbols not in the table: {symbols}")
        if len(unknown) > 3:
            reason = _("symbols not in the table: {symbols} and {count} more")
        named = ", ".join(map(describe, unknown[:3]))
        yield Issue("symbols", reason.format(symbols=named, count=len(unknown) - 3))
    if wanted.n_speakers is not None and isinstance(fault := speaker_id(clip.speaker, wanted), str):
        yield Issue("speaker", fault)


def _of_level(stats: ClipStats) -> Iterator[Issue]:
    if stats.lufs is None or stats.lufs < NEAR_SILENT_LUFS or stats.peak < NEAR_SILENT_PEAK:
        reason = _("near silent: {loudness:.0f} LUFS, peak {peak:.4f}")
        if stats.lufs is None:
            reason = _("near silent: nothing can be heard, peak {peak:.4f}")
        yield Issue("silent", reason.format(loudness=stats.lufs, peak=stats.peak))
    elif stats.lead_s > LONG_LEAD_S or stats.trail_s > LONG_TRAIL_S:
        reason = _("silence of {before:.2f} s before and {after:.2f} s after the speech")
        yield Issue("silence", reason.format(before=stats.lead_s, after=stats.trail_s))
    if abs(stats.offset) > LARGE_OFFSET:
        reason = _("has a constant offset of {offset:.2f} of full scale")
        yield Issue("offset", reason.format(offset=stats.offset))
    if stats.clipped:
        reason = plural(
            "{n} sample is cut off at full scale", "{n} samples are cut off at full scale", stats.clipped
        )
        yield Issue("clipped", reason)


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


def _beside_others(
    clips: Sequence[Clip], stats: Sequence[ClipStats | None], active: Sequence[bool]
) -> list[list[Issue]]:
    """The issues of each clip that only the others show: doubles, and its distance from its speaker's median."""
    speakers = [clip.speaker for clip in clips]
    known = [each if is_active else None for each, is_active in zip(stats, active, strict=True)]
    rates = [characters_per_second(clip, each) for clip, each in zip(clips, known, strict=True)]
    sentences = [
        (clip.speaker, sentence) if is_active and (sentence := sentence_of(clip.text)) else None
        for clip, is_active in zip(clips, active, strict=True)
    ]
    found: list[list[Issue]] = [[] for _unused in clips]
    for index, first in _repeated([each.audio or None if each else None for each in known]):
        reason = _("the same sound as {clip}").format(clip=_where(clips[first]))
        found[index].append(Issue("same_audio", reason))
    for index, first in _repeated(sentences):
        reason = _("the same text as {clip}").format(clip=_where(clips[first]))
        found[index].append(Issue("same_text", reason))
    for index, score in enumerate(text_heuristics.robust_scores(rates, speakers)):
        if score is not None and abs(score) > text_heuristics.FAR:
            reason = _("{rate:.1f} characters a second, {score:.0f} deviations slower than usual")
            if score > 0:
                reason = _("{rate:.1f} characters a second, {score:.0f} deviations faster than usual")
            found[index].append(Issue("speaking_rate", reason.format(rate=rates[index], score=abs(score))))
    loudness = [None if each is None else each.lufs for each in known]
    for index, distance in enumerate(text_heuristics.distances(loudness, speakers)):
        if distance is not None and abs(distance) > FAR_LOUDNESS_LU:
            reason = _("{distance:.0f} LU louder than usual")
            if distance < 0:
                reason = _("{distance:.0f} LU quieter than usual")
            found[index].append(Issue("loudness", reason.format(distance=abs(distance))))
    return found


def _where(clip: Clip) -> str:
    return _("{path} (line {line})").format(path=clip.path, line=clip.line) if clip.line else clip.path


def _repeated(keys: Sequence[Hashable | None]) -> Iterator[tuple[int, int]]:
    """Each item whose key an earlier one has, and which."""
    first: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if key is not None and (earlier := first.setdefault(key, index)) != index:
            yield index, earlier
