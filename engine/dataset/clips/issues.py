"""What can be wrong with a clip, and whether it trains. Standard library only.

`vitsdeck check`, the start of a training, its loader and the dashboard all ask here, so none of them can disagree. One
table has every kind of issue, its severity and the action that fixes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from engine.config import Config
from engine.dataset.clips.clip_stats import ClipStats
from engine.i18n import _
from engine.text.symbols import ENGLISH_178

BAD, LEFT_OUT, SUSPECT = "bad", "left out", "suspect"
SEVERITIES = (BAD, LEFT_OUT, SUSPECT)


class IssueKind(NamedTuple):
    """A kind of issue: severity, the action that fixes it ("" for none), what it means, and what else would help."""

    severity: str
    fix: str
    says: str
    help: str = ""


_STORE_SYMBOLS = _(
    "write them in other words, or store them: `vitsdeck symbols --store` (-c CONFIG: in your own config)"
)
_NAME_SPEAKERS = _("name the speakers: `vitsdeck speakers LISTS --write` (-c CONFIG: in your own config)")

KINDS: dict[str, IssueKind] = {
    "malformed_line": IssueKind(BAD, "quarantine", _("the line is no clip")),
    "blank": IssueKind(BAD, "drop", _("a blank line among the clips")),
    "encoding": IssueKind(BAD, "strip", _("the line is not UTF-8")),
    "unlistable_path": IssueKind(BAD, "", _("a name that no list can hold")),
    "missing": IssueKind(BAD, "drop", _("path missing")),
    "path_outside": IssueKind(BAD, "drop", _("the path climbs out of the workspace")),
    "control": IssueKind(BAD, "strip", _("control characters in path or text")),
    "unreadable": IssueKind(BAD, "quarantine", _("unreadable")),
    "truncated": IssueKind(BAD, "quarantine", _("truncated: the header promises more than is there")),
    "nan": IssueKind(BAD, "quarantine", _("samples that are no numbers")),
    "rate": IssueKind(BAD, "convert", _("wrong rate"), _("run: vitsdeck convert")),
    "stereo": IssueKind(
        BAD, "convert", _("more than one channel"), _("mono is needed, run: vitsdeck convert")
    ),
    "short": IssueKind(BAD, "drop", _("shorter than a training segment")),
    "silent": IssueKind(BAD, "quarantine", _("near silent")),
    "empty": IssueKind(BAD, "quarantine", _("no text")),
    "symbols": IssueKind(BAD, "", _("symbols that the table lacks"), _STORE_SYMBOLS),
    "speaker": IssueKind(BAD, "", _("a speaker that the config does not know"), _NAME_SPEAKERS),
    "text_longer_than_audio": IssueKind(BAD, "quarantine", _("more symbols than the clip has frames")),
    "long": IssueKind(LEFT_OUT, "drop", _("longer than data.max_frames allows")),
    "text_length": IssueKind(LEFT_OUT, "drop", _("text longer or shorter than training takes")),
    "clipped": IssueKind(SUSPECT, "quarantine", _("clipped")),
    "offset": IssueKind(SUSPECT, "centre", _("a constant offset")),
    "silence": IssueKind(SUSPECT, "trim", _("long silence at its begin or end")),
    "loudness": IssueKind(SUSPECT, "normalise", _("much louder or quieter than the speaker's other clips")),
    "same_audio": IssueKind(SUSPECT, "drop", _("duplicate audio")),
    "same_text": IssueKind(SUSPECT, "", _("duplicate text of one speaker")),
    "unnormalized_text": IssueKind(SUSPECT, "", _("digits, abbreviations or signs left in the text")),
    "speaking_rate": IssueKind(SUSPECT, "", _("spoken much faster or slower than the speaker's other clips")),
    "absolute_path": IssueKind(SUSPECT, "", _("outside the workspace")),
}
# what is more likely at fault when most clips of a list have the same issue
LIKELIER: dict[str, str] = {
    "malformed_line": _("do bars part its columns, as in path|text?"),
    "missing": _("are the recordings in the folder that the list names?"),
    "path_outside": _("was the list made for another folder?"),
    "unreadable": _("are these files recordings?"),
    "truncated": _("was copying them interrupted?"),
    "nan": _("was the export of the recordings at fault?"),
    "short": _("are these whole sentences, and is train.segment_size right?"),
    "silent": _("was the right channel, or microphone, recorded?"),
    "empty": _("write them first, as with `vitsdeck transcribe`"),
    "long": _("cut the recordings into sentences (`vitsdeck slice`), or raise data.max_frames"),
    "text_length": _("are language and cleaner right for these texts, and are they sentences?"),
    "text_longer_than_audio": _(
        "are language and cleaner right for these texts, and the texts for these recordings?"
    ),
}
# where a person who repairs transcripts begins
SUSPICIOUS_TEXT = (
    "speaking_rate",
    "unnormalized_text",
    "text_length",
    "empty",
    "same_text",
    "symbols",
    "control",
    "text_longer_than_audio",
)


class Issue(NamedTuple):
    """One issue of a clip: its kind, one of KINDS, and the reason in words.

    `is_common`: most of the list has it, so the list is probably at fault; removing its clips would not help.
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
        """The action that fixes it; "" when only a person can."""
        return "" if self.is_common else KINDS[self.kind].fix


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a voice asks of its clips; the defaults are those of the shipped configs.

    Attributes:
        rate: Hz; None: any.
        segment_samples, hop_samples: a training segment, a spectrogram frame.
        min_text, max_text: symbols of a text.
        symbols: those that the table has; None: not checked.
        cleaned: whether texts are phonemes already, used where `judge` does not know what the model reads.
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
    def of(cls, config: Config) -> Requirements:
        """What a config asks."""
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


def training_issues(
    stats: ClipStats | None, symbols: int | None, wanted: Requirements, *, is_trained: bool = True
) -> Iterator[Issue]:
    """Why training does not take a clip of such sound and text, all in integers; nothing when it does.

    Args:
        stats: its header's rate, channels and samples, judged as they are after conversion; None: not known yet.
        symbols: of its text, as the model reads it, without blanks; None: not known.
        is_trained: False for a clip that is only validated on, which may have any length.
    """
    unfit_text = [] if symbols is None else list(text_length_issues(symbols, wanted))
    yield from unfit_text
    if stats is None:
        return
    if stats.fault:
        if stats.fault not in ("missing", "path_outside"):  # said of the line
            yield Issue(stats.fault, stats.reason)
        return
    if stats.channels != 1:
        channels = _("has {channels} channels").format(channels=stats.channels)
        yield Issue("stereo", _("is stereo") if stats.channels == 2 else channels)
    if wanted.rate is not None and stats.rate != wanted.rate:
        reason = _("is at {rate} Hz, {needed} Hz is needed").format(rate=stats.rate, needed=wanted.rate)
        yield Issue("rate", reason)
    samples = stats.samples_at(wanted.rate)
    frames = samples // wanted.hop_samples
    if samples < wanted.segment_samples:
        reason = _("its {samples} samples are fewer than a segment of {segment}")
        yield Issue("short", reason.format(samples=samples, segment=wanted.segment_samples))
    if is_trained and frames > wanted.max_frames:
        seconds = wanted.max_frames * wanted.hop_samples / (wanted.rate or stats.rate)
        reason = _("it has {frames} frames, data.max_frames allows {allowed} ({seconds:.1f} s)")
        yield Issue("long", reason.format(frames=frames, allowed=wanted.max_frames, seconds=seconds))
    if symbols is not None and not unfit_text:
        ids = 2 * symbols + 1 if wanted.blanks else symbols
        if ids > frames:
            reason = _("{symbols} symbols with blanks do not fit into {frames} frames")
            yield Issue("text_longer_than_audio", reason.format(symbols=ids, frames=frames))


def text_length_issues(symbols: int, wanted: Requirements) -> Iterator[Issue]:
    """Whether a text of so many symbols is left out."""
    if not wanted.min_text <= symbols <= wanted.max_text:
        reason = _(
            "its text has {symbols} symbols, data.min_text_len and max_text_len allow {least} to {most}"
        )
        yield Issue(
            "text_length", reason.format(symbols=symbols, least=wanted.min_text, most=wanted.max_text)
        )


def speaker_id(name: str | None, wanted: Requirements) -> int | str | None:
    """The row of a speaker in the embedding, or why there is none; None for a voice of one speaker."""
    count, names = wanted.n_speakers or 0, wanted.speakers or ()
    if count == 0:
        return None if name is None else _("has a speaker, but data.n_speakers is 0")
    if not name:
        return _("has no speaker, but data.n_speakers is {count}").format(count=count)
    if names and name not in names:
        return _('speaker "{speaker}" is not named in the config').format(speaker=name)
    number = names.index(name) if names else int(name[:9]) if name.isascii() and name.isdigit() else count
    unknown = _('speaker "{speaker}" is no id from 0 to {last}').format(speaker=name, last=count - 1)
    return number if number < count else unknown
