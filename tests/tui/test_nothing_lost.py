"""Every recorded key and word of a pane is still there, unless tests/data/before/gone.tsv says why not.

The records are read only; `python -m tests.tui.pane_records` writes them. Its docstring describes the files.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.tui.conftest import until
from tests.tui.pane_records import BEFORE, STATES, View, key_rows, opened, words
from tui.app.app import VitsdeckApp
from tui.panes import PANES

ANY_PANE = "*"  # in gone.tsv
PATIENCE_SECONDS, AFTER_A_LOSS_SECONDS = 60.0, 3.0


def table(name: str) -> list[dict[str, str]]:
    with (BEFORE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def recorded_words(pane: str, name: str = "*") -> set[str]:
    """The words of one view of a pane, or of all."""
    texts = [path.read_text(encoding="utf-8") for path in BEFORE.glob(f"{pane}.{name}.txt")]
    assert texts, f"{pane}.{name}.txt is not recorded"
    return words([row for text in texts for row in text.splitlines()])


def gone(pane: str) -> set[str]:
    """Words, and `key` with its name, that this pane may lack."""
    return {row["what"] for row in table("gone.tsv") if row["pane"] in (pane, ANY_PANE)}


def lost(app: VitsdeckApp, view: View) -> list[str]:
    """Recorded words and keys that the view in front lacks: a key of another word is another key."""
    found = recorded_words(view.pane, view.name) - words(view.look(app).rows)
    explained = {(key, word) for _, key, _, word, _ in key_rows(app, view.pane)}
    for row in table(f"{view.pane}.keys.tsv"):
        is_offered = view.name not in row["offered"].split() or row["key"] in view.offered
        if not is_offered or (row["key"], row["word"]) not in explained:
            found.add(f"key {row['key']}")
    return [f"{view.pane}.{view.name}: {what}" for what in sorted(found - gone(view.pane))]


@pytest.mark.parametrize("state", STATES)
async def test_panes_still_show_their_words_and_offer_their_keys(state: str, tmp_path: Path) -> None:
    missing: list[str] = []
    async with opened(state, tmp_path) as views:
        async for app, view in views:
            patience = AFTER_A_LOSS_SECONDS if missing else PATIENCE_SECONDS
            try:
                await until(lambda app=app, view=view: not lost(app, view), patience)
            except TimeoutError:
                missing += [*lost(app, view), *filter(None, view.rows)]
    assert not missing, "\n".join(missing)


def test_what_is_gone_was_recorded_and_has_a_reason() -> None:
    panes = [entry.id for entry in PANES]
    for row in table("gone.tsv"):
        of = panes if row["pane"] == ANY_PANE else [row["pane"]]
        keys = {f"key {each['key']}" for pane in of for each in table(f"{pane}.keys.tsv")}
        known = keys.union(*(recorded_words(pane) for pane in of))
        assert row["what"] in known and row["reason"], row
