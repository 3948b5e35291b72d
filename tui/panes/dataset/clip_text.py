"""Everything known of a clip, or of the speakers, as lines of text."""

from __future__ import annotations

from engine.dataset import speakers
from engine.dataset.clips.issues import KINDS, LIKELIER
from tui.app import words
from tui.panes.dataset.clip_view import SIGNS, ClipView


def of_clip(view: ClipView, index: int) -> str:
    """Its columns, its figures, and each verdict with what it means and what fixes it."""
    clip = view.state.clip(index)
    lines = [clip.path or "(no path)", f"in {view.state.split_of(index)}"]
    if clip.source >= 0:
        lines.append(f"line {clip.line} of {view.state.files[clip.source].path.name}")
    if clip.speaker:
        lines.append(f"speaker {clip.speaker}")
    lines += ["", clip.text or "(no text)", *_sound(view, index)]
    for verdict in view.verdicts(index):
        about = KINDS[verdict.kind]
        remedy = f"fixed by: {verdict.fix} (f)" if verdict.fix else "fixed by hand"
        if verdict.is_common:
            remedy = f"most of the list has it: {LIKELIER[verdict.kind]}"
        lines += ["", f"{SIGNS[verdict.severity]} {verdict.kind} ({verdict.severity}): {about.says}"]
        lines += [f"  {verdict.reason}", f"  {remedy}"]
    if not view.verdicts(index):
        lines += ["", f"nothing wrong is known of {'it' if view.findings.has_texts else 'its sound'}"]
    return "\n".join(lines)


def _sound(view: ClipView, index: int) -> list[str]:
    stats = view.stats(index)
    if stats is None:
        return ["", "nothing is known of its sound"]
    channels = words.plural(stats.channels, "channel")
    lufs = "too quiet to measure" if stats.lufs is None else f"{stats.lufs:.1f} LUFS"
    pace = view.pace(index)
    return [
        "",
        f"{stats.seconds:.3f} s, {stats.rate:,} Hz, {channels}, {stats.subtype}",
        f"loudness {lufs}, peak {stats.peak:.3f}, {words.plural(stats.clipped, 'sample')} cut off at full scale",
        *([f"constant offset {stats.offset:.3f}"] if abs(stats.offset) >= 0.001 else []),
        f"silence {100 * stats.silence:.0f} %: {stats.lead_s:.2f} s before, {stats.trail_s:.2f} s after the sound",
        *([] if pace is None else [f"{pace:.1f} characters a second"]),
    ]


def of_speakers(view: ClipView) -> str:
    """Clips, minutes and share of each speaker in train, val and test, and what is out of balance."""
    listed = [index for index, split in enumerate(view.state.splits) if split < 3]
    if not listed:
        return "no clip is in train, val or test"
    seconds = view.seconds
    tallies = speakers.tally(
        [view.state.clip(index) for index in listed], [seconds[index] for index in listed]
    )
    lines = [
        f"{each.name or '(no name)':<24} {words.plural(each.clips, 'clip ', 'clips'):>13} "
        f"{each.minutes:>8.1f} min {100 * each.share:>5.1f} %"
        for each in tallies
    ]
    return "\n".join(
        [*lines, "", *(f"! {each}" for each in speakers.warnings(tallies) or ["the balance is good"])]
    )
