"""Other runs beside the one that is shown: their curves over its own, and what differs in their configs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from engine import config
from engine.i18n import _
from tui.dialogs.picker import Choice, PickerScreen
from tui.dialogs.text_view import TextScreen
from tui.panes.training.allowed import WITH_CURVES
from tui.widgets.charts.chart import LETTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.runs.registry import RunSnapshot
    from tui.app.dashboard import Dashboard

_SECTIONS = ("train", "data", "model")


def ask(
    app: Dashboard, shown: RunSnapshot, compared: Sequence[str], compare: Callable[[list[str]], None]
) -> None:
    """Choose a run to compare with; choosing it again takes it away."""
    others = [run for run in app.runs if run.kind in WITH_CURVES and run.name != shown.name]
    if not others:
        app.notify(_("there is no other training to compare {name} with").format(name=shown.name))
        return
    choices = [
        Choice(run.name, run.name, _("shown; enter takes it away") if run.name in compared else "")
        for run in others
    ]

    def chosen(name: str) -> None:
        if name in compared:
            compare([run for run in compared if run != name])
        elif len(compared) == len(LETTERS):
            app.notify(_("{n} runs are shown already: take one away first").format(n=len(compared)))
        else:
            compare([*compared, name])

    app.take_answer(PickerScreen(_("Compare {name} with").format(name=shown.name), choices), chosen)


def show_differences(app: Dashboard, folders: Sequence[Path]) -> None:
    """The config keys that differ between these runs, with their values."""
    with app.errors_notified():
        rows = differences([folder / "config.json" for folder in folders])
        names = [folder.name for folder in folders]
        text = table(["", *names], rows) if rows else _("their configs say the same")
        app.push_screen(TextScreen(_("What differs in the configs"), text))


def differences(paths: Sequence[Path]) -> list[list[str]]:
    """A row for each key whose values are not all the same: the key, and the value in each config.

    Raises:
        InputError: a config cannot be read.
    """
    configs = [asdict(config.load(path)) for path in paths]
    rows = []
    for section in _SECTIONS:
        for key in configs[0][section]:
            values = [each[section][key] for each in configs]
            if any(value != values[0] for value in values):
                rows.append([f"{section}.{key}", *map(_value, values)])
    return rows


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their contents."""
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _value(value: object) -> str:
    return "–" if value is None else str(value)
