"""The dialog for a new run: defaults, sentences while typing, lists to choose from, and the command it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.widget_support import painted
from tui.app.app import VitsdeckApp
from tui.app.command_line import Ended
from tui.cli.table import application
from tui.dialogs.new_run import NewRunScreen, Started
from tui.dialogs.new_run_form import FIELDS, choices, start_of, work_out
from tui.dialogs.picker import PickerScreen
from tui.panes.training import starting
from tui.panes.training.starting import Start


@pytest.fixture
def cleaned(place: Workspace) -> Workspace:
    """The workspace with cleaned lists of 17 and 2 clips."""
    for name, clips in (("train", 17), ("val", 2)):
        lines = [f"wavs/c{n % 8}.wav|wˈʌn tˈuː\n" for n in range(clips)]
        (place.filelists_dir / f"{name}.txt.cleaned").write_text("".join(lines))
    return place


def begun(workspace: Workspace, name: str) -> Path:
    folder = workspace.run_folder(name)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


# what the fields are worked out to be


def test_every_field_shows_its_default(cleaned: Workspace) -> None:
    form = work_out(cleaned, {})
    assert not form.faults
    assert form.defaults == {
        "model": "small_cpu",
        "config": "small_cpu",
        "train_list": "filelists/train.txt.cleaned",
        "val_list": "filelists/val.txt.cleaned",
        "language": "en",
        "batch_size": "4",  # the preset's 6 is more than a quarter of 17
        "epochs": "1000",
        "eval_interval": "100",
        "fp16": "no",
        "devices": "1",
    }
    assert form.hints["train_list"] == "17 clips"
    assert form.hints["batch_size"] == "clips a step; preset: 8"


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"model": "a/b"}, "model", "cannot be a run's name"),
        ({"model": "old"}, "model", "there is a run old already"),
        ({"config": "no"}, "config", "no such config"),
        ({"train_list": "no.txt"}, "train_list", "no.txt cannot be read"),
        ({"language": "klingon"}, "language", 'no language is called "klingon"'),
        ({"batch_size": "0"}, "batch_size", "--batch_size is 0; it must be above 0"),
        ({"batch_size": "two"}, "batch_size", "two is no whole number"),
        ({"eval_interval": "-1"}, "eval_interval", "-1 is no whole number"),
        ({"steps": "5", "epochs": "5"}, "steps", "--steps and --epochs exclude each other"),
        ({"fp16": "maybe"}, "fp16", "type yes or no"),
        ({"devices": "0"}, "devices", "--devices is 0"),
        ({"from": "G_1.pth"}, "from", "no such checkpoint"),
        ({"from_d": "D_1.pth"}, "from_d", "name the G_ checkpoint, too"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    cleaned: Workspace, typed: dict[str, str], name: str, sentence: str
) -> None:
    begun(cleaned, "old")
    form = work_out(cleaned, typed)
    assert list(form.faults) == [name]
    assert sentence in form.faults[name]


def test_lists_that_are_not_made_yet_name_the_command_that_makes_them(place: Workspace) -> None:
    form = work_out(place, {})
    assert "`vitsdeck prepare RECORDINGS` makes the lists" in form.faults["train_list"]


def test_command_line_holds_what_was_typed_alone(cleaned: Workspace) -> None:
    assert start_of({}, work_out(cleaned, {})).argv() == [
        *["train", "-m", "small_cpu", "--new", "--detach", "--json"]
    ]
    typed = {"model": "anna", "steps": "9", "fp16": "yes", "from": "G_1.pth"}
    assert start_of(typed, work_out(cleaned, typed)).argv() == [
        *["train", "-m", "anna", "--new", "--steps=9", "--from=G_1.pth", "--fp16", "--detach", "--json"]
    ]


def test_fields_are_flags_of_train() -> None:
    train = application().commands["train"].load()
    options = [option for parameter in train.params for option in parameter.opts]
    assert set(FIELDS) <= {option.lstrip("-").replace("-", "_") for option in options}


def test_fields_with_few_values_offer_them_in_a_list(cleaned: Workspace) -> None:
    (begun(cleaned, "old") / "G_7.pth").touch()
    names = {name: [choice.key for choice in choices(cleaned, name)] for name in FIELDS}
    assert "ljs_mini_mb_istft_vits" in names["config"] and "de" in names["language"]
    assert "filelists/val.txt.cleaned" in names["val_list"]
    assert (names["from"], names["from_d"], names["fp16"]) == (["logs/old/G_7.pth"], [], ["yes", "no"])


# the screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_all_fields_fit_the_screen(cleaned: Workspace, size: tuple[int, int]) -> None:
    app = VitsdeckApp(cleaned)
    async with app.run_test(size=size) as pilot:
        await app.push_screen(NewRunScreen(cleaned))
        await until(lambda: app.screen.query_one("#new-devices", Input).placeholder)
        await pilot.pause()
        shown = "\n".join(painted(app))
        for caption, _ in FIELDS.values():
            assert caption in shown
        for text in ("filelists/train.txt.cleaned", "17 clips", "steps; validates and saves", "grey value"):
            assert text in shown


async def test_sentence_appears_while_typing_and_keeps_enter_from_starting(
    cleaned: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "start", None)  # nothing is started
    app = VitsdeckApp(cleaned)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(NewRunScreen(cleaned))
        name, wrong = app.screen.query_one("#new-model"), app.screen.query_one("#wrong-model", Static)
        await pilot.press(*"a b", "down")
        await until(lambda: wrong.display)
        assert "cannot be a run's name" in "\n".join(painted(app))
        await pilot.press("enter")
        await until(lambda: app.screen.focused is name)
        await pilot.press("backspace", "backspace")
        await until(lambda: not wrong.display)


async def test_enter_starts_what_the_fields_say(cleaned: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Start] = []

    async def start(what: Start, root: Path) -> Ended:
        assert root == cleaned.root
        started.append(what)
        if len(started) == 1:
            return Ended("", "the data is bad; mend it")
        return Ended('{"notes": ["batch size 4 instead of 64"]}')

    monkeypatch.setattr(starting, "start", start)
    app = VitsdeckApp(cleaned)
    async with app.run_test(size=(80, 24)) as pilot:
        ended: list[Started | None] = []
        await app.push_screen(NewRunScreen(cleaned), ended.append)
        await pilot.press(*"anna", "down", "f3")
        await until(lambda: isinstance(app.screen, PickerScreen))
        await pilot.press(*"ljs_mini_mb", "enter")
        await until(lambda: isinstance(app.screen, NewRunScreen))
        assert app.screen.query_one("#new-config", Input).value == "ljs_mini_mb_istft_vits"
        await pilot.press("enter")
        await until(lambda: "the data is bad; mend it" in "\n".join(painted(app)))
        await pilot.press("enter")
        await until(lambda: ended == [Started("anna", ("batch size 4 instead of 64",))])
    assert [each.argv() for each in started] == [
        ["train", "-m", "anna", "--new", "--config=ljs_mini_mb_istft_vits", "--detach", "--json"]
    ] * 2
