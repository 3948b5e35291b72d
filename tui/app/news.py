"""News of runs for whoever looks elsewhere: a bell, or a notification of the desktop, sent through the terminal.

Both travel over SSH. OSC 9 is iTerm2's (also WezTerm, kitty, Ghostty), OSC 777 is rxvt's (also foot and VTE, as GNOME
Terminal). tmux hands them on where its option allow-passthrough is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs.best import FIGURES
from tui.app import safe_text, words

if TYPE_CHECKING:
    from engine.runs.registry import RunSnapshot
    from tui.app.readers.messages import RunFiles

_WORTH_A_CALL = ("finished", "failed", "stalled")  # not "stopped": somebody has asked for that
_LONGEST = 120  # cells of a notification


class News:
    """Remembers how runs were, and says what is new; what it sees first is never news."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._bests: dict[str, int] = {}

    def of_runs(self, runs: Iterable[RunSnapshot]) -> list[str]:
        """A sentence for each run that has finished, failed or begun to stall since the last call."""
        before, self._states = self._states, {f"{run.name} {run.id}": run.state for run in runs}
        return [
            ": ".join(filter(None, (f"{words.state(run)}  {run.name}", run.reason)))
            for run in runs
            if run.state in _WORTH_A_CALL and before.get(f"{run.name} {run.id}", run.state) != run.state
        ]

    def of_files(self, run: str, files: RunFiles) -> str:
        """A sentence where a run has a better checkpoint than at the last call, else ""."""
        best = next((one for one in files.checkpoints if one.best), None)
        step = best.step if best is not None else 0
        before, self._bests[run] = self._bests.get(run, step), step
        if best is None or step <= before:
            return ""
        text, figure = _("new best of {name} at step {step:,}: {figure} {value}"), FIGURES.get(best.tag)
        return text.format(name=run, step=step, figure=figure or best.tag, value=words.value(best.value))


def sequence(kind: str, text: str, environment: Mapping[str, str]) -> str:
    """What the terminal is sent: nothing for "off", BEL for "bell"; for "desktop" the notification and BEL.

    BEL comes with both since tmux marks the window for it, whatever its options.
    """
    if kind == "off":
        return ""
    if kind == "bell":
        return "\a"
    text = safe_text.crop(safe_text.clean(text).replace(";", ","), _LONGEST)  # ";" separates fields
    is_777 = "VTE_VERSION" in environment or environment.get("TERM", "").startswith(("rxvt", "foot"))
    sent = f"\x1b]777;notify;vitsdeck;{text}\a" if is_777 else f"\x1b]9;{text}\a"
    if "TMUX" in environment:
        sent = "\x1bPtmux;" + sent.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return sent + "\a"
