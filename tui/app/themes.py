"""Our themes: dark, light, both with high contrast; and what is sent under NO_COLOR.

Text has a contrast of at least 4.5 : 1 against every surface it stands on, 7 : 1 in the high-contrast themes (WCAG 2.2,
1.4.3 and 1.4.6). Success, warning and error stay apart for people who see no red or no green: their CIE76 distance is
above 20 under simulated deuteranopia and protanopia (Machado, Oliveira and Fernandes 2009). Tests measure both.
No state is shown by colour alone: the widgets use glyphs, bold and reverse.

NO_COLOR: Textual turns colours to greys, which with its ANSI themes gives black on black. We send no colour at all: the
terminal's own foreground and background hold, and attributes (bold, underline, reverse) do the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from engine.config import settings
from engine.errors import InputError
from tui.widgets.charts import glyphs

KINDS = ("primary", "accent", "warning", "error", "success")  # what a text can be coloured as


_NAMES = ("vitsdeck-dark", "vitsdeck-light", "vitsdeck-contrast", "vitsdeck-contrast-light")
_COLOURS = {  # a column for each name
    "primary": ("#7CC4FF", "#0B5394", "#8FD3FF", "#003C78"),
    "secondary": ("#9DB2C9", "#45586B", "#FFFFFF", "#000000"),
    "accent": ("#FFC66D", "#7A4300", "#FFD75F", "#5C3200"),
    "warning": ("#FFC24D", "#86600F", "#FFCF4A", "#6E4300"),
    "error": ("#F2736F", "#6E0010", "#FF8A86", "#4A0008"),
    "success": ("#8FE8D8", "#157062", "#A9F5E6", "#0B564C"),
    "foreground": ("#E4E8EC", "#1B1F24", "#FFFFFF", "#000000"),
    "foreground-muted": ("#A9B4C0", "#4E5964", "#E0E0E0", "#2B2B2B"),
    "background": ("#12161B", "#FBFBF8", "#000000", "#FFFFFF"),
    "surface": ("#181D24", "#F3F3EF", "#000000", "#FFFFFF"),
    "panel": ("#232B35", "#E6E8E8", "#1C1C1C", "#EFEFEF"),
}


def _theme(column: int) -> Theme:
    """A theme in which text has the colours of the table, with no shade of Textual's own."""
    colours: dict[str, Any] = {part: row[column] for part, row in _COLOURS.items()}
    variables = {f"text-{kind}": colours[kind] for kind in KINDS}
    variables |= {"foreground-muted": colours.pop("foreground-muted")}
    variables |= {"block-cursor-text-style": "bold reverse"}
    name = _NAMES[column]
    return Theme(name=name, dark="light" not in name, variables=variables, **colours)


ALL = tuple(_theme(column) for column in range(len(_NAMES)))
DARK, LIGHT = ALL[:2]
# a field with more contrast to its surface than this is shown in reverse where there is no colour
_FIELD_CONTRAST = 3.0
_SETTLED_SECONDS = 0.3


def contrast(first: Color, second: Color) -> float:
    """Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in colour.rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def take_first(app: App[Any], name: str) -> None:
    """Register the themes and take the one of the first frame: its watcher would parse and apply all styles twice."""
    for theme in ALL:
        app.register_theme(theme)
    app.set_reactive(App.theme, name)
    app.stylesheet.set_variables(app.get_css_variables())


def next_theme(name: str) -> str:
    """The theme after this one; the first after the last, and after one that is not ours."""
    return _NAMES[(_NAMES.index(name) + 1) % len(_NAMES)] if name in _NAMES else _NAMES[0]


async def keep(name: str, root: Path) -> None:
    """Write a theme that a person has settled on into the workspace's settings, where the next start finds it."""
    await asyncio.sleep(_SETTLED_SECONDS)  # on the way to another one the key is pressed again
    with contextlib.suppress(InputError, OSError):  # a workspace that cannot be written keeps its theme
        path = root / settings.FILE_NAME
        await asyncio.to_thread(settings.save_setting, path, "theme", name.removeprefix("vitsdeck-"))


class WithoutColour(LineFilter):
    """Drops every colour; a field whose background stands out from the widget's becomes reverse video."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Segments without colours."""
        return [
            Segment(text, None if style is None else _colourless(style, background), control)
            for text, style, control in segments
        ]


@lru_cache(2048)
def _colourless(style: Style, background: Color) -> Style:
    reverse = bool(style.reverse)
    if not reverse and style.bgcolor is not None and not style.bgcolor.is_default:
        field = Color.from_rich_color(style.bgcolor)
        reverse = background.a > 0 and contrast(field, background) >= _FIELD_CONTRAST
    return style.without_color + Style(reverse=reverse)


class InAscii(LineFilter):
    """Draws the frames, marks and arrows of every widget in ASCII; letters of other languages stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Segments without signs that a console's font lacks."""
        return [Segment(glyphs.in_ascii(text), style, control) for text, style, control in segments]


_WITHOUT_COLOUR, _IN_ASCII = WithoutColour(), InAscii()


def line_filters(app: App[Any], filters: Sequence[LineFilter]) -> Sequence[LineFilter]:
    """Textual's filters, or under NO_COLOR ours alone; and ASCII where the terminal shows nothing else."""
    wanted = [_WITHOUT_COLOUR] if app.no_color else filters
    return [*wanted, _IN_ASCII] if glyphs.current() is glyphs.ASCII else wanted
