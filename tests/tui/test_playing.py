"""Playing what was spoken: by a player where there is one, else the path is said and copied."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.tui.conftest import until
from tests.tui.run_support import dashboard, make_run
from tui.app.app import VitsdeckApp
from tui.app.next_step import SPEAK
from tui.panes import number_key
from tui.panes.speech.pane import SpeechPane
from tui.widgets.keybar import KeyBar


@pytest.fixture
def install_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts `aplay`, a shell script, as the only player on the PATH; "" for none."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(script: str, ssh: str = "") -> None:
        monkeypatch.setenv("SSH_CONNECTION", ssh)
        if not script:
            return
        (folder / "aplay").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "aplay").chmod(0o755)

    return install


async def spoken(app: VitsdeckApp, pilot) -> SpeechPane:
    """The speech pane with a sentence that has been spoken."""
    await pilot.press(number_key("speech"))
    await pilot.pause()
    pane = app.query_one(SpeechPane)
    path = app.workspace.spoken_dir / "anna.wav"
    facts = {"seconds": 1, "took_s": 1, "ratio": 1, "waveform": [0, 1], "spectrogram": [[0]], "rate": 22050}
    pane._show_sound({"path": str(path), **facts})
    app.show_keys()
    await pilot.pause()
    return pane


def status(pane: SpeechPane) -> str:
    return str(pane.query_one("#status").render())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_footer_names_the_key_that_plays_once_something_was_spoken(
    empty: Workspace, size: tuple[int, int]
) -> None:
    (make_run(empty).folder / "G_2.pth").write_bytes(b"")
    async with dashboard(empty, "speech", size) as (app, pilot):
        await until(lambda: app.step is SPEAK)
        assert ("^l", "listen") not in app.query_one(KeyBar).keys
        await spoken(app, pilot)
        line = app.query_one(KeyBar).shown_rows()[0]
        assert all(key in line for key in ("^g next: speak", "enter speak", "^l listen"))


async def test_the_key_plays_while_the_text_field_has_the_focus_and_stops_when_pressed_again(
    empty: Workspace, tmp_path: Path, install_player: Callable[..., None]
) -> None:
    pid = tmp_path / "pid"
    install_player(f'echo $$ "$@" > {pid}\nwhile :; do :; done')
    async with dashboard(empty) as (app, pilot):
        pane = await spoken(app, pilot)
        await pilot.press("ctrl+l")
        await until(lambda: pid.is_file() and pid.read_text().strip())
        number, *arguments = pid.read_text().split()
        assert arguments == ["-q", str(app.workspace.spoken_dir / "anna.wav")]
        assert os.getsid(int(number)) == int(number), "the terminal's Ctrl+C is not the player's"
        await pilot.press("ctrl+l")
        await until(lambda: not Path(f"/proc/{number}").exists() or _is_zombie(int(number)))
        assert "copied" not in status(pane)


def _is_zombie(pid: int) -> bool:
    return " Z " in Path(f"/proc/{pid}/stat").read_text()


@pytest.mark.parametrize(
    ("script", "ssh", "why"),
    [
        ("exit 0", "10.0.0.1 1 10.0.0.2 22", "over SSH"),
        ("", "", "no player is here"),
        ("echo no sound card >&2; exit 1", "", "aplay cannot play it here: no sound card"),
    ],
    ids=["over SSH", "no player", "the player fails"],
)
async def test_where_nothing_can_play_the_path_is_said_and_copied(
    empty: Workspace, install_player: Callable[..., None], script: str, ssh: str, why: str
) -> None:
    install_player(script, ssh)
    async with dashboard(empty) as (app, pilot):
        pane = await spoken(app, pilot)
        await pilot.press("ctrl+l")
        await until(lambda: "its path is copied" in status(pane))
        path = str(app.workspace.spoken_dir / "anna.wav")
        assert why in status(pane) and path in status(pane) and app.clipboard == path
