"""Our themes: dark, light and high contrast, and the one that sends no colours at all.

Text has a contrast of at least 4.5 : 1 against every surface it stands on, 7 : 1 in the high-contrast themes (WCAG 2.2,
1.4.3 and 1.4.6); a test measures it. No state is told by colour alone: the widgets use glyphs, bold and reverse.

NO_COLOR: Textual's own answer turns colours to greys, and with its ANSI themes that gives black on black. Ours sends
no colour at all, so the terminal's own foreground and background hold, and attributes (bold, underline, reverse) do
the rest.
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

from engine.errors import InputError
from engine.i18n import _

KINDS = ("primary", "accent", "warning", "error", "success")  # what a text can be coloured as


def _theme(name: str, *, muted: str, **colours: Any) -> Theme:
    """A theme in which text has the colours that are named, with no shade of Textual's own."""
    text = {f"text-{part}": colours[part] for part in KINDS}
    variables = {"foreground-muted": muted, **text, "block-cursor-text-style": _("bold reverse")}
    return Theme(name=name, variables=variables, **colours)


DARK = _theme(
    "vitsdeck-dark",
    dark=True,
    primary="#7CC4FF",
    secondary="#9DB2C9",
    accent="#FFC66D",
    warning="#FFB454",
    error="#FF8A8A",
    success="#8CD991",
    foreground="#E4E8EC",
    muted="#A9B4C0",
    background="#12161B",
    surface="#181D24",
    panel="#232B35",
)
LIGHT = _theme(
    "vitsdeck-light",
    dark=False,
    primary="#0B5394",
    secondary="#45586B",
    accent="#7A4300",
    warning="#7A4300",
    error="#A5001E",
    success="#1A5F26",
    foreground="#1B1F24",
    muted="#4E5964",
    background="#FBFBF8",
    surface="#F3F3EF",
    panel="#E6E8E8",
)
CONTRAST_DARK = _theme(
    "vitsdeck-contrast",
    dark=True,
    primary="#8FD3FF",
    secondary="#FFFFFF",
    accent="#FFD75F",
    warning="#FFD75F",
    error="#FFA8A8",
    success="#A6F0A6",
    foreground="#FFFFFF",
    muted="#E0E0E0",
    background="#000000",
    surface="#000000",
    panel="#1C1C1C",
)
CONTRAST_LIGHT = _theme(
    "vitsdeck-contrast-light",
    dark=False,
    primary="#003C78",
    secondary="#000000",
    accent="#5C3200",
    warning="#5C3200",
    error="#7F0014",
    success="#0B4716",
    foreground="#000000",
    muted="#2B2B2B",
    background="#FFFFFF",
    surface="#FFFFFF",
    panel="#EFEFEF",
)
ALL = (DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT)
# two surfaces further apart than this are told apart by eye; without colour such a field is shown in reverse
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
    """The theme after this one, around in a circle."""
    names = [theme.name for theme in ALL]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


async def keep(name: str, root: Path) -> None:
    """Write a theme that a person has settled on into the workspace's settings, where the next start finds it."""
    from engine.config import settings

    await asyncio.sleep(_SETTLED_SECONDS)  # on the way to another one the key is pressed again
    with contextlib.suppress(
        InputError, OSError
    ):  # a workspace that cannot be written has no theme of its own
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


_WITHOUT_COLOUR = WithoutColour()


def line_filters(app: App[Any], filters: Sequence[LineFilter]) -> Sequence[LineFilter]:
    """Textual's filters, or under NO_COLOR ours alone."""
    return [_WITHOUT_COLOUR] if app.no_color else filters
