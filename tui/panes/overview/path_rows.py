"""The path from recordings to a voice as rows of the overview: what is done, what comes next, and its key.

Path  ✔ recordings 24  ✔ transcripts 24  ✔ lists 24  ✔ cleaned 22  · trained  · spoken
Next  ^g train: choose a name for the voice, and start the training
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app import key_table, safe_text, words
from tui.app.next_step import WATCH, Step
from tui.widgets.flow import flow, wrapped
from tui.widgets.rows import Row

if TYPE_CHECKING:
    from engine.progress import Progress


def rows(progress: Progress, step: Step, doing: str, width: int, height: int) -> list[Row]:
    """The path, then the next step; only the latter where `height` has no room for both.

    Args:
        doing: how far the work of the step is that is under way; "" for none.
    """
    counts = {
        "recordings": progress.recordings,
        "transcripts": progress.transcripts,
        "lists": sum(progress.lists),
        "cleaned": progress.cleaned,
        "trained": len(progress.trained),
        "spoken": progress.spoken,
    }
    under_way = "trained" if step is WATCH else ""
    parts = [_part(name, count, under_way=name == under_way) for name, count in counts.items()]
    done = flow(parts, width, (" Path  ", "run--head"))
    key = (f"{key_table.key_of('app.next_step')} {step.word}", "run--strong")
    said = safe_text.clean(doing) or step.about
    first, *more = wrapped(f"{key[0]}: {said}", max(20, width - 8))
    following: list[Row] = [
        ((" Next  ", "run--head"), key, (first.removeprefix(key[0]), "")),
        *(((" " * 7, ""), (line, "")) for line in more),
    ]
    return [*done, *following] if len(done) + len(following) <= height else following


def _part(name: str, count: int, *, under_way: bool) -> Row:
    if not count and under_way:
        return ((f"{words.GLYPHS['running']} {name}", "run--strong"),)
    if not count:
        return ((f"- {name}", "run--muted"),)
    return ((f"{words.GLYPHS['finished']} ", "run--good"), (f"{name} {count:,}", ""))
