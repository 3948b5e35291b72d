"""Whether a clip trains, and why not: `why_not`.

`vitsdeck check`, the start of a training, its loader and the dashboard all ask here, so none of them can disagree. One
table names every kind of verdict with its weight and the action that mends it. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from engine.dataset.clips.clip_stats import Figures
from engine.text.symbols import ENGLISH_178

if TYPE_CHECKING:
    from engine.config import Config

BAD, LEFT_OUT, SUSPECT = "bad", "left out", "suspect"
SEVERITIES = (BAD, LEFT_OUT, SUSPECT)


class Kind(NamedTuple):
    """A kind of verdict: its severity, the action that mends it ("" for none), what it means, what else would help."""

    severity: str
    fix: str
    says: str
    help: str = ""


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
    "rate": Kind(BAD, "convert", "wrong rate", "run: vitsdeck convert"),
    "stereo": Kind(BAD, "convert", "more than one channel", "mono is needed, run: vitsdeck convert"),
    "short": Kind(BAD, "drop", "shorter than a training segment"),
    "silent": Kind(BAD, "quarantine", "near silent"),
    "empty": Kind(BAD, "quarantine", "no text"),
    "symbols": Kind(
        BAD,
        "",
        "symbols that the table lacks",
        "write them in other words, or store them: `vitsdeck symbols --store` (-c CONFIG: in your own config)",
    ),
    "speaker": Kind(
        BAD,
        "",
        "a speaker that the config does not know",
        "name the speakers: `vitsdeck speakers LISTS --write` (-c CONFIG: in your own config)",
    ),
    "crowded": Kind(BAD, "quarantine", "more symbols than the clip has frames"),
    "long": Kind(LEFT_OUT, "drop", "longer than data.max_frames allows"),
    "wordy": Kind(LEFT_OUT, "drop", "text longer or shorter than training takes"),
    "clipped": Kind(SUSPECT, "quarantine", "clipped"),
    "offset": Kind(SUSPECT, "centre", "stands on a constant offset"),
    "silence": Kind(SUSPECT, "trim", "long silence at its begin or end"),
    "loudness": Kind(SUSPECT, "normalise", "much louder or quieter than the speaker's other clips"),
    "same audio": Kind(SUSPECT, "drop", "duplicate audio"),
    "same text": Kind(SUSPECT, "", "duplicate text of one speaker"),
    "digits": Kind(SUSPECT, "", "digits, abbreviations or signs left in the text"),
    "pace": Kind(SUSPECT, "", "spoken much faster or slower than the speaker's other clips"),
    "outside": Kind(SUSPECT, "", "outside the workspace"),
}
# kinds that take clips out, with what it more likely is when most of a list has them
LIKELIER: dict[str, str] = {
    "line": "do bars part its columns, as in path|text?",
    "missing": "are the recordings in the folder that the list names?",
    "escape": "was the list made for another folder?",
    "unreadable": "are these files recordings?",
    "truncated": "was copying them interrupted?",
    "nan": "was the export of the recordings at fault?",
    "short": "are these whole sentences, and is train.segment_size right?",
    "silent": "was the right channel, or microphone, recorded?",
    "empty": "write them first, as with `vitsdeck transcribe`",
    "long": "cut the recordings into sentences (`vitsdeck slice`), or raise data.max_frames",
    "wordy": "are language and cleaner right for these texts, and are they sentences?",
    "crowded": "are language and cleaner right for these texts, and the texts for these recordings?",
}
# where a person who repairs transcripts begins
SUSPICIOUS_TEXT = ("pace", "digits", "wordy", "empty", "same text", "symbols", "control", "crowded")


class Verdict(NamedTuple):
    """One finding: its kind, one of KINDS, and the reason in words.

    `is_common`: most of the list has it, so the list is likelier at fault, and taking its clips out is no remedy.
    """

    kind: str
    reason: str
    is_common: bool = False

    @property
    def severity(self) -> str:
        """bad, left out or suspect."""
        return KINDS[self.kind].severity

    @property
    def fix(self) -> str:
        """The action that mends it, one of `fixes.ACTIONS`; "" when only a person can."""
        return "" if self.is_common else KINDS[self.kind].fix


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
        max_frames: of a training clip; longer ones are left out.
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


def why_not(
    sound: Figures | None, symbols: int | None, limits: Limits, *, is_trained: bool = True
) -> Iterator[Verdict]:
    """Why training does not take a clip of such sound and text, all in integers; nothing when it does.

    Args:
        sound: its header's rate, channels and samples, judged as they are after conversion; None: not known yet.
        symbols: of its text, as the model reads it, without blanks; None: not known.
        is_trained: False for a clip that is only validated on, which may have any length.
    """
    wordy = [] if symbols is None else list(text_length(symbols, limits))
    yield from wordy
    if sound is None:
        return
    if sound.fault:
        if sound.fault not in ("missing", "escape"):  # said of the line
            yield Verdict(sound.fault, sound.reason)
        return
    if sound.channels != 1:
        yield Verdict("stereo", "is stereo" if sound.channels == 2 else f"has {sound.channels} channels")
    if limits.rate is not None and sound.rate != limits.rate:
        yield Verdict("rate", f"is at {sound.rate} Hz, {limits.rate} Hz is needed")
    samples = sound.samples_at(limits.rate)
    frames = samples // limits.hop_samples
    if samples < limits.segment_samples:
        yield Verdict("short", f"its {samples} samples are fewer than a segment of {limits.segment_samples}")
    if is_trained and frames > limits.max_frames:
        seconds = limits.max_frames * limits.hop_samples / (limits.rate or sound.rate)
        allowed = f"data.max_frames allows {limits.max_frames} ({seconds:.1f} s)"
        yield Verdict("long", f"it has {frames} frames, {allowed}")
    if symbols is not None and not wordy:
        ids = 2 * symbols + 1 if limits.blanks else symbols
        if ids > frames:
            yield Verdict("crowded", f"{ids} symbols with blanks do not fit into {frames} frames")


def text_length(symbols: int, limits: Limits) -> Iterator[Verdict]:
    """Whether a text of so many symbols is left out."""
    if not limits.min_text <= symbols <= limits.max_text:
        bounds = f"data.min_text_len and max_text_len allow {limits.min_text} to {limits.max_text}"
        yield Verdict("wordy", f"its text has {symbols} symbols, {bounds}")


def speaker_id(name: str | None, limits: Limits) -> int | str | None:
    """The row of a speaker in the embedding, or why there is none; None for a voice of one speaker."""
    count, names = limits.n_speakers or 0, limits.speakers or ()
    if count == 0:
        return None if name is None else "has a speaker, but data.n_speakers is 0"
    if not name:
        return f"has no speaker, but data.n_speakers is {count}"
    if names and name not in names:
        return f'speaker "{name}" is not named in the config'
    number = names.index(name) if names else int(name[:9]) if name.isascii() and name.isdigit() else count
    return number if number < count else f'speaker "{name}" is no id from 0 to {count - 1}'
