"""The action table: what is shown is bound, what is bound is done, and no key does two things in one place."""

from __future__ import annotations

import importlib

import pytest
from textual.binding import Binding

from engine.workspace import Workspace
from tests.tui.run_support import dashboard
from tui.app import key_table
from tui.app.app import VitsdeckApp
from tui.panes import PANES, number_key
from tui.panes.base import Pane
from tui.widgets.keybar import KeyBar


def pane_class(pane: str) -> type[Pane]:
    entry = next(entry for entry in PANES if entry.id == pane)
    found: type[Pane] = getattr(importlib.import_module(entry.module), entry.class_name)
    return found


def owner(action: key_table.Action) -> type:
    return VitsdeckApp if action.pane == key_table.APP else pane_class(action.pane)


def keys_of(kind: type) -> dict[str, str]:
    """Key to the name of the action, of one class's own bindings."""
    return {
        key: binding.action
        for binding in kind.BINDINGS
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    }


@pytest.mark.parametrize("pane", [entry.id for entry in PANES])
def test_no_key_does_two_things_in_one_pane(pane: str) -> None:
    keys = [key for action in (*key_table.at(key_table.APP), *key_table.at(pane)) for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("verb", key_table.PATH)
def test_a_key_of_the_path_means_the_same_in_every_pane(verb: str) -> None:
    [keys] = {action.keys for action in key_table.ACTIONS if action.verb == verb}
    assert {action.verb for action in key_table.ACTIONS if set(keys) & set(action.keys)} == {verb}


def test_a_pane_is_shown_by_its_number_in_the_row_of_tabs() -> None:
    assert all(key_table.key_of(f"app.show_{entry.id}") == number_key(entry.id) for entry in PANES)


@pytest.mark.parametrize("action", key_table.ACTIONS, ids=lambda action: action.id)
def test_every_action_is_bound_and_can_be_done(action: key_table.Action) -> None:
    bound = keys_of(owner(action))
    assert {bound.get(key) for key in action.keys} == {action.verb}
    assert callable(getattr(owner(action), f"action_{action.verb}", None))
    assert action.help[0].isupper() and not action.help.endswith(".")


@pytest.mark.parametrize("pane", [entry.id for entry in PANES])
def test_widgets_of_a_pane_take_no_key_that_means_something_else_there(pane: str) -> None:
    same = {"l", "slash"}  # the log's own: scroll right in the log that `l` has shown, and the same search
    taken = {key for action in key_table.at(pane) for key in action.keys} - same
    for _, widget in pane_class(pane).WIDGETS:
        assert not taken & set(keys_of(widget))


@pytest.mark.parametrize("typing", [False, True])
@pytest.mark.parametrize("pane", [entry.id for entry in PANES])
def test_key_line_begins_with_the_next_step_and_says_how_to_leave(pane: str, typing: bool) -> None:
    line = key_table.for_key_line(pane, typing=typing)
    shown = {action.verb for action in line}
    assert line[0].verb == "next_step" and {"help", "quit"} <= shown
    assert ("leave_field" in shown) == (typing and pane in ("dataset", "speech"))
    for action in line if typing else ():  # only keys that write no text
        assert len(action.shown_in_field) > 1
    assert [action.verb for action in line[:3]] == ["next_step", "help", "quit"], (
        "they are the last to be dropped"
    )


@pytest.mark.parametrize("action", [one for one in key_table.ACTIONS if one.palette], ids=lambda one: one.id)
def test_the_palette_finds_an_action_by_its_word_in_the_key_line(action: key_table.Action) -> None:
    assert all(word in action.help.lower() for word in action.label.split())


def test_keys_are_shown_as_people_read_them() -> None:
    keys = {"ctrl+q": "^q", "question_mark": "?", "slash": "/", "ctrl+pagedown": "^pgdn", "f1": "f1"}
    assert {key: key_table.shown(key) for key in keys} == keys


async def test_key_line_of_the_running_app_is_the_table(empty: Workspace) -> None:
    async with dashboard(empty, size=(140, 40)) as (app, pilot):
        for number, entry in enumerate(PANES, 1):
            if app.focused is not None and app.focused.check_consume_key("a", "a"):
                await pilot.press("escape")
            await pilot.press(str(number))
            await pilot.pause()
            assert app.pane is not None and entry.id == app.pane.PANE_ID
            shown = app.query_one(KeyBar).keys
            table = [
                (key, act.label) for act in key_table.ACTIONS for key in (act.shown_key, act.shown_in_field)
            ]
            assert shown and {(key, label) for key, label in shown if key != "^g"} <= set(table)


async def test_palette_offers_the_table(empty: Workspace) -> None:
    async with dashboard(empty) as (app, _):
        offered = {command.title for command in app.get_system_commands(app.screen)}
    assert offered == {action.help for action in key_table.ACTIONS if action.palette}
