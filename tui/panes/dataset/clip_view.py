"""What is known of each clip: the columns of the table, and all of it as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from engine.dataset import speakers
from engine.dataset.clips.clip_stats import ClipStats
from engine.dataset.clips.issues import BAD, KINDS, LEFT_OUT, LIKELIER, SEVERITIES, SUSPECT, Issue
from engine.dataset.session import ALL_SPLITS, DatasetState
from engine.dataset.split import SPLITS
from engine.i18n import _, plural
from tui.app import words
from tui.widgets.table import Column

SIGNS = {BAD: "✘", LEFT_OUT: "–", SUSPECT: "!"}


@dataclass(frozen=True)
class Findings:
    """What was measured and judged, one item a clip; empty before the clips are judged first.

    `has_texts`: whether any clip has one; recordings have none before they are transcribed.
    """

    stats: Sequence[ClipStats | None] = ()
    issues: Sequence[tuple[Issue, ...]] = ()
    paces: Sequence[float | None] = ()  # characters a second
    has_texts: bool = True

    @cached_property
    def seconds(self) -> list[float | None]:
        """The length of every clip; None where it is not known."""
        return [stats.seconds if stats is not None and stats.frames else None for stats in self.stats]

    @cached_property
    def unmeasured(self) -> int:
        """How many clips were not measured since they last changed."""
        return sum(stats is None for stats in self.stats)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of issues that there are."""
        return frozenset(issue.kind for issues in self.issues for issue in issues)

    @cached_property
    def common(self) -> list[str]:
        """The kinds that most clips of a list have, so that the list is likelier at fault."""
        return sorted({issue.kind for issues in self.issues for issue in issues if issue.is_common})

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many clips are bad, and how many are only suspect."""
        worst = [issues[0].severity for issues in self.issues if issues]
        bad = worst.count(BAD)
        return bad, len(worst) - bad


@dataclass(frozen=True, slots=True)
class ClipView:
    """A dataset and what is known of its clips."""

    state: DatasetState
    findings: Findings = Findings()

    def stats(self, index: int) -> ClipStats | None:
        """What was measured of a clip; None: not yet, or its sound cannot be read."""
        found = self.findings.stats[index] if self.findings.stats else None
        return found if found is not None and found.frames else None

    def is_waiting(self, index: int) -> bool:
        """Whether it is not measured yet."""
        return not self.findings.stats or self.findings.stats[index] is None

    def issues(self, index: int) -> tuple[Issue, ...]:
        """A clip's issues, the gravest first."""
        return self.findings.issues[index] if self.findings.issues else ()

    def pace(self, index: int) -> float | None:
        """Characters a second."""
        return self.findings.paces[index] if self.findings.paces else None

    @property
    def seconds(self) -> list[float | None]:
        """The length of every clip; None where it is not known."""
        return self.findings.seconds or [None] * len(self.state)

    @property
    def no_issue(self) -> str:
        """What is said of a clip without issues."""
        if self.findings.has_texts:
            return _("nothing wrong is known of it")
        return _("nothing wrong is known of its sound")


Value = float | str | tuple[int, str]


@dataclass(frozen=True, slots=True)
class ClipColumn:
    """A column of the table: the text of a cell, and what it is sorted by (None comes last)."""

    id: str
    column: Column
    cell: Callable[[ClipView, int], str]
    value: Callable[[ClipView, int], Value | None]


def _text(name: str, column: Column, value: Callable[[ClipView, int], str | None]) -> ClipColumn:
    return ClipColumn(name, column, lambda view, index: value(view, index) or words.UNKNOWN, value)


def _number(
    name: str, title: str, width: int, digits: int, value: Callable[[ClipView, int], float | None]
) -> ClipColumn:
    def cell(view: ClipView, index: int) -> str:
        number = value(view, index)
        return words.UNKNOWN if number is None else f"{number:.{digits}f}"

    return ClipColumn(name, Column(title, width, "right"), cell, value)


def _stat(get: Callable[[ClipStats], float | None]) -> Callable[[ClipView, int], float | None]:
    return lambda view, index: None if (stats := view.stats(index)) is None else get(stats)


def _issue(view: ClipView, index: int) -> str:
    """`✘ clipped +2`; `ok` where there is none."""
    if issues := view.issues(index):
        more = f" +{len(issues) - 1}" if len(issues) > 1 else ""
        return f"{SIGNS[issues[0].severity]} {issues[0].kind}{more}"
    if view.is_waiting(index):
        return "…"
    return "ok" if view.findings.has_texts else _("sound ok")


def _gravity(view: ClipView, index: int) -> Value | None:
    issues = view.issues(index)
    return (SEVERITIES.index(issues[0].severity), issues[0].kind) if issues else None


_SHORT = {"quarantine": _("quar.")}
_ALL = (
    ClipColumn(
        "clip",
        Column(_("clip"), 17),
        lambda view, i: PurePosixPath(view.state.clip(i).path).stem or _("(no path)"),
        lambda view, i: view.state.clip(i).path,
    ),
    ClipColumn(
        "split",
        Column(_("split"), 5),
        lambda view, i: _SHORT.get(view.state.split_of(i), view.state.split_of(i)),
        lambda view, i: float(ALL_SPLITS.index(view.state.split_of(i))),
    ),
    _text("speaker", Column(_("speaker"), 8), lambda view, i: view.state.clip(i).speaker),
    _number("seconds", "s", 6, 2, _stat(lambda stats: stats.seconds)),
    _number("rate", _("rate"), 6, 0, _stat(lambda stats: stats.rate)),
    _number("loudness", "LUFS", 6, 1, _stat(lambda stats: stats.lufs)),
    _number("peak", _("peak"), 5, 2, _stat(lambda stats: stats.peak)),
    _number("silence", _("sil%"), 5, 0, _stat(lambda stats: 100 * stats.silence)),
    _number("pace", _("ch/s"), 5, 1, ClipView.pace),
    ClipColumn("issue", Column(_("issue"), 15), _issue, _gravity),
    _text("text", Column(_("text"), least=8), lambda view, i: view.state.clip(i).text),
)
COLUMNS = {each.id: each for each in _ALL}
_WIDE = 112
# a narrow terminal pages through the columns with left and right
_PAGES = (
    ("clip", "split", "seconds", "pace", "issue", "text"),
    ("clip", "speaker", "rate", "loudness", "peak", "silence", "issue"),
)


def columns(width: int, page: int) -> tuple[ClipColumn, ...]:
    """The columns that a table of this width shows."""
    return _ALL if width >= _WIDE else tuple(COLUMNS[name] for name in _PAGES[page % len(_PAGES)])


def text_of_clip(view: ClipView, index: int) -> str:
    """Its columns, what was measured, and each issue with what it means and what fixes it."""
    clip = view.state.clip(index)
    lines = [clip.path or _("(no path)"), _("in {split}").format(split=view.state.split_of(index))]
    if clip.source >= 0:
        name = view.state.files[clip.source].path.name
        lines.append(_("line {line} of {name}").format(line=clip.line, name=name))
    if clip.speaker:
        lines.append(_("speaker {name}").format(name=clip.speaker))
    lines += ["", clip.text or _("(no text)"), "", *_sound(view, index)]
    for issue in view.issues(index):
        if issue.is_common:
            remedy = _("most of the list has it: {likelier}").format(likelier=LIKELIER[issue.kind])
        else:
            remedy = _("fixed by: {fix} (f)").format(fix=issue.fix) if issue.fix else _("fixed by hand")
        head = f"{SIGNS[issue.severity]} {issue.kind} ({issue.severity}): {KINDS[issue.kind].says}"
        lines += ["", head, f"  {issue.reason}", f"  {remedy}"]
    return "\n".join(lines if view.issues(index) else [*lines, "", view.no_issue])


def _sound(view: ClipView, index: int) -> list[str]:
    stats, pace = view.stats(index), view.pace(index)
    if stats is None:
        return [_("nothing is known of its sound")]
    channels = plural("{n:,} channel", "{n:,} channels", stats.channels)
    lufs = _("too quiet to measure") if stats.lufs is None else f"{stats.lufs:.1f} LUFS"
    lines = [
        f"{stats.seconds:.3f} s, {stats.rate:,} Hz, {channels}, {stats.subtype}",
        plural(
            "loudness {lufs}, peak {peak:.3f}, {n:,} sample cut off at full scale",
            "loudness {lufs}, peak {peak:.3f}, {n:,} samples cut off at full scale",
            stats.clipped,
            lufs=lufs,
            peak=stats.peak,
        ),
    ]
    if abs(stats.offset) >= 0.001:
        lines.append(_("constant offset {offset:.3f}").format(offset=stats.offset))
    lines.append(
        _("silence {percent:.0f} %: {lead_s:.2f} s before, {trail_s:.2f} s after the sound").format(
            percent=100 * stats.silence, lead_s=stats.lead_s, trail_s=stats.trail_s
        )
    )
    return lines if pace is None else [*lines, characters_a_second(pace)]


def characters_a_second(pace: float) -> str:
    """`14.2 characters a second`."""
    return _("{pace:.1f} characters a second").format(pace=pace)


def text_of_speakers(view: ClipView) -> str:
    """Clips, minutes and share of each speaker in train, val and test, and what is out of balance."""
    listed = [index for index, split in enumerate(view.state.splits) if split < len(SPLITS)]
    if not listed:
        return _("no clip is in train, val or test")
    clips, seconds = view.state.clips, view.seconds
    tallies = speakers.tally([clips[index] for index in listed], [seconds[index] for index in listed])
    lines = [
        f"{each.name or _('(no name)'):<24} {plural('{n:,} clip ', '{n:,} clips', each.clips):>13} "
        f"{each.minutes:>8.1f} min {100 * each.share:>5.1f} %"
        for each in tallies
    ]
    warnings = [f"! {each}" for each in speakers.warnings(tallies) or [_("the balance is good")]]
    return "\n".join([*lines, "", *warnings])
