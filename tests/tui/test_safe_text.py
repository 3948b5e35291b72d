"""Nothing that goes through safe_text moves a cursor, changes a colour or lies about its width."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from tui.app import safe_text

NASTY = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "\x1bc", "\x9b2J",
    "\x1bPq#0~\x1b\\", "\x1b[?1049h", "\x1b", "\x1b[", "\x07", "\x08\x08", "\u202e", "\u2066", "\u200b",
    "\ufeff", "\u00ad", "\x85", "\x9d0;x\x9c", "\ud800", "\U000e0041", "\u0301" * 40, "\ufe0f", "\u2028",
    "\t", "\r\n", "[@click=app.quit]x[/]", "[bold]", "\u3164", "\u115f", "\u4e2d", "\U0001f600",
    "\U0001f1e9\U0001f1ea", "ə̃", "\0",
    "می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧", "\u200d", "\u200c", "a\u200d",
]  # fmt: skip


def assert_harmless(text: str) -> None:
    for character in text:
        if character in "\u200c\u200d":
            continue
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"), (character, text)
    text.encode("utf-8")


PIECES = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=9), st.binary(max_size=5).map(lambda raw: raw.decode("latin-1"))
)


@settings(max_examples=3000, deadline=None)
@given(st.lists(PIECES, max_size=6), st.integers(0, 30), st.integers(0, 30))
def test_any_line_comes_out_harmless_stable_and_as_wide_as_asked_for(pieces, start, cells):
    line = safe_text.clean("".join(pieces))
    assert_harmless(line)
    assert safe_text.clean(line) == line
    assert cell_len(safe_text.slice_cells(line, start, cells)) <= cells
    for align in ("left", "right", "center"):
        assert cell_len(safe_text.fit(line, cells, align)) == cells


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_become_one_printable_line(raw):
    assert_harmless(safe_text.clean(raw))
    assert_harmless(safe_text.clean_log_line(raw))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;evil\x07b", "ab"),
        ("a\x1b]0;unfinished", "a"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07", "bell␇"),
        ("x\u202eevil", "x�evil"),
        ("zero\u200bwidth", "zero�width"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u200db", "ab"),
        ("c1 \x85", "c1 �"),
        ("\ud800", "�"),
        ("a\tb", "a   b"),
        ("no\u00a0break", "no break"),
        ("wide\u3000space", "wide  space"),
        ("\u0301x", " \u0301x"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 3),
        ("ˈhæpi", "ˈhæpi"),
        (b"caf\xc3\xa9 \xff", "café �"),
    ],
)
def test_known_cases(raw, shown):
    assert safe_text.clean(raw) == shown


def test_progress_bar_shows_its_last_state():
    assert safe_text.clean_log_line(b" 10%|#\r 20%|##\r 30%|###\r\n") == " 30%|###"


def test_markup_is_text():
    made = safe_text.content("[@click=app.quit]do not[/] [bold]x[/bold]")
    assert isinstance(made, Content)
    assert made.plain == "[@click=app.quit]do not[/] [bold]x[/bold]"
    assert not made.spans


def test_one_enormous_line_is_cut_before_it_costs_anything():
    shown = safe_text.clean(b"x" * 50_000_000)
    assert len(shown) == safe_text.MAX_CHARACTERS + 1
    assert shown.endswith("…")


def test_crop_marks_what_is_missing():
    assert safe_text.crop("abcdef", 4) == "abc…"
    assert safe_text.crop("abc", 3) == "abc"
    assert safe_text.crop("中中中", 4) == "中…"
    assert safe_text.crop("abc", 0) == ""
    assert safe_text.slice_cells("中a中", 1, 3) == " a "
