"""What a terminal may send or do at any time: another size many times, a huge paste, bytes that are no text."""

from __future__ import annotations

import os

import pytest

from tests.nightly.terminals.terminal import OpenApp


def test_a_storm_of_resizes_ends_in_the_last_size(open_app: OpenApp) -> None:
    app = open_app(80, 24)
    app.wait_for("1 Overview", "? help")
    for turn in range(60):
        app.resize(20 + turn * 7 % 150, 5 + turn * 5 % 50)
    app.resize(100, 30)
    app.wait_until(lambda _text: "? help" in app.lines()[29], what="the key line in the last row")
    app.press("ctrl+q")
    assert app.wait_end() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[200~" + b"text of a paste \n" * 6_000 + b"\x1b[201~",
        b"\xff\xfe\x80\xc3\x28\xf0\x9f" * 20,
        b"\x1b[<0;500;500M\x1b[<64;1;1M\x1b[<35;0;0m" * 20,
        b"\x1b]11;rgb:zzzz\x07\x1b[?2026;9$y\x1bP1+r\x1b\\",
    ],
    ids=["a paste of 100 KB", "no UTF-8", "a mouse outside", "odd answers"],
)
def test_odd_input_leaves_a_dashboard_that_takes_keys(open_app: OpenApp, data: bytes) -> None:
    app = open_app(80, 24)
    app.wait_for("1 Overview", "? help")
    for at in range(0, len(data), 1024):
        os.write(app._fd, data[at : at + 1024])
        app.read(0.02)
    app.press("2").wait_for("torchaudio")
    app.press("ctrl+q")
    assert app.wait_end() == 0
