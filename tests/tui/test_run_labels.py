"""Tags and the note of a run: what is kept, what is refused, and how a run is found by them."""

from __future__ import annotations

import pytest

from engine.runs import registry
from engine.workspace import Workspace
from tests.cli_support import vitsdeck
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run
from tui.dialogs.form import FormScreen
from tui.dialogs.picker import PickerScreen


def test_tags_and_note_outlive_a_resume_and_come_as_json(empty: Workspace) -> None:
    folder = make_run(empty, "anna").folder
    told = vitsdeck(empty.root, "tag", "anna", "final", "de", "--json").json
    assert (told["name"], told["tags"]) == ("anna", ["de", "final"])
    assert vitsdeck(empty.root, "tag", "anna", "--remove", "de").stdout == "final\n"
    assert vitsdeck(empty.root, "note", "anna", "fewer\nclips").stdout == "fewer clips\n"
    registry.prepare(folder, kind="train", argv=["train"])
    run = registry.read_run(folder)
    assert (run.tags, run.note) == (("final",), "fewer clips")
    listed = vitsdeck(empty.root, "runs", "--json").json["runs"][0]
    assert (listed["tags"], listed["note"]) == (["final"], "fewer clips")
    assert vitsdeck(empty.root, "note", "anna", "", "--json").json["note"] == ""


@pytest.mark.parametrize(
    "words", [("tag", "anna", "two words"), ("tag", "anna", "\x1b[31m"), ("note", "anna", "x" * 501)]
)
def test_what_cannot_be_a_label_is_refused_and_nothing_changes(empty: Workspace, words: tuple[str]) -> None:
    folder = make_run(empty, "anna").folder
    assert vitsdeck(empty.root, *words).returncode == 2
    run = registry.read_run(folder)
    assert (run.tags, run.note) == ((), "")


def test_labels_of_another_make_are_passed_over(empty: Workspace) -> None:
    folder = make_run(empty, "anna").folder
    registry.record(folder, tags=["good", 3, None], note=["x"])
    run = registry.read_run(folder)
    assert (run.tags, run.note) == (("good",), "")


async def test_a_live_run_is_tagged_by_keys_and_found_by_its_tag(empty: Workspace) -> None:
    folder = make_run(empty, "anna", state="running").folder
    make_run(empty, "bert")
    async with dashboard(empty, "training", (100, 30)) as (app, pilot):
        app.choose_run("anna")
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, PickerScreen))
        assert [choice.key for choice in app.screen._shown] == ["tag", "path"], "a live run is not moved"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"final", "enter")
        await until(lambda: registry.read_run(folder).tags == ("final",))
        await until(lambda: any("final" in run.tags for run in app.runs) and len(app.screen_stack) == 1)
        app.choose_run("bert")
        await pilot.press("u", *"final", "enter")
        await until(lambda: app.chosen_run == "anna")
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press(*"path", "enter")
        await until(lambda: app.clipboard == str(folder))
