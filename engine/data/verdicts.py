"""The judgement of a clip: what training would refuse, what it would leave out, what a person should look at.

One table names every kind with its weight and the action that mends it; the dashboard, `vitsdeck check` and the check
before training read it. Standard library only: what is heard was measured before (`figures`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engine.data import suspicion
from engine.data.figures import ESCAPED, Figures, climbs_out
from engine.data.listfile import unlistable
from engine.data.split import sentence_of
from engine.data.splitset import BLANK, Clip
from engine.text.symbols import ENGLISH_178, describe

if TYPE_CHECKING:
    from engine.config import Config

BAD, LEFT_OUT, SUSPECT = "bad", "left out", "suspect"
SEVERITIES = (BAD, LEFT_OUT, SUSPECT)

LONG_LEAD_S, LONG_TRAIL_S = 0.5, 0.8  # seconds of silence before and after
NEAR_SILENT_LUFS = -50.0
NEAR_SILENT_PEAK = 0.01  # -40 dBFS
FAR_LOUDNESS_LU = 8.0


class Kind(NamedTuple):
    """A kind of verdict: its severity, the action that mends it ("" for none), and what it means."""

    severity: str
    fix: str
    says: str


KINDS: dict[str, Kind] = {
    "line": Kind(BAD, "quarantine", "the line is no clip"),
    "blank": Kind(BAD, "drop", "a blank line among the clips"),
    "encoding": Kind(BAD, "strip", "the line is not UTF-8"),
    "name": Kind(BAD, "", "a name that no list can hold"),
    "missing": Kind(BAD, "drop", "path missing"),
    "escape": Kind(BAD, "drop", "the path climbs out of the workspace"),
    "control": Kind(BAD, "strip", "control characters in path or text"),
    "unreadable": Kind(BAD, "quarantine", "unreadable"),
    "truncated": Kind(BAD, "quarantine", "truncated: the header promises more than is there"),
    "nan": Kind(BAD, "quarantine", "samples that are no numbers"),
    "rate": Kind(BAD, "convert", "wrong rate"),
    "stereo": Kind(BAD, "convert", "more than one channel"),
    "short": Kind(BAD, "drop", "shorter than a training segment"),
    "silent": Kind(BAD, "quarantine", "near silent"),
    "empty": Kind(BAD, "quarantine", "no text"),
    "symbols": Kind(BAD, "", "symbols that the table lacks"),
    "speaker": Kind(BAD, "", "a speaker that the config does not know"),
    "crowded": Kind(BAD, "quarantine", "more symbols than the clip has frames"),
    "long": Kind(LEFT_OUT, "drop", "dropped by the length buckets"),
    "wordy": Kind(LEFT_OUT, "drop", "text longer or shorter than training takes"),
    "clipped": Kind(SUSPECT, "quarantine", "clipped"),
    "silence": Kind(SUSPECT, "trim", "long silence at its begin or end"),
    "loudness": Kind(SUSPECT, "normalise", "much louder or quieter than the speaker's other clips"),
    "same audio": Kind(SUSPECT, "drop", "duplicate audio"),
    "same text": Kind(SUSPECT, "", "duplicate text of one speaker"),
    "digits": Kind(SUSPECT, "", "digits, abbreviations or signs left in the text"),
    "pace": Kind(SUSPECT, "", "spoken much faster or slower than the speaker's other clips"),
    "outside": Kind(SUSPECT, "", "outside the workspace"),
}
# where a person who repairs transcripts begins
SUSPICIOUS_TEXT = ("pace", "digits", "wordy", "empty", "same text", "symbols", "control", "crowded")


class Verdict(NamedTuple):
    """One finding: its kind, one of KINDS, and the reason in words."""

    kind: str
    reason: str

    @property
    def severity(self) -> str:
        """bad, left out or suspect."""
        return KINDS[self.kind].severity

    @property
    def fix(self) -> str:
        """The action that mends it, one of `fixes.ACTIONS`; "" when only a person can."""
        return KINDS[self.kind].fix


@dataclass(frozen=True, slots=True)
class Limits:
    """What a voice asks of its clips; the defaults are those of the shipped configs.

    Attributes:
        rate: Hz; None: any.
        segment_samples, hop_samples: a training segment, a spectrogram frame.
        min_text, max_text: symbols of a text.
        symbols: those that the table has; None: not checked.
        cleaned: whether texts are phonemes already, where `judge` is not told what is read of them.
        speakers, n_speakers: names known to the config, and how many ids there are; None: not checked.
        blanks: ids between the symbols.
        max_frames: a training clip's; what is longer falls out of the length buckets.
    """

    rate: int | None = 22050
    segment_samples: int = 8192
    hop_samples: int = 256
    min_text: int = 1
    max_text: int = 190
    symbols: frozenset[str] | None = None
    cleaned: bool | None = None
    speakers: tuple[str, ...] | None = None
    n_speakers: int | None = None
    blanks: bool = True
    max_frames: int = 1000

    @classmethod
    def of(cls, config: Config) -> Limits:
        """The limits of a config."""
        data = config.data
        return cls(
            rate=data.sampling_rate,
            segment_samples=max(config.train.segment_size, data.filter_length),
            hop_samples=data.hop_length,
            min_text=data.min_text_len,
            max_text=data.max_text_len,
            symbols=frozenset(config.symbols or ENGLISH_178),
            cleaned=data.cleaned_text,
            speakers=config.speakers,
            n_speakers=data.n_speakers,
            blanks=data.add_blank,
            max_frames=data.max_frames,
        )


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
        figures: what was measured of each; None: not yet, so nothing is said of its sound.
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
        verdicts = [*_of_line(clip, base, heard), *_of_text(clip, limits, read, is_known=not spoken)]
        if heard is not None:
            verdicts += _of_sound(heard, limits, read, is_trained=not (untrained and untrained[index]))
        if active[index]:
            verdicts += crowd.of(index)
        found.append(tuple(sorted(verdicts, key=_gravity)) if len(verdicts) > 1 else tuple(verdicts))
    return found


def characters_per_second(clip: Clip, heard: Figures | None) -> float | None:
    """Characters of the text per second between first and last sound; None without either."""
    if heard is None or heard.fault or not clip.text:
        return None
    seconds = heard.seconds - heard.lead_s - heard.trail_s
    return len(clip.text) / seconds if seconds > 0.05 else None


def worst(verdicts: Sequence[Verdict]) -> str:
    """The gravest severity among verdicts, "" for none."""
    return verdicts[0].severity if verdicts else ""


_ORDER = {severity: i for i, severity in enumerate(SEVERITIES)}


def _gravity(verdict: Verdict) -> tuple[int, bool]:
    # a missing text is seen anyway; what ails the sound is not
    return _ORDER[verdict.severity], verdict.kind == "empty"


def _of_line(clip: Clip, base: str, heard: Figures | None) -> Iterator[Verdict]:
    if clip.fault == BLANK:
        yield Verdict("blank", clip.fault)
    elif clip.fault:
        yield Verdict("encoding" if "UTF-8" in clip.fault and clip.path else "line", clip.fault)
    control = suspicion.control_character(clip.path) or suspicion.control_character(clip.text)
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


def _of_text(clip: Clip, limits: Limits, read: str | None, *, is_known: bool) -> Iterator[Verdict]:
    """`read`: the text as the model reads it, or None; `is_known`: without that the letters themselves are counted."""
    text = clip.text
    if clip.fault and not clip.path:
        return
    if not text:
        yield Verdict("empty", "has no text")
        return
    unread = suspicion.left_unread(text, cleaned=read == text)
    if unread:
        yield Verdict("digits", unread)
    if read is not None and limits.symbols is not None and not limits.symbols.issuperset(read):
        unknown = [symbol for symbol in dict.fromkeys(read) if symbol not in limits.symbols]
        shown = ", ".join(map(describe, unknown[:3])) + (
            f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        )
        yield Verdict("symbols", f"symbols not in the table: {shown}")
    counted = text if read is None and is_known else read
    if counted is not None and not limits.min_text <= len(counted) <= limits.max_text:
        bounds = f"{limits.min_text} to {limits.max_text}"
        yield Verdict("wordy", f"its text has {len(counted)} symbols, {bounds} are taken")
    yield from _of_speaker(clip, limits)


def _of_speaker(clip: Clip, limits: Limits) -> Iterator[Verdict]:
    if limits.n_speakers is None:
        return
    if limits.n_speakers == 0:
        if clip.speaker is not None:
            yield Verdict("speaker", "has a speaker, but data.n_speakers is 0")
    elif not clip.speaker:
        yield Verdict("speaker", f"has no speaker, but data.n_speakers is {limits.n_speakers}")
    elif limits.speakers:
        if clip.speaker not in limits.speakers:
            yield Verdict("speaker", f'speaker "{clip.speaker}" is not named in the config')
    elif not (
        clip.speaker.isascii() and clip.speaker.isdigit() and int(clip.speaker[:9]) < limits.n_speakers
    ):
        yield Verdict("speaker", f'speaker "{clip.speaker}" is no id from 0 to {limits.n_speakers - 1}')


def _of_sound(heard: Figures, limits: Limits, read: str | None, *, is_trained: bool) -> Iterator[Verdict]:
    if heard.fault:
        if heard.fault not in ("missing", "escape"):  # said of the line
            yield Verdict(heard.fault, heard.reason)
        return
    if heard.channels != 1:
        yield Verdict("stereo", "is stereo" if heard.channels == 2 else f"has {heard.channels} channels")
    if limits.rate is not None and heard.rate != limits.rate:
        yield Verdict("rate", f"is at {heard.rate} Hz, {limits.rate} Hz is needed")
    if heard.lufs is None or heard.lufs < NEAR_SILENT_LUFS or heard.peak < NEAR_SILENT_PEAK:
        level = "nothing can be heard" if heard.lufs is None else f"{heard.lufs:.0f} LUFS"
        yield Verdict("silent", f"near silent: {level}, peak {heard.peak:.4f}")
    elif heard.lead_s > LONG_LEAD_S or heard.trail_s > LONG_TRAIL_S:
        yield Verdict(
            "silence", f"silence of {heard.lead_s:.2f} s before and {heard.trail_s:.2f} s after the speech"
        )
    if heard.clipped:
        yield Verdict("clipped", f"{heard.clipped} samples are cut off at full scale")
    samples = heard.seconds * limits.rate if limits.rate is not None else heard.frames
    frames = samples // limits.hop_samples
    if samples < limits.segment_samples:
        yield Verdict(
            "short", f"{heard.seconds:.2f} s is shorter than a segment of {limits.segment_samples} samples"
        )
    if is_trained and frames > limits.max_frames:
        yield Verdict(
            "long",
            f"{heard.seconds:.1f} s are {frames:.0f} frames, the longest bucket ends at {limits.max_frames}",
        )
    ids = len(read or "") * (2 if limits.blanks else 1) + limits.blanks
    if read is not None and ids > frames:
        yield Verdict("crowded", f"{ids} symbols with blanks do not fit into {frames:.0f} frames")


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
        self._paces, self._pace_scores = paces, suspicion.robust_scores(paces, owners)
        self._distances = _from_median(loudness, owners)

    def of(self, index: int) -> Iterator[Verdict]:
        twin = self._same_audio.get(index)
        if twin is not None:
            yield Verdict("same audio", f"the same sound as {self._where(twin)}")
        twin = self._same_text.get(index)
        if twin is not None:
            yield Verdict("same text", f"the same text as {self._where(twin)}")
        score, pace = self._pace_scores[index], self._paces[index]
        if score is not None and abs(score) > suspicion.FAR:
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
    medians = suspicion.medians(values, owners)
    return [
        None if value is None or owner not in medians else value - medians[owner]
        for value, owner in zip(values, owners, strict=True)
    ]
