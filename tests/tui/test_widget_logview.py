"""The log view shows what the file says, follows it, holds still when asked, finds, and never obeys the log."""

import re
import threading

import pytest
from textual.events import Key, MouseScrollDown

from engine.runs.logs.log_index import LogIndex
from tests.tui.conftest import until
from tests.tui.widget_support import hosted, painted
from tui.widgets.logview import SEARCHED_AT_ONCE, LogView


class Lines:
    """A log in memory with the face of LogIndex."""

    def __init__(self, lines):
        self.all = list(lines)
        self.seen = len(self.all)
        self.unfinished = b""

    def poll(self):
        new, self.seen = len(self.all) - self.seen, len(self.all)
        return max(0, new)

    def __len__(self):
        return self.seen

    def lines(self, start, stop):
        return self.all[start : min(stop, self.seen)]

    def partial(self):
        return self.unfinished

    def find(self, needle, start, step=1, *, ignore_case=False):
        for i in range(start, self.seen if step > 0 else -1, step):
            line = self.all[i].lower() if ignore_case else self.all[i]
            if needle.encode() in line:
                return i
        return None

    def matches(self, pattern, start, stop, step=1, *, ignore_case=False, inverted=False, most=None):
        lines = range(start, stop) if step > 0 else range(stop - 1, start - 1, -1)
        for i in lines:
            line = self.all[i].lower() if ignore_case else self.all[i]
            if bool(re.search(pattern, line)) != inverted:
                yield [i]


def numbered(count, start=0):
    return [b"line %d" % i for i in range(start, start + count)]


def body(view):
    return [row[:-1].rstrip() for row in view.shown_rows()[:-1]]


@pytest.fixture
def source():
    return Lines(numbered(100))


async def test_follows_the_end_and_says_where_it_is(source):
    async with hosted(LogView(source)) as (view, _):
        assert body(view) == [f"line {i}" for i in range(90, 100)]
        assert "lines 91-100 of 100  FOLLOW" in view.status
        source.all += numbered(5, 100)
        view.poll()
        assert body(view)[-1] == "line 104"


async def test_what_is_painted_is_what_is_drawn_after_many_partial_repaints(source):
    async with hosted(LogView(source), 40, 8) as (view, pilot):
        for step in range(30):
            source.all += numbered(step % 4, len(source.all))
            view.poll()
            await pilot.press(["up", "pageup", "end", "down", "f", "home", "pagedown"][step % 7])
            await pilot.pause()
            assert painted(view.app) == view.shown_rows()


async def test_scrolling_back_holds_still_until_the_end_is_reached_again(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("pageup")
        held = body(view)
        source.all += numbered(500, 100)
        view.poll()
        assert body(view) == held
        assert "PAUSED" in view.status
        await pilot.press("end")
        assert body(view)[-1] == "line 599"
        assert "FOLLOW" in view.status
        await pilot.press("home")
        assert body(view)[0] == "line 0"
        await pilot.press("up", "up", "down")
        assert body(view)[0] == "line 1"
        await pilot.press("end", "up")
        assert not view.following
        await pilot.press("down")
        assert view.following, "going down to the end follows again"


async def test_paused_log_repaints_only_its_counter(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("f")
        await pilot.pause()
        source.all += [b"one more"]
        view.poll()
        dirty = {region.y for region in view._repaint_regions}
        assert dirty == {10}


async def test_search_finds_backwards_then_next_and_previous(source):
    source.all[20] = b"a needle here"
    source.all[70] = b"another needle"
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("/", *"needle")
        assert view.status.startswith("/needle")
        await pilot.press("enter")
        assert "another needle" in body(view)
        assert "line 71" in view.status
        await pilot.press("N")
        assert "a needle here" in body(view)
        await pilot.press("n")
        assert "another needle" in body(view)
        await pilot.press("n")
        assert "a needle here" in body(view)
        assert "other end" in view.status
        await pilot.press("/", *"zzz", "enter")
        assert "not found" in view.status


async def test_keys_typed_into_the_search_are_not_commands(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("/", "f", "g", "n", "backspace", "escape")
        assert view.following
        assert view.needle == ""


async def test_matches_are_marked_in_reverse_video_not_colour_alone(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("/", *"95", "enter")
        await pilot.pause()
        segments = [segment for y in range(10) for segment in view.render_line(y)]
        marked = [segment.text for segment in segments if segment.style and segment.style.reverse]
        assert marked == ["95"]


async def test_long_lines_scroll_sideways_and_are_never_wrapped():
    async with hosted(LogView(Lines([b"".join(b"%02d." % i for i in range(100))])), 31, 5) as (view, pilot):
        assert body(view)[0].startswith("00.01.02.")
        assert body(view)[1] == ""
        await pilot.press("right", "right", "right")
        assert body(view)[0].startswith("16.17.18.")
        assert "column 49" in view.status


async def test_escapes_and_markup_in_a_log_reach_no_terminal():
    evil = [b"\x1b[2J\x1b]0;x\x07clear", b"[@click=app.quit]click[/]", b"\xff\xfe", "\u202eabc".encode()]
    async with hosted(LogView(Lines(evil)), 50, 6) as (view, _):
        shown = "\n".join(painted(view.app))
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert body(view)[:4] == ["clear", "[@click=app.quit]click[/]", "��", "�abc"]


async def test_levels_have_styles():
    async with hosted(LogView(Lines([b"ERROR no", b"WARNING hm", b"fine", b"ValueError: x"])), 50, 6) as (
        view,
        _,
    ):
        first = [row[0][1] for row in view.draw(50, 6)[:4]]
        assert first == ["logview--error", "logview--warning", "", "logview--error"]


async def test_wheel_and_scroll_bar(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.mouse_down(offset=(59, 0))
        await pilot.mouse_up(offset=(59, 0))
        assert body(view)[0] == "line 0"
        view.post_message(MouseScrollDown(view, 1, 1, 0, 1, 0, False, False, False, 1, 1, None))
        await pilot.pause()
        assert body(view)[0] == "line 3"
        bar = [row[-1] for row in view.shown_rows()[:-1]]
        assert bar.count("┃") == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (10, 3), (200, 60)])
async def test_any_size_paints(source, size):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert all(len(row) == view.size.width for row in view.shown_rows())
        assert painted(view.app) == view.shown_rows() or view.size.height > size[1]


async def test_a_line_that_is_being_written_is_shown_last(source):
    async with hosted(LogView(source)) as (view, pilot):
        source.unfinished = b" 40%|####      | 40/100"
        view.poll()
        assert body(view)[-1] == " 40%|####      | 40/100"
        await pilot.press("pageup")
        assert "40%" not in "".join(body(view))


async def test_a_real_file_through_the_real_index(tmp_path):
    path = tmp_path / "train.log"
    path.write_bytes(b"".join(b"step %d\n" % i for i in range(5000)) + b"ValueError: Oops\n")
    index = LogIndex(path)
    index.poll()
    async with hosted(LogView(index)) as (view, pilot):
        assert body(view)[-1] == "ValueError: Oops"
        await pilot.press("/", *"oops", "enter")
        assert "line 5,001" in view.status
        await pilot.press("/", *"step 42", "enter", "n")
        assert any(row.startswith("step 42") for row in body(view))
        await pilot.press("end", "pageup", "pageup", "end")
        with path.open("ab") as file:
            file.write(b"one more\nand a bar 10%\rand a bar 20%")
        view.poll()
        assert body(view)[-2:] == ["one more", "and a bar 20%"]
        await pilot.press("pageup")
        path.write_bytes(b"fresh\n")
        view.poll()
        assert body(view)[0] == "fresh" and "of 1" in view.status, "a truncated log starts again"
        view.set_source(None)
        assert view.status == "nothing logged yet"


async def test_a_match_beyond_the_right_edge_is_moved_into_sight():
    lines = [b"step %d " % i + b"x" * 200 + b" grad_norm" for i in range(30)]
    async with hosted(LogView(Lines(lines)), 60, 12) as (view, pilot):
        await pilot.press("slash", *"grad", "enter")
        await pilot.pause()
        assert any("grad_norm" in row for row in view.shown_rows())
        await pilot.press("slash", *"step", "enter")
        await pilot.pause()
        assert view.shown_rows()[0].startswith("step"), "and back, as far left as it can be"


async def test_a_long_log_is_searched_in_a_thread():
    held = threading.Event()

    class Slow(Lines):
        def find(self, needle, start, step=1, *, ignore_case=False):
            assert held.wait(30)
            return super().find(needle, start, step, ignore_case=ignore_case)

    source = Slow(numbered(SEARCHED_AT_ONCE + 1))
    source.all[70_000] = b"a needle here"
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("slash", *"needle", "enter")
        assert "searching" in view.status
        await pilot.press("home")
        assert view.first_line == 0 and "searching" in view.status
        await pilot.press("escape")
        assert view.needle == "" and "searching" not in view.status
        await pilot.press("end", "slash", *"needle", "enter")
        held.set()
        await until(lambda: "line 70,001" in view.status)
        assert "a needle here" in body(view)


@pytest.fixture
def real(tmp_path):
    """A log of 5,000 steps, an error at every thousandth, through the real index."""
    path = tmp_path / "train.log"
    path.write_bytes(
        b"".join(
            b"2026-01-01 12:00:00 %s step %d\n" % (b"INFO" if i % 1000 else b"ERROR", i) for i in range(5000)
        )
    )
    index = LogIndex(path)
    index.poll()
    return index


async def test_a_filter_shows_the_lines_that_match_and_follows_new_ones(real):
    async with hosted(LogView(real), 80, 8) as (view, pilot):
        await pilot.press("&", *"error|step 42$", "enter")
        await until(lambda: "of 6" in view.status)
        assert [row.split()[-1] for row in body(view)[:6]] == ["0", "42", "1000", "2000", "3000", "4000"]
        with real.path.open("ab") as file:
            file.write(b"INFO no\nERROR new\n")
        view.poll()
        assert body(view)[6] == "ERROR new"
        await pilot.press("/", *"00", "enter", "N")
        assert "/00: line 5" in view.status, "the search goes over what the filter shows"
        real.path.write_bytes(b"ERROR fresh\n")
        view.poll()
        assert body(view)[0] == "ERROR fresh" and "of 1" in view.status
        await pilot.press("escape", "escape")
        assert view.source is real


async def test_a_leading_exclamation_mark_inverts_the_filter(real):
    async with hosted(LogView(real), 80, 8) as (view, pilot):
        await pilot.press("&", *"!INFO", "enter")
        await until(lambda: "of 5" in view.status)
        await pilot.press("&", *["backspace"] * 5, *"nowhere", "enter")
        await until(lambda: "&nowhere  no line passes" in view.status)


async def test_a_bad_expression_is_said_and_stays_in_its_field(real):
    async with hosted(LogView(real), 120, 8) as (view, pilot):
        await pilot.press("&", *"a(", "enter")
        assert "&a(" in view.status and "not valid: missing )" in view.status
        await pilot.press("backspace", "backspace", *"step 7$", "enter")
        await until(lambda: "of 1 " in view.status)


async def test_lines_that_came_while_one_reads_above_the_end_are_counted(source):
    async with hosted(LogView(source), 80) as (view, pilot):
        await pilot.press("pageup")
        assert "new" not in view.status
        source.all += numbered(5, 100)
        view.poll()
        assert "+5 new" in view.status
        await pilot.press("end")
        assert "new" not in view.status


async def test_errors_are_one_key_apart(real):
    async with hosted(LogView(real), 80, 8) as (view, pilot):
        await pilot.press("E")
        assert "line 4,001" in view.status
        await pilot.press("E")
        assert "line 3,001" in view.status
        await pilot.press("e", "e")
        assert "line 1 (from the other end)" in view.status
        with real.path.open("wb") as file:
            file.write(b"no fault here, terror: none\n")
        view.poll()
        await pilot.press("e")
        assert "not found" in view.status


async def test_long_lines_wrap_and_the_end_stays_in_sight():
    lines = [b"%02d " % i + b"x" * 100 + b" end" for i in range(9)]
    async with hosted(LogView(Lines(lines)), 41, 8) as (view, pilot):
        await pilot.press("W")
        assert body(view)[3:6] == ["08 " + "x" * 37, "x" * 40, "x" * 23 + " end"]
        assert "lines 8-9 of 9  FOLLOW" in view.status
        await pilot.press("home")
        assert body(view)[0].startswith("00")
        for _step in range(9):
            await pilot.press("down")
        assert view.following
        assert painted(view.app) == view.shown_rows()


async def test_times_are_hidden_by_a_key(real):
    async with hosted(LogView(real), 80, 8) as (view, pilot):
        await pilot.press("t")
        assert body(view)[-1] == "INFO step 4999"
        await pilot.press("t")
        assert body(view)[-1] == "2026-01-01 12:00:00 INFO step 4999"


async def test_marks_are_kept_through_a_filter_and_copied(real):
    async with hosted(LogView(real), 80, 8) as (view, pilot):
        await pilot.press("E", "M", "E", "M")
        assert [row for row in body(view) if row.startswith("◆ ")] == [
            "◆ 2026-01-01 12:00:00 ERROR step 3000"
        ]
        await pilot.press("escape", "&", *"step .000$", "enter")
        await until(lambda: "of 4" in view.status)
        assert sum(row.startswith("◆ ") for row in body(view)) == 2
        await pilot.press("y")
        assert [line.split()[-1] for line in view.app.clipboard.splitlines()] == ["3000", "4000"]
        await pilot.press("escape", "home", "'")
        assert any("◆" in row for row in body(view))


async def test_the_lines_in_sight_are_copied_where_none_is_marked(source):
    async with hosted(LogView(source)) as (view, pilot):
        await pilot.press("y")
        assert view.app.clipboard.splitlines() == [f"line {i}" for i in range(90, 100)]


async def test_a_filter_that_arrives_in_one_burst_is_typed_whole(real):
    async with hosted(LogView(real), 80, 8) as (view, _pilot):
        for key, character in [("ampersand", "&"), *((c, c) for c in "ERROR"), ("enter", "\r")]:
            view.app.post_message(Key(key, character))
        await until(lambda: "of 5" in view.status)
