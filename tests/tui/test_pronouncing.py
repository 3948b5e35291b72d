"""A correction in the speech pane: kept for the word under the cursor, and spoken at once."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input, Static

from engine.text.pronunciations import FILE_NAME
from engine.workspace import Workspace
from tests.train.conftest import TINY, write_run
from tests.tui.conftest import until
from tests.tui.run_support import dashboard
from tui.dialogs.form import FormScreen
from tui.panes.speech.pane import SpeechPane
from tui.panes.speech.pronouncing import word_at


@pytest.mark.parametrize(
    ("text", "cursor", "word"),
    [
        ("Ask Siobhan now.", 6, "Siobhan"),
        ("Ask Siobhan now.", 11, "Siobhan"),
        ("Ask 'Siobhan' now.", 5, "Siobhan"),
        ("O'Neil is here", 0, "O'Neil"),
        ("Nguyen's hat", 2, "Nguyen"),
        ("Nguyen\u2019s hat", 7, "Nguyen"),
        ("'s", 1, "s"),
        ("cafe\u0301 now", 2, "cafe\u0301"),
        ("Well, ", 6, "Well"),
        ("  ", 1, ""),
    ],
)
def test_the_word_is_the_one_under_the_cursor(text: str, cursor: int, word: str) -> None:
    assert word_at(text, cursor) == word


async def test_a_correction_is_kept_and_spoken(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")  # a player here stays silent
    folder = empty.logs_dir / "anna"
    write_run(folder, TINY)
    async with dashboard(empty, "speech", (100, 30)) as (app, pilot):
        pane = app.query_one(SpeechPane)
        text = pane.query_one("#text", Input)
        await until(lambda: pane.offers("correct_word"))
        text.value, text.cursor_position = "Ask Siobhan now.", 6
        await pilot.press("ctrl+r")
        await until(lambda: isinstance(app.screen, FormScreen) and bool(app.screen.query("#form-said")))
        said = app.screen.query_one("#form-said", Input)
        assert app.screen.query_one("#form-word", Input).value == "Siobhan" and said.value
        await until(lambda: said.has_focus)
        word = app.screen.query_one("#form-word", Input)
        word.value = "=Siobhan"
        await pilot.press("enter")
        await until(
            lambda: "a word does not begin with =" in str(app.screen.query_one(".status", Static).content)
        )
        word.value, said.value = "Siobhan", "ʃɪv§"
        await pilot.press("enter")
        await until(lambda: "the voice has no §" in str(app.screen.query_one(".status", Static).content))
        assert not (empty.root / FILE_NAME).exists()
        said.value = "ʃɪvˈɔːn"
        await pilot.press("enter")
        await until(lambda: list(empty.spoken_dir.glob("*.wav")))
        await until(lambda: "ʃɪvˈɔːn" in str(pane.query_one("#phonemes", Static).content))
    assert (empty.root / FILE_NAME).read_text() == "Siobhan|ʃɪvˈɔːn\n"


async def test_all_lines_of_a_pasted_text_are_kept(empty: Workspace) -> None:
    async with dashboard(empty, "speech") as (app, _):
        field = app.query_one(SpeechPane).query_one("#text", Input)
        field.value, field.cursor_position = "First. Last.", 6
        field.focus()
        field.post_message(events.Paste(" One line,\n\n  and another.\r\nEnd."))
        await until(lambda: "End." in field.value)
        assert field.value == "First.One line, and another. End. Last."
