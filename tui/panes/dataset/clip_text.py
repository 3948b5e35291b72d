"""Everything known of a clip, or of the speakers, as lines of text."""

from __future__ import annotations

from engine.dataset import speakers
from engine.dataset.clips.issues import KINDS, LIKELIER
from engine.i18n import _, plural
from tui.panes.dataset.clip_view import SIGNS, ClipView


def of_clip(view: ClipView, index: int) -> str:
    """Its columns, its figures, and each verdict with what it means and what fixes it."""
    clip = view.state.clip(index)
    lines = [clip.path or _("(no path)"), f"in {view.state.split_of(index)}"]
    if clip.source >= 0:
        lines.append(f"line {clip.line} of {view.state.files[clip.source].path.name}")
    if clip.speaker:
        lines.append(f"speaker {clip.speaker}")
    lines += ["", clip.text or _("(no text)"), *_sound(view, index)]
    for verdict in view.verdicts(index):
        about = KINDS[verdict.kind]
        remedy = _("fixed by: {fix} (f)").format(fix=verdict.fix) if verdict.fix else _("fixed by hand")
        if verdict.is_common:
            remedy = _("most of the list has it: {likelier}").format(likelier=LIKELIER[verdict.kind])
        lines += ["", f"{SIGNS[verdict.severity]} {verdict.kind} ({verdict.severity}): {about.says}"]
        lines += [f"  {verdict.reason}", f"  {remedy}"]
    if not view.verdicts(index):
        lines += [
            "",
            _("nothing wrong is known of {detail}").format(
                detail="it" if view.findings.has_texts else "its sound"
            ),
        ]
    return "\n".join(lines)


def _sound(view: ClipView, index: int) -> list[str]:
    stats = view.stats(index)
    if stats is None:
        return ["", _("nothing is known of its sound")]
    channels = plural("{n:,} channel", "{n:,} channels", stats.channels)
    lufs = _("too quiet to measure") if stats.lufs is None else f"{stats.lufs:.1f} LUFS"
    pace = view.pace(index)
    return [
        "",
        f"{stats.seconds:.3f} s, {stats.rate:,} Hz, {channels}, {stats.subtype}",
        _("loudness {lufs}, peak {peak:.3f}, {plural} cut off at full scale").format(
            lufs=lufs, peak=stats.peak, plural=plural("{n:,} sample", "{n:,} samples", stats.clipped)
        ),
        *(
            [_("constant offset {offset:.3f}").format(offset=stats.offset)]
            if abs(stats.offset) >= 0.001
            else []
        ),
        _("silence {number:.0f} %: {lead_s:.2f} s before, {trail_s:.2f} s after the sound").format(
            number=100 * stats.silence, lead_s=stats.lead_s, trail_s=stats.trail_s
        ),
        *([] if pace is None else [f"{pace:.1f} characters a second"]),
    ]


def of_speakers(view: ClipView) -> str:
    """Clips, minutes and share of each speaker in train, val and test, and what is out of balance."""
    listed = [index for index, split in enumerate(view.state.splits) if split < 3]
    if not listed:
        return _("no clip is in train, val or test")
    seconds = view.seconds
    tallies = speakers.tally(
        [view.state.clip(index) for index in listed], [seconds[index] for index in listed]
    )
    lines = [
        f"{each.name or '(no name)':<24} {plural('{n:,} clip ', '{n:,} clips', each.clips):>13} "
        f"{each.minutes:>8.1f} min {100 * each.share:>5.1f} %"
        for each in tallies
    ]
    return "\n".join(
        [*lines, "", *(f"! {each}" for each in speakers.warnings(tallies) or [_("the balance is good")])]
    )
