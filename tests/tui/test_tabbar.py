"""The row of tabs with six panes: no title is cut in half, and the live run keeps a name that can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.registry import RunSnapshot
from tui.app.tab_bar import TabBar
from tui.panes import PaneEntry

TITLES = (
    ("Overview", ""),
    ("Environment", "Env"),
    ("Dataset", "Data"),
    ("Transcription", "Transcribe"),
    ("Training", ""),
    ("Speech", ""),
)
SIX = tuple(PaneEntry(title.lower(), title, "", "", short) for title, short in TITLES)


def row(width: int, *names: str) -> str:
    bar = TabBar(SIX)
    bar._active = "training"
    bar._live = [RunSnapshot(name, Path(name), "train", "running", step=12_345) for name in names]
    text = "".join(text for text, _ in bar.draw(width, 1)[0])
    assert len(text) == width
    return text


def test_eighty_columns_hold_six_titles_and_the_run() -> None:
    text = row(80, "demo")
    assert text.startswith(" 1 Overview  2 Env  3 Data  4 Transcribe  5 Training  6 Speech ")
    assert text.endswith("  ▶ demo 12,345 ")
    assert "▶ running demo 12,345 +1 " in row(120, "demo", "other")


def test_a_long_name_is_cropped_in_its_middle_and_the_others_are_counted() -> None:
    text = row(80, "anna_mini_2026_november", "other", "third")
    assert " 6 Speech " in text and text.endswith("  ▶ anna_m…ber +2 ")


@pytest.mark.parametrize("width", range(44, 81, 4))
def test_no_title_is_cut_in_half(width: int) -> None:
    tabs = row(width, "demo").partition("▶")[0].split()
    assert set(tabs) <= {"1", "2", "3", "4", "5", "6", "Training"} | {
        short or title for title, short in TITLES
    }
    assert [tab for tab in tabs if tab.isdecimal()] == list("123456") and "Training" in tabs
    assert "demo" in row(width, "demo").partition("▶")[2]
