"""Playing sound here, also while it is made; where that cannot be, saying where it lies and copying its path."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from textual.widget import Widget

from engine.audio.header import endless_header
from engine.i18n import _
from tui.app import safe_text
from tui.app.workers import run_worker

Command = tuple[str, ...]
# Each with what it needs to play a file and end, and with what reads a wav from a pipe instead, where it can. Those
# that know only wav come last. A pipe goes to the last one found: SoX gives out sound 0.1 s after it gets the first,
# ffplay 0.8 s and mpv 1.4 s (of sound made at twice its speed; 2.3 s without the options against looking ahead).
PLAYERS: tuple[tuple[Command, Command], ...] = (
    (("mpv", "--no-video", "--really-quiet"), ("--profile=low-latency", "-")),
    (("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"), ("-probesize", "32", "-i", "-")),
    (("play", "-q"), ("-t", "wav", "-")),
    (("afplay",), ()),
    (("pw-play",), ()),
    (("paplay",), ()),
    (("aplay", "-q"), ("-",)),
)


def why_not_here() -> str:
    """Why no sound can be heard here; "" where it can."""
    if os.environ.get("SSH_CONNECTION"):
        return _("over SSH the sound would be played far from you")
    return "" if _found(PLAYERS) else _("no player is here")


def _found(players: Sequence[tuple[Command, Command]]) -> tuple[Command, Command] | None:
    return next((each for each in players if shutil.which(each[0][0])), None)


class Feed:
    """Sound on its way to a player. It is written to from any thread and ends with `close`."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._has_header = False

    def write(self, report: dict[str, Any]) -> None:
        """A report of the speaking helper: `sound`, 16-bit samples of one channel in base64, and their `rate`."""
        piece = base64.b64decode(report["sound"])
        if not self._has_header:
            self._has_header, piece = True, endless_header(report["rate"]) + piece
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)

    def close(self) -> None:
        """Nothing more comes."""
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:  # one may be empty
            yield piece


class Playing:
    """Plays one recording at a time for a pane or a dialog.

    Args:
        owner: playing ends with it.
        show: shows a sentence there.
    """

    def __init__(self, owner: Widget, show: Callable[[str], None]) -> None:
        self._owner, self._show = owner, show
        self._path: Path | None = None  # what is being played

    @property
    def is_playing(self) -> bool:
        """Whether something is being played."""
        return self._path is not None

    def toggle(self, path: Path) -> None:
        """Play it instead of what is being played; stop when that is the same."""
        if path == self._path:
            self.stop()
        else:
            self.play(path)

    def play(self, path: Path) -> None:
        """Play a file from its beginning."""
        self._start(path, None)

    def feed(self, path: Path) -> Feed | None:
        """Play what is given to the feed, which `path` will hold in the end; None where no player here takes it."""
        found = None if why_not_here() else _found([each for each in reversed(PLAYERS) if each[1]])
        if found is None:
            return None
        feed = Feed(found[0] + found[1])
        self._start(path, feed)
        return feed

    def stop(self) -> None:
        """Play nothing more."""
        self._path = None
        self._owner.workers.cancel_group(self._owner, "play")

    def _start(self, path: Path, feed: Feed | None) -> None:
        self._path = path
        run_worker(self._owner, self._play, path, feed, group="play")

    async def _play(self, path: Path, feed: Feed | None) -> None:
        try:
            is_played = feed is not None and not await _run(feed.command, feed)
            why = "" if is_played else await _why_not_played(path)
        finally:
            if self._path == path:
                self._path = None
        if why:
            self._owner.app.copy_to_clipboard(str(path))
            self._show(_("its path is copied: {why}").format(why=why))


async def _why_not_played(path: Path) -> str:
    """Play to the end; the reason when that cannot be."""
    found = _found(PLAYERS)
    why = why_not_here()
    return why if why or found is None else await _run((*found[0], str(path)))


async def _run(command: Command, feed: Feed | None = None) -> str:
    """Run a player to its end; why it failed, "" when it did not."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL if feed is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl+C and the terminal are the dashboard's alone
    )
    assert child.stderr is not None  # noqa: S101 - for the type checker
    try:
        errors, _unused = await asyncio.gather(child.stderr.read(), _give(child.stdin, feed))
        await child.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        raise
    if child.returncode == 0:
        return ""
    last = (errors.decode(errors="replace").strip().splitlines() or [_("it failed")])[-1]
    return _("{command} cannot play it here: {last}").format(command=command[0], last=safe_text.clean(last))


async def _give(stdin: asyncio.StreamWriter | None, feed: Feed | None) -> None:
    """All of the feed, also when the player has ended before: the file is whole behind its end."""
    if stdin is None or feed is None:
        return
    async for piece in feed:
        if not stdin.is_closing():
            stdin.write(piece)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                await stdin.drain()
    stdin.close()
