"""Text is legible in every theme of ours, and without any colour at all."""

import itertools
import math
import re

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Button, Input, Static

from tui.app import themes
from tui.widgets.charts.chart import Chart
from tui.widgets.keybar import KeyBar
from tui.widgets.statusline import StatusLine
from tui.widgets.table import Column, Table

TEXTS = ("foreground", "foreground-muted", *(f"text-{kind}" for kind in themes.KINDS))
SURFACES = ("background", "surface", "panel")


class Deck(App):
    def __init__(self, theme=themes.DARK.name):
        super().__init__()
        themes.take_first(self, theme)
        self.table = Table([Column("name")])
        self.chart = Chart("loss")

    def on_mount(self):
        self.table.set_rows(3, lambda i: (f"run {i}",))
        self.chart.series.extend((i, float(i)) for i in range(50))
        self.query_one(StatusLine).show([("bad", "error"), ("hm", "warning"), ("fine", "good")])

    def get_line_filters(self):
        return themes.line_filters(self, super().get_line_filters())

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield self.table
        yield self.chart
        yield Input("typed text")
        yield Button("press me")
        yield Static("plain")
        yield KeyBar([("q", "Quit")])


def spans(app):
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip(" ▔▁▊▎│┃█▌▐▀▄─░"):
                yield segment.text.strip(), segment.style or Style()


def test_contrast_of_known_pairs():
    assert themes.contrast(Color.parse("#000"), Color.parse("#fff")) == pytest.approx(21.0)
    assert themes.contrast(Color.parse("#777"), Color.parse("#fff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", themes.ALL, ids=lambda theme: theme.name)
def test_every_text_colour_contrasts_with_every_surface(theme):
    colours = theme.to_color_system().generate()
    least = 7.0 if "contrast" in theme.name else 4.5
    for text in TEXTS:
        for surface in SURFACES:
            ratio = themes.contrast(Color.parse(colours[text]), Color.parse(colours[surface]))
            assert ratio >= least, f"{theme.name}: {text} on {surface} is {ratio:.2f}"


@pytest.mark.parametrize("theme", themes.ALL, ids=lambda theme: theme.name)
async def test_what_is_on_the_screen_contrasts(theme):
    app = Deck(theme.name)
    async with app.run_test(size=(60, 30)) as pilot:
        app.table.focus()
        await pilot.pause()
        assert app.theme == theme.name
        seen = 0
        for text, style in spans(app):
            ratio = themes.contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
            assert ratio >= 4.5, (text, ratio, style)
            seen += 1
        assert seen > 10


async def test_switching_the_theme_repaints_our_widgets():
    app = Deck()
    async with app.run_test(size=(60, 30)) as pilot:
        before = {text: style.color for text, style in spans(app)}
        app.theme = themes.LIGHT.name
        await pilot.pause()
        after = {text: style.color for text, style in spans(app)}
        assert before.keys() == after.keys()
        assert all(before[text] != after[text] for text in before)


@pytest.mark.parametrize("theme", themes.ALL, ids=lambda theme: theme.name)
async def test_without_colour_no_colour_is_sent_and_states_stay_apart(monkeypatch, theme):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Deck(theme.name)
    async with app.run_test(size=(60, 30)) as pilot:
        app.table.focus()
        await pilot.pause()
        sent = "".join(strip.render(app.console) for strip in app.screen._compositor.render_strips())
        numbers = {n for code in re.findall(r"\x1b\[([\d;]*)m", sent) for n in code.split(";")}
        assert numbers <= {"", "0", "1", "2", "3", "4", "7", "9"}
        styles = dict(spans(app))
        cursor = next(style for text, style in styles.items() if "run 0" in text)
        other = next(style for text, style in styles.items() if "run 1" in text)
        assert cursor.reverse and not other.reverse
        assert any("!! bad" in text and style.reverse for text, style in styles.items())


def test_no_field_disappears_without_colour():
    styles = ("#000000 on #ffffff", "#ffffff on #000000")
    segments = [Segment("text", Style.parse(style)) for style in styles]
    filtered = themes.WithoutColour().apply(segments, Color.parse("#000000"))
    assert [(segment.style.color, segment.style.bgcolor) for segment in filtered] == [(None, None)] * 2
    assert [bool(segment.style.reverse) for segment in filtered] == [True, False]


def test_themes_go_around():
    name, seen = themes.DARK.name, set()
    for _ in themes.ALL:
        seen.add(name)
        name = themes.next_theme(name)
    assert name == themes.DARK.name
    assert seen == {theme.name for theme in themes.ALL}
    assert themes.next_theme("nord") == themes.DARK.name


# linear RGB as people see it without one kind of cones, at severity 1 (Machado, Oliveira and Fernandes 2009, table 1)
SIGHTS = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}


def lab(colour, sight):
    """CIELAB (D65) of a colour as it is seen."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour.normalized
    ]
    red, green, blue = (
        min(1.0, max(0.0, sum(share * value for share, value in zip(row, linear, strict=True))))
        for row in sight
    )
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", themes.ALL, ids=lambda theme: theme.name)
def test_success_warning_and_error_stay_apart_for_every_sight(theme, sight):
    seen = [
        lab(Color.parse(theme.variables[f"text-{kind}"]), SIGHTS[sight])
        for kind in ("success", "warning", "error")
    ]
    assert all(math.dist(one, other) > 20 for one, other in itertools.combinations(seen, 2))
