"""The pane judges raw lists by their phonemes, as `vitsdeck check` does, and continues judging what is typed."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from engine import config as configs
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.session import Change
from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.dataset_support import facts, opened, ten_thousand
from tui.app.app import VitsdeckApp
from tui.panes.dataset.pane import DatasetPane

if sys.platform == "win32":
    pytest.skip("runs are started by the keeper's POSIX path here", allow_module_level=True)

LISTS = ("train", "val", "test")


def german(place: Workspace) -> Path:
    """The workspace's only config reads the raw lists with espeak:de and the English table."""
    shipped, *others = place.configs()
    for path in others:
        path.unlink()
    content = json.loads(shipped.read_text())
    content["data"] |= {
        "training_files": "filelists/train.txt.cleaned",
        "validation_files": "filelists/val.txt.cleaned",
        "text_cleaners": ["espeak:de"],
        "cleaned_text": True,
        "max_text_len": 40,
    }
    content.pop("symbols", None)
    shipped.write_text(json.dumps(content))
    return shipped


def read(pane: DatasetPane) -> bool:
    return not pane.reader.is_reading and None not in pane.reader.of(pane.session, pane.state)


async def test_raw_lists_are_judged_as_check_judges_them(place: Workspace) -> None:
    path = german(place)
    train = place.filelists_dir / "train.txt"
    train.write_text(train.read_text().replace("first of all", "Œuvre in der Pension, Croissants und Teint"))
    app = VitsdeckApp(place)
    async with app.run_test(size=(120, 30)) as pilot:
        pane = await opened(pilot, place)
        await until(lambda: read(pane) and "symbols" in {each.kind for each in pane.view.issues(0)})
        found = validate_filelists(
            configs.load(path), [place.filelists_dir / f"{name}.txt" for name in LISTS], place.root
        )
        assert [each.issues for each in found.clips] == list(pane.view.findings.issues)
        assert {"symbols", "text_length"} <= found.counts.keys()
        assert f"{len(found.bad)} bad" in facts(pane)
        await pilot.press("slash", *"issue:symbols", "enter")
        await until(lambda: pane.browser.rows == [0])
        await pilot.press("escape")
        pane.take(pane.state.edited({0: Change(text="Ein Satz.")}))
        await until(lambda: read(pane) and not pane.view.issues(0))
        pane.take(pane.state.undone())  # what was read once is known at the next look
        await until(lambda: pane.view.issues(0))
        assert "symbols" in {each.kind for each in pane.view.issues(0)}


async def test_texts_that_cannot_be_read_are_reported_once(place: Workspace) -> None:
    path = german(place)
    app = VitsdeckApp(place)
    found: list[str] = []
    async with app.run_test(size=(120, 30)) as pilot:
        app.notify = lambda sentence, **_: found.append(sentence)  # type: ignore[assignment,method-assign]
        path.write_text(path.read_text().replace("espeak:de", "espeak:xyzzy"))
        pane = await opened(pilot, place)
        await until(lambda: any("judged without their phonemes" in each for each in found))
        pane.judge_now()
        await until(lambda: not pane.reader.is_reading)
        await asyncio.sleep(0)
        assert sum("judged without their phonemes" in each for each in found) == 1
        assert "bad" in facts(pane)


async def test_ten_thousand_clips_take_every_key_also_while_they_are_read(tmp_path: Path) -> None:
    made = ten_thousand(tmp_path)
    german(made)
    app = VitsdeckApp(made)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, made)
        taken = 0
        async with asyncio.timeout(180):
            while not read(pane):
                await pilot.press("down")
                taken += 1
        table = pane.browser.table
        assert table.cursor == taken
        for _ in range(3):
            await pilot.press("down", "pagedown", "v", "u", "space", "end")
            assert table.cursor == 9_999
            await pilot.press("home")
            assert table.cursor == 0
