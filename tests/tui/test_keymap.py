"""Keys of one's own in vitsdeck.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import workspace
from engine.config.keymap import read_keymap
from engine.errors import InputError
from tui.app import key_table


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Path]:
    """The file of a workspace; the table of keys is as before after the test."""
    before = key_table.ACTIONS
    yield workspace.init(tmp_path).root / "vitsdeck.toml"
    key_table.ACTIONS = before


def use(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + f"\n[keys]\n{text}\n", encoding="utf-8")
    key_table.use(read_keymap(path), path)


def test_actions_have_the_keys_that_the_file_gives_them(settings: Path) -> None:
    use(settings, '"training.stop_run" = "S"\n"app.quit" = ["ctrl+q", "ctrl+c"]')
    keys = {action.id: action.keys for action in key_table.ACTIONS}
    assert keys["training.stop_run"] == ("S",) and keys["app.quit"] == ("ctrl+q", "ctrl+c")
    assert key_table.key_of("training.stop_run") == "S"
    assert workspace.find(settings.parent) is not None, "the other settings are read as before"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"training.stop" = "S"', "training.stop: is no action; did you mean training.stop_run?"),
        ('"training.stop_run" = "ctrl + s"', "ctrl + s is no key"),
        ('"training.stop_run" = "r"', "r is the key of training.resume_run"),
        ('"training.stop_run" = "question_mark"', "question_mark is the key of app.help"),
        ('"training.stop_run" = 5', "is no key"),
        ('"training.stop_run" = "spacebar"', "spacebar is no key"),
        ('"training.stop_run" = "shift+s"', "shift+s is no key"),
        ('"app.quit" = "s"', "s is the key of"),
    ],
)
def test_a_fault_is_named_with_its_line(settings: Path, line: str, says: str) -> None:
    number = len(settings.read_text(encoding="utf-8").splitlines()) + 3
    with pytest.raises(InputError) as caught:
        use(settings, line)
    assert says in str(caught.value) and caught.value.line == number


def test_the_line_of_a_fault_is_not_that_of_a_longer_name(settings: Path) -> None:
    last = len(settings.read_text(encoding="utf-8").splitlines()) + 4
    with pytest.raises(InputError) as caught:
        use(settings, '"training.stop_run" = "S"\n"training.stop" = "S"')
    assert caught.value.line == last
