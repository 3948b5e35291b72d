"""All that is known of a clip, or of the speakers, as lines of text."""

from __future__ import annotations

from engine.dataset import speakers
from engine.dataset.clips.issues import KINDS, LIKELIER
from tui.app import words
from tui.panes.dataset.view import SIGNS, Shown


def of_clip(shown: Shown, index: int) -> str:
    """Its columns, its figures, and each verdict with what it means and what mends it."""
    clip = shown.board.clip(index)
    lines = [clip.path or "(no path)", f"in {shown.board.place(index)}"]
    if clip.source >= 0:
        lines.append(f"line {clip.line} of {shown.board.files[clip.source].path.name}")
    if clip.speaker:
        lines.append(f"speaker {clip.speaker}")
    lines += ["", clip.text or "(no text)", *_sound(shown, index)]
    for verdict in shown.judged(index):
        about = KINDS[verdict.kind]
        mends = f"mended by: {verdict.fix} (f)" if verdict.fix else "mended by hand"
        if verdict.is_common:
            mends = f"most of the list has it: {LIKELIER[verdict.kind]}"
        lines += ["", f"{SIGNS[verdict.severity]} {verdict.kind} ({verdict.severity}): {about.says}"]
        lines += [f"  {verdict.reason}", f"  {mends}"]
    if not shown.judged(index):
        lines += ["", f"nothing wrong is known of {'it' if shown.known.has_texts else 'its sound'}"]
    return "\n".join(lines)


def _sound(shown: Shown, index: int) -> list[str]:
    heard = shown.heard(index)
    if heard is None or not heard.frames:
        return ["", "nothing is known of its sound"]
    channels = words.plural(heard.channels, "channel")
    lufs = "too quiet to measure" if heard.lufs is None else f"{heard.lufs:.1f} LUFS"
    pace = shown.pace(index)
    return [
        "",
        f"{heard.seconds:.3f} s, {heard.rate:,} Hz, {channels}, {heard.subtype}",
        f"loudness {lufs}, peak {heard.peak:.3f}, {words.plural(heard.clipped, 'sample')} cut off at full scale",
        *([f"constant offset {heard.offset:.3f}"] if abs(heard.offset) >= 0.001 else []),
        f"silence {100 * heard.silence:.0f} %: {heard.lead_s:.2f} s before, {heard.trail_s:.2f} s after the sound",
        *([] if pace is None else [f"{pace:.1f} characters a second"]),
    ]


def of_speakers(shown: Shown) -> str:
    """Clips, minutes and share of each speaker in train, val and test, and what is out of balance."""
    listed = [index for index, place in enumerate(shown.board.places) if place < 3]
    if not listed:
        return "no clip is in train, val or test"
    seconds = shown.seconds
    tallies = speakers.tally(
        [shown.board.clip(index) for index in listed], [seconds[index] for index in listed]
    )
    lines = [
        f"{each.name or '(no name)':<24} {words.plural(each.clips, 'clip ', 'clips'):>13} "
        f"{each.minutes:>8.1f} min {100 * each.share:>5.1f} %"
        for each in tallies
    ]
    return "\n".join(
        [*lines, "", *(f"! {each}" for each in speakers.warnings(tallies) or ["the balance is good"])]
    )
