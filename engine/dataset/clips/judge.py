"""The verdicts of every clip of some lists: whether it trains, and what else a person should look at.

Standard library only: sound was measured before (`figures`), or only its header was read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.audio.recordings import LARGE_OFFSET
from engine.dataset.clips import text_heuristics
from engine.dataset.clips.clip_stats import ESCAPED, Figures, climbs_out
from engine.dataset.clips.issues import (
    LIKELIER,
    SEVERITIES,
    Limits,
    Verdict,
    speaker_id,
    text_length,
    why_not,
)
from engine.dataset.lists.listfile import unlistable
from engine.dataset.session import BLANK, Clip
from engine.dataset.split import sentence_of
from engine.text.symbols import describe

LONG_LEAD_S, LONG_TRAIL_S = 0.5, 0.8  # seconds of silence before and after
NEAR_SILENT_LUFS = -50.0
NEAR_SILENT_PEAK = 0.01  # -40 dBFS
FAR_LOUDNESS_LU = 8.0
LEAST_COMMON = 3  # clips of a list with the same fault, before it can be the list's fault and not theirs


def judge(
    clips: Sequence[Clip],
    figures: Sequence[Figures | None],
    limits: Limits,
    root: str | Path = ".",
    *,
    spoken: Sequence[str | None] = (),
    counted: Sequence[bool] = (),
    untrained: Sequence[bool] = (),
) -> list[tuple[Verdict, ...]]:
    """The verdicts of each clip, the gravest first; an empty tuple is a clean bill.

    Args:
        figures: what was measured of each, or its header; None: not yet, so nothing is said of its sound.
        root: the workspace that relative paths begin at.
        spoken: what the model would read of each clip; None where nobody knows, so nothing is said of its symbols.
            Empty: the texts themselves if `limits` say that they are cleaned.
        counted: clips that take part in finding doubles and the usual; all of them if empty.
        untrained: clips that are only validated on, so none is too long; none of them if empty.
    """
    active = counted or [True] * len(clips)
    crowd = _Crowd(clips, figures, active)
    base = os.path.abspath(root)  # noqa: PTH100 - as text, for thousands of comparisons
    found = []
    for index, (clip, heard) in enumerate(zip(clips, figures, strict=True)):
        read = spoken[index] if spoken else clip.text if limits.cleaned else None
        if not (clip.path and clip.text):  # no clip, or none with a text: said already
            read = None
        is_raw = read is None and not spoken
        verdicts = [*_of_line(clip, base, heard), *_of_text(clip, limits, read, is_raw=is_raw)]
        is_trained = not (untrained and untrained[index])
        verdicts += why_not(heard, None if read is None else len(read), limits, is_trained=is_trained)
        if heard is not None and heard.audio and not heard.fault:
            verdicts += _of_level(heard)
        if active[index]:
            verdicts += crowd.of(index)
        found.append(tuple(sorted(verdicts, key=_gravity)) if len(verdicts) > 1 else tuple(verdicts))
    return _with_common(clips, found)


def characters_per_second(clip: Clip, heard: Figures | None) -> float | None:
    """Characters of the text per second between first and last sound; None without either."""
    if heard is None or heard.fault or not clip.text:
        return None
    seconds = heard.seconds - heard.lead_s - heard.trail_s
    return len(clip.text) / seconds if seconds > 0.05 else None


_ORDER = {severity: i for i, severity in enumerate(SEVERITIES)}


def _gravity(verdict: Verdict) -> tuple[int, bool]:
    # a missing text is seen anyway; what ails the sound is not
    return _ORDER[verdict.severity], verdict.kind == "empty"


def _of_line(clip: Clip, base: str, heard: Figures | None) -> Iterator[Verdict]:
    if clip.fault == BLANK:
        yield Verdict("blank", clip.fault)
    elif clip.fault:
        yield Verdict("encoding" if "UTF-8" in clip.fault and clip.path else "line", clip.fault)
    control = text_heuristics.control_character(clip.path) or text_heuristics.control_character(clip.text)
    if control:
        yield Verdict("control", f"holds the control character {control}")
    if not clip.path:
        if not clip.fault:
            yield Verdict("missing", "has no path")
        return
    if unlisted := unlistable(clip.path):
        yield Verdict("name", unlisted)
    if heard is not None and heard.fault == "missing":
        yield Verdict("missing", "no such file")
    if climbs_out(clip.path, base):
        yield Verdict("escape", ESCAPED.reason)
    elif os.path.isabs(clip.path) and not os.path.normpath(clip.path).startswith(base + os.sep):  # noqa: PTH117
        yield Verdict("outside", "lies outside the workspace, so the list works on this machine only")


def _of_text(clip: Clip, limits: Limits, read: str | None, *, is_raw: bool) -> Iterator[Verdict]:
    """`read`: the text as the model reads it, or None; of raw text that nobody has cleaned the letters are counted."""
    text = clip.text
    if clip.fault and not clip.path:
        return
    if not text:
        yield Verdict("empty", "has no text")
        return
    unread = text_heuristics.left_unread(text, cleaned=read == text)
    if unread:
        yield Verdict("digits", unread)
    if read is not None and limits.symbols is not None and not limits.symbols.issuperset(read):
        unknown = [symbol for symbol in dict.fromkeys(read) if symbol not in limits.symbols]
        shown = ", ".join(map(describe, unknown[:3])) + (
            f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        )
        yield Verdict("symbols", f"symbols not in the table: {shown}")
    if is_raw:
        yield from text_length(len(text), limits)
    yield from _of_speaker(clip, limits)


def _of_speaker(clip: Clip, limits: Limits) -> Iterator[Verdict]:
    if limits.n_speakers is not None:
        number = speaker_id(clip.speaker, limits)
        if isinstance(number, str):
            yield Verdict("speaker", number)


def _of_level(heard: Figures) -> Iterator[Verdict]:
    if heard.lufs is None or heard.lufs < NEAR_SILENT_LUFS or heard.peak < NEAR_SILENT_PEAK:
        level = "nothing can be heard" if heard.lufs is None else f"{heard.lufs:.0f} LUFS"
        yield Verdict("silent", f"near silent: {level}, peak {heard.peak:.4f}")
    elif heard.lead_s > LONG_LEAD_S or heard.trail_s > LONG_TRAIL_S:
        yield Verdict(
            "silence", f"silence of {heard.lead_s:.2f} s before and {heard.trail_s:.2f} s after the speech"
        )
    if abs(heard.offset) > LARGE_OFFSET:
        yield Verdict("offset", f"stands on a constant offset of {heard.offset:.2f} of full scale")
    if heard.clipped:
        yield Verdict("clipped", f"{heard.clipped} samples are cut off at full scale")


def _with_common(clips: Sequence[Clip], found: list[tuple[Verdict, ...]]) -> list[tuple[Verdict, ...]]:
    """The same, with what more than half of a list's clips suffer from marked as common."""
    totals = Counter(clip.source for clip in clips if clip.fault != BLANK)
    counts = Counter(
        (clip.source, verdict.kind)
        for clip, verdicts in zip(clips, found, strict=True)
        for verdict in verdicts
        if verdict.kind in LIKELIER
    )
    common = {
        (source, kind)
        for (source, kind), count in counts.items()
        if count >= LEAST_COMMON and 2 * count > totals[source]
    }
    if not common:
        return found
    return [
        tuple(each._replace(is_common=(clip.source, each.kind) in common) for each in verdicts)
        for clip, verdicts in zip(clips, found, strict=True)
    ]


class _Crowd:
    """What can be said of a clip only beside the others: doubles, and how far it is from the usual."""

    def __init__(
        self, clips: Sequence[Clip], figures: Sequence[Figures | None], active: Sequence[bool]
    ) -> None:
        self.clips, self.figures = clips, figures
        members = [i for i, is_active in enumerate(active) if is_active]
        self._same_audio = _firsts(members, self._audio)
        self._same_text = _firsts(members, self._sentence)
        owners = [clip.speaker for clip in clips]
        paces = [
            characters_per_second(clip, heard) if is_active else None
            for clip, heard, is_active in zip(clips, figures, active, strict=True)
        ]
        loudness = [
            None if heard is None or not is_active else heard.lufs
            for heard, is_active in zip(figures, active, strict=True)
        ]
        self._paces, self._pace_scores = paces, text_heuristics.robust_scores(paces, owners)
        self._distances = _from_median(loudness, owners)

    def of(self, index: int) -> Iterator[Verdict]:
        twin = self._same_audio.get(index)
        if twin is not None:
            yield Verdict("same audio", f"the same sound as {self._where(twin)}")
        twin = self._same_text.get(index)
        if twin is not None:
            yield Verdict("same text", f"the same text as {self._where(twin)}")
        score, pace = self._pace_scores[index], self._paces[index]
        if score is not None and abs(score) > text_heuristics.FAR:
            speed = "faster" if score > 0 else "slower"
            yield Verdict(
                "pace", f"{pace:.1f} characters a second, {abs(score):.0f} deviations {speed} than usual"
            )
        distance = self._distances[index]
        if distance is not None and abs(distance) > FAR_LOUDNESS_LU:
            how = "louder" if distance > 0 else "quieter"
            yield Verdict("loudness", f"{abs(distance):.0f} LU {how} than usual")

    def _audio(self, index: int) -> str | None:
        heard = self.figures[index]
        return heard.audio if heard is not None and heard.audio else None

    def _sentence(self, index: int) -> tuple[str | None, str] | None:
        clip = self.clips[index]
        sentence = sentence_of(clip.text)
        return (clip.speaker, sentence) if sentence else None

    def _where(self, index: int) -> str:
        clip = self.clips[index]
        return f"{clip.path} (line {clip.line})" if clip.line else clip.path


def _firsts(members: Sequence[int], key_of: Callable[[int], object]) -> dict[int, int]:
    """For each that repeats an earlier one: which."""
    first: dict[object, int] = {}
    repeats = {}
    for index in members:
        key = key_of(index)
        if key is not None:
            earlier = first.setdefault(key, index)
            if earlier != index:
                repeats[index] = earlier
    return repeats


def _from_median(values: Sequence[float | None], owners: Sequence[str | None]) -> list[float | None]:
    medians = text_heuristics.medians(values, owners)
    return [
        None if value is None or owner not in medians else value - medians[owner]
        for value, owner in zip(values, owners, strict=True)
    ]
