"""The speech pane with its real helper: runtimes, sound that is played while it is made, exports, comparisons."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from textual.pilot import Pilot
from textual.widgets import Input, Static

from engine.audio.header import endless_header
from engine.workspace import Workspace
from tests.cli_support import vitsdeck
from tests.train.conftest import TINY, write_run
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, notes
from tui.app.app import VitsdeckApp
from tui.dialogs.dialog import ConfirmScreen
from tui.dialogs.picker import PickerScreen
from tui.panes.speech.comparing import CompareScreen
from tui.panes.speech.pane import SpeechPane
from tui.widgets.table import Table

TEXT = "The quick brown fox jumps over the lazy dog. It does so again."


@pytest.fixture
def install_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes `aplay`, a shell script, the only player; "" for none."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    found = {name: path for name in ("espeak-ng", "cat", "sh", "sleep") if (path := shutil.which(name))}
    for name, path in found.items():
        (folder / name).symlink_to(path)
    monkeypatch.setenv("PATH", str(folder))

    def install(script: str) -> None:
        if script:
            (folder / "aplay").write_text(f"#!/bin/sh\n{script}\n")
            (folder / "aplay").chmod(0o755)

    return install


@pytest.fixture
def anna(empty: Workspace) -> Workspace:
    """A workspace with a run that can speak, of two checkpoints."""
    folder = empty.logs_dir / "anna"
    write_run(folder, TINY)
    tree = torch.load(folder / "G_1.pth", weights_only=True)
    tree["model"]["dec.conv_pre.bias"] += 0.1
    torch.save(tree, folder / "G_2.pth")
    torch.save({"model": {}}, folder / "D_2.pth")
    return empty


async def ready(app: VitsdeckApp, text: str = TEXT) -> SpeechPane:
    pane = app.query_one(SpeechPane)
    await until(lambda: pane.offers("speak"))
    pane.query_one("#text", Input).value = text
    return pane


def shown(pane: SpeechPane, name: str = "status") -> str:
    return str(pane.query_one(f"#{name}", Static).content)


async def pick(app: VitsdeckApp, pilot: Pilot[object], key: str, typed: str) -> None:
    """Open a list by its key, and take what fits."""
    await pilot.press(key)
    await until(lambda: isinstance(app.screen, PickerScreen) and bool(app.screen.query(Table)))
    app.screen.query_one(Input).value = typed
    await pilot.pause()
    await pilot.press("enter")
    await until(lambda: not isinstance(app.screen, PickerScreen))


async def test_what_is_spoken_goes_to_the_player_while_it_is_made(
    anna: Workspace, tmp_path: Path, install_player: Callable[..., None]
) -> None:
    heard = tmp_path / "heard"
    install_player(f'echo "$@" > {heard}.args\ncat > {heard}')
    async with dashboard(anna, "speech") as (app, pilot):
        pane = await ready(app)
        await pilot.press("enter")
        await until(lambda: "of sound in" in shown(pane) and not pane._playing.is_playing)
        line = shown(pane).partition("\n")[0]
        assert " x real time, first sound after 0." in line and ", torch " in line
        assert "copied" not in shown(pane)
        assert f"anna, newest checkpoint · {line.rpartition(', ')[2]}" == shown(pane, "voice")
        [made] = anna.spoken_dir.glob("anna-*.wav")
        assert Path(f"{heard}.args").read_text() == "-q -\n"
        assert heard.read_bytes() == endless_header(22050) + made.read_bytes()[44:]


async def test_the_key_stops_the_player_and_the_file_is_written(
    anna: Workspace, tmp_path: Path, install_player: Callable[..., None]
) -> None:
    pid = tmp_path / "pid"
    install_player(f"echo $$ > {pid}\nexec sleep 600")
    async with dashboard(anna, "speech") as (app, pilot):
        pane = await ready(app)
        playing = pane._playing
        await pilot.press("enter")
        await until(lambda: "of sound in" in shown(pane) and pid.exists() and pid.read_text())
        number = int(pid.read_text())
        assert playing.is_playing and " Z " not in _stat(number)
        await pilot.press("ctrl+l")
        await until(lambda: " Z " in _stat(number) and not pane._playing.is_playing)
        assert list(anna.spoken_dir.glob("*.wav"))


def _stat(pid: int) -> str:
    """Its state among other things; Z when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


async def test_a_player_that_fails_is_named_behind_the_figures(
    anna: Workspace, install_player: Callable[..., None]
) -> None:
    install_player("echo no sound card >&2; exit 1")
    async with dashboard(anna, "speech") as (app, pilot):
        pane = await ready(app)
        await pilot.press("enter")
        await until(lambda: "aplay cannot play it here: no sound card" in shown(pane))
        [made] = anna.spoken_dir.glob("*.wav")
        assert "x real time" in shown(pane) and str(made) in shown(pane) and app.clipboard == str(made)


async def test_a_runtime_is_chosen_and_one_that_is_not_installed_is_refused_in_a_sentence(
    anna: Workspace, tmp_path: Path, install_player: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install_player("")
    hidden = tmp_path / "hidden"  # what the helper imports first
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'onnx' else find(name, package)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hidden), str(Path(__file__).parents[2])]))
    async with dashboard(anna, "speech") as (app, pilot):
        pane = await ready(app)
        await pick(app, pilot, "f3", "int8")
        assert shown(pane, "voice") == "anna, newest checkpoint · onnx int8"
        await pilot.press("enter")
        await until(lambda: "onnx is not installed" in shown(pane))
        assert shown(pane).startswith("✘ ") and "\n" not in shown(pane)
        await pick(app, pilot, "f3", "fp32 trained")
        await pilot.press("enter")
        await until(lambda: "torch fp32" in shown(pane))
        await until(lambda: "its path is copied: no player is here" in shown(pane))


async def test_a_voice_is_exported_in_the_background_and_replaced_when_asked(
    anna: Workspace, install_player: Callable[..., None]
) -> None:
    pytest.importorskip("onnxruntime")
    install_player("")
    async with dashboard(anna, "speech") as (app, pilot):
        pane = await ready(app)
        await pilot.press("ctrl+s")
        await until(lambda: "exporting anna, newest checkpoint, " in shown(pane, "export"))
        assert pane.offers("speak")
        await pilot.press("ctrl+s")
        await until(lambda: notes(app))
        assert notes(app) == ["anna, newest checkpoint is still being exported; one voice at a time"]
        await until(lambda: "is exported to exported/" in shown(pane, "export"))
        [folder] = (anna.root / "exported").iterdir()
        assert list(folder.glob("*.onnx"))
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(app.screen, ConfirmScreen))
        assert "holds an export already" in shown(pane, "export")
        await pilot.press("y")
        await until(lambda: "is exported to exported/" in shown(pane, "export"))


async def test_two_checkpoints_are_compared_blind(
    anna: Workspace,
    tmp_path: Path,
    install_player: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = tmp_path / "played"
    install_player(f'echo "$@" >> {played}')
    monkeypatch.setattr(random, "shuffle", list.reverse)
    async with dashboard(anna, "speech") as (app, pilot):
        await ready(app)
        await pick(app, pilot, "ctrl+y", "G_1")
        await until(lambda: isinstance(app.screen, CompareScreen) and app.screen.is_mounted)
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        await pilot.pause()

        def rows() -> list[str]:
            return str(screen.query_one(".candidates", Static).content).split("\n")

        def status() -> str:
            return str(screen.query_one(".status", Static).content)

        first, second = (each.path for each in screen._pair)
        assert first.read_bytes() != second.read_bytes()
        for step, path in (("2", first), ("1", second)):
            words = ["-m", "anna", "--checkpoint", step, "--seed", "1234", "-o", f"{step}.wav"]
            assert vitsdeck(anna.root, "speak", TEXT, *words).returncode == 0
            assert (anna.root / f"{step}.wav").read_bytes() == path.read_bytes()
        assert rows() == ["1  anna, newest checkpoint", "2  anna, G_1.pth"]
        await pilot.press("f")
        assert status() == "b begins a blind comparison"
        await pilot.press("b")
        assert rows() == ["1  ?", "2  ?"]
        await pilot.press("f")
        assert status() == "listen to both first"
        for number, path in (("1", second), ("2", first)):
            await pilot.press(number)
            await until(partial(_is_in, f"{path}\n", played))
        await pilot.press("f")
        assert status() == "better: anna, G_1.pth"
        assert rows() == ["1  anna, G_1.pth  better 1 x", "2  anna, newest checkpoint  better 0 x"]


def _is_in(line: str, file: Path) -> bool:
    return file.exists() and line in file.read_text()


async def test_without_a_player_the_paths_of_both_are_shown(
    anna: Workspace, install_player: Callable[..., None]
) -> None:
    install_player("")
    async with dashboard(anna, "speech") as (app, pilot):
        await ready(app)
        await pick(app, pilot, "ctrl+y", "G_1")
        await until(lambda: isinstance(app.screen, CompareScreen) and bool(app.screen.query(".status")))
        await pilot.pause()
        status = app.screen.query_one(".status", Static)
        paths = sorted(map(str, anna.spoken_dir.glob("*.wav")))
        assert len(paths) == 2 and all(path in str(status.content) for path in paths)
        await pilot.press("b")
        assert "a blind comparison needs a player: no player is here" in str(status.content)
        await pilot.press("2")
        await until(lambda: app.clipboard in paths)
        assert f"{app.clipboard}\nits path is copied" in str(status.content)
