"""Tests of the screen are coroutines, each in an event loop of its own; and a workspace with lists and clips."""

from __future__ import annotations

import asyncio
import inspect
import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import workspace
from engine.workspace import Workspace


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run `async def` tests with asyncio.run; no plugin is needed for that."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def tone(path: Path, seconds: float, rate: int = 22050, *, pause_s: float = 0.0, channels: int = 1) -> None:
    """A wavering tone as 16-bit wav, with a pause of `pause_s` in its middle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, quiet = int(seconds * rate), int(pause_s * rate)
    samples = [
        0
        if count <= 2 * i < count + 2 * quiet
        else int(9000 * math.sin(i * 440 * 6.283 / rate) * (0.6 + 0.4 * math.sin(i * 9 / rate)))
        for i in range(count)
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", each) * channels for each in samples))


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """A workspace as `vitsdeck init` makes it."""
    return workspace.init(tmp_path / "voices")


@pytest.fixture
def place(empty: Workspace) -> Workspace:
    """A workspace with lists of eight clips: one at another rate, one with digits, one with speakers' letters."""
    texts = [
        "first of all",
        "the second one",
        "born in 1853",
        "the fourth",
        "and a fifth",
        "six of them",
        "seven",
    ]
    lines = []
    for number, text in enumerate([*texts, "the last"]):
        tone(empty.audio_dir / f"c{number}.wav", 1.2 + number / 20, 16000 if number == 4 else 22050)
        lines.append(f"wavs/c{number}.wav|{text}\n")
    for name, part in (("train", lines[:5]), ("val", lines[5:7]), ("test", lines[7:])):
        (empty.filelists_dir / f"{name}.txt").write_text("".join(part))
    return empty


async def until(met: Callable[[], object], seconds: float = 90.0) -> None:
    """Wait for what the screen will come to; processes start slowly on a busy machine."""
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.02)
