"""Keys that come in one burst in a field."""

from __future__ import annotations

from textual import events

from tests.tui.conftest import until
from tests.tui.widget_support import Host
from tui.widgets.textfield import TextField


async def test_keys_of_a_burst_act_in_their_order() -> None:
    app = Host(TextField())
    async with app.run_test() as pilot:
        field = app.query_one(TextField)
        burst = [*"abc", "backspace", "backspace", *"xy", "home", "delete", "z", "left", "ctrl+u", "q"]
        for key in burst:  # as a terminal's driver does it, without waiting for each to be handled
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(lambda: "q" in field.value)
        await pilot.pause()
        assert field.value == "qzxy"


async def test_pasted_lines_are_joined_and_that_is_said() -> None:
    app = Host(TextField())
    async with app.run_test() as pilot:
        field = app.query_one(TextField)
        field.value = "one "
        field.cursor_position = len(field.value)
        app.post_message(events.Paste("two\n\n  three\r\nfour"))
        await until(lambda: field.value == "one two three four")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["3 lines were joined to one"]
