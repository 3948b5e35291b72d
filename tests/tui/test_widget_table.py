"""The table asks for the rows in sight alone, keeps its cursor on its row, and says everything without colour."""

import pytest

from tests.tui.widget_support import Host
from tui.widgets.table import Column, Table

COLUMNS = [Column("name"), Column("step", 8, "right"), Column("state", 10)]


class TableApp(Host):
    """A table that notes what it posts."""

    def __init__(self, **options):
        self.table = Table(COLUMNS, **options)
        super().__init__(self.table)
        self.posted = []

    def on_table_cursor_moved(self, message):
        self.posted.append(("cursor", message.index, message.key))

    def on_table_activated(self, message):
        self.posted.append(("open", message.index, message.key))

    def on_table_selection_changed(self, message):
        self.posted.append(("select", message.index, message.key))

    def on_table_header_clicked(self, message):
        self.posted.append(("header", message.column))


def fill(table, names, **options):
    table.set_rows(len(names), lambda i: (names[i], f"{i:,}", "finished"), key=lambda i: names[i], **options)


async def test_rows_columns_cursor_and_sort_mark():
    app = TableApp()
    async with app.run_test(size=(40, 5)):
        fill(app.table, ["demo", "first"], sorted_by=(1, True))
        assert [row.rstrip() for row in app.table.shown_rows()] == [
            "  name               step ▼  state",
            "› demo                    0  finished",
            "  first                   1  finished",
            "",
            "",
        ]


async def test_asks_only_for_the_rows_in_sight():
    app = TableApp()
    asked = set()

    def row(index):
        asked.add(index)
        return (f"run {index}", str(index), "x")

    async with app.run_test(size=(60, 20)) as pilot:
        app.table.set_rows(100_000, row)
        await pilot.press("end", "up", "home", "pagedown")
        await pilot.pause()
        assert app.table.cursor == 18
        assert len(asked) < 100
        assert [row[-1] for row in app.table.shown_rows()][1:].count("┃") == 1


async def test_cursor_stays_on_its_row_when_rows_move():
    app = TableApp()
    async with app.run_test(size=(60, 8)) as pilot:
        fill(app.table, ["a", "b", "c"])
        await pilot.press("down")
        fill(app.table, ["new", "a", "b", "c"])
        assert app.table.cursor_key == "b"
        fill(app.table, ["new"])
        assert app.table.cursor_key == "new"
        fill(app.table, [])
        assert app.table.cursor_key is None
        assert "nothing here yet" in app.table.shown_rows()[1]
        await pilot.press("down", "enter", "space", "end")


async def test_selection_is_a_mark_and_a_message():
    app = TableApp(selectable=True)
    async with app.run_test(size=(60, 8)) as pilot:
        fill(app.table, ["a", "b", "c"])
        await pilot.press("down", "space", "enter", "up")
        assert app.table.selected == {"b"}
        assert app.table.shown_rows()[2].startswith(" ●b")
        await pilot.pause()
        assert app.posted == [("cursor", 1, "b"), ("select", 1, "b"), ("open", 1, "b"), ("cursor", 0, "a")]


async def test_mouse_moves_opens_and_sorts():
    app = TableApp()
    async with app.run_test(size=(40, 8)) as pilot:
        fill(app.table, ["a", "b", "c"])
        await pilot.click(offset=(4, 3), times=2)
        await pilot.click(offset=(24, 0))
        await pilot.pause()
        assert app.posted == [("cursor", 2, "c"), ("open", 2, "c"), ("header", 1)]


async def test_cells_from_outside_cannot_style_or_break_the_table():
    app = TableApp()
    async with app.run_test(size=(40, 4)):
        app.table.set_rows(1, lambda _: ("\x1b[31m[b]x[/b]\n\u202e" + "y" * 99, "1", "z"))
        row = app.table.shown_rows()[1]
        assert row.startswith("› [b]x[/b]␊�yy")
        assert "…" in row
        assert len(row) == 40


@pytest.mark.parametrize("width", [1, 3, 8, 20, 24, 33, 200])
async def test_narrow_tables_drop_columns_from_the_right(width):
    app = TableApp()
    async with app.run_test(size=(width, 6)):
        fill(app.table, [f"run {i}" for i in range(50)])
        rows = app.table.shown_rows()
        assert all(len(row) == width for row in rows)
        assert ("state" in rows[0]) == (width >= 33)


async def test_cursor_is_reversed_in_focus():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        fill(app.table, ["a", "b"])
        await pilot.pause()
        assert any(segment.style.reverse for segment in app.table.render_line(1))
        assert not any(segment.style.reverse for segment in app.table.render_line(2))
