"""The transcription pane on a terminal: the gauge before and after twelve minutes of audio, in two windows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nightly.terminals.terminal import OpenApp, Terminal
from tests.transcribe.support import SpeechServer, record
from tui.panes import number_key

PANE = number_key("transcription")
GAUGE = re.compile(r"\[([^\]]*)\]\s+([\d.]+) of 60 free min left")


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()


def point_at(root: Path, server: SpeechServer) -> None:
    """The workspace's setting for a server on this machine."""
    toml = root / "vitsdeck.toml"
    endpoint = f'endpoint = "{server.endpoint}"'
    toml.write_text(re.sub(r"^endpoint = .*$", endpoint, toml.read_text(), flags=re.MULTILINE))


def private(folder: Path) -> dict[str, str]:
    """A ledger of the test's own, and no credentials of this machine."""
    return {
        "XDG_DATA_HOME": str(folder / "data"),
        "NO_GCE_CHECK": "true",
        "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        "GOOGLE_APPLICATION_CREDENTIALS": "",
    }


def gauge(app: Terminal) -> tuple[str, float]:
    """The bar as it is drawn, and the free minutes that it says are left."""
    found = GAUGE.search(app.text)
    assert found is not None, app.text
    return found[1], float(found[2])


def test_the_gauge_before_and_after_twelve_minutes(
    open_app: OpenApp, root: Path, tmp_path: Path, server: SpeechServer
) -> None:
    server.behave(work_s=1.0)
    point_at(root, server)
    for clip in (root / "wavs" / "anna").iterdir():
        clip.unlink()
    record(root / "wavs" / "talk.wav", 720.0, 1)
    env = private(tmp_path)
    app, other = open_app(80, 24, env), open_app(120, 40, env | {"NO_COLOR": "1"})
    for window in (app, other):
        window.wait_for("1 Overview", "Workspace")
        window.press(PANE).wait_for("60.0 of 60 free min left", seconds=30)
    before, _ = gauge(app)
    assert set(before) == {"·"}

    app.press("e").wait_for("Transcribe recordings", "wavs")
    app.press("enter")
    planned = app.wait_for("1 file, 13 chunks", "costs $0.00", "· to send", "12:00", seconds=60)
    assert "░" in gauge(app)[0], "what these files would add has a texture of its own"
    assert gauge(app)[1] == 60.0
    assert "google v1 $0.024" in planned and "google v2 $0.016" in planned
    app.press("T")
    app.wait_for("Send 13 chunks of 1 recording to google v1 for $0.00", "the month is then $0.00")
    app.press("n").wait_gone("send nothing")
    assert server.facts()["calls"] == []
    app.press("T").wait_for("Send 13 chunks")
    app.press("y").wait_gone("send nothing")
    app.wait_until(lambda _: "▒" in gauge(app)[0] and "█" in gauge(app)[0], 60, "queued beside used")
    app.wait_for("✔ finished", "✔ done", "words of", "nothing to send", seconds=60)

    minutes = sum(server.billed().values()) / 60_000
    assert 12.0 <= minutes < 12.3
    for window in (app, other):
        window.wait_for(
            f"{60 - minutes:.1f} of 60 free min left", f"█ used {minutes:.1f}", "queued 0.0", seconds=20
        )
        bar, _ = gauge(window)
        assert bar.count("█") == round(minutes / 60 * len(bar))
        assert set(bar) == {"█", "·"}
    other.press("h").wait_for("Minutes by month")
    assert len(server.facts()["calls"]) == 13
    assert other.colours() == {("default", "default")}
