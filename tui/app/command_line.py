"""Runs `vitsdeck ARGV`, as a person would type it, in the background."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from engine.i18n import _
from tui.app import safe_text, words
from tui.cli.output import EXIT_PARTLY

_ERROR = "error: "  # how the command line begins the sentence; notes may stand before it
_DETAILS = 6


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        output: what it printed on stdout.
        sentence: why it failed, with paths as seen from the workspace; "" when it went well.
        details: what else it said, findings of the same fault mostly.
    """

    output: str
    sentence: str = ""
    details: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """The sentence, and the details below it."""
        return "\n".join((self.sentence, *self.details))

    @property
    def document(self) -> dict[str, Any] | None:
        """Its answer where it was asked with `--json`; None where there is none, as after an error."""
        with contextlib.suppress(ValueError):
            found: dict[str, Any] = json.loads(self.output)
            if not found.get("error") or found["error"]["code"] == EXIT_PARTLY:
                return found
        return None


async def run(
    root: Path,
    *argv: str,
    stdin: str = "",
    on_line: Callable[[str], None] = lambda _unused: None,
    environment: Mapping[str, str] | None = None,
    outlives: bool = True,
    limit_s: float | None = None,
) -> Ended:
    """Run a command in the workspace, in a session of its own: it continues when the dashboard is left.

    Args:
        stdin: what it reads.
        on_line: called with each line that it says on stderr, as it comes.
        environment: variables in addition to ours; credentials go this way, which no list of processes shows.
        outlives: it continues, too, when the coroutine is cancelled; otherwise it is ended then.
        limit_s: after so long it counts as failed; it is not ended.
    """
    name = f"vitsdeck {argv[0]}"
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", *argv],
            cwd=root,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # the folder is gone, no more processes, a NUL in what was typed
        reason = error.strerror if isinstance(error, OSError) else str(error)
        text = _("{command} cannot be started in {folder}: {reason}")
        return Ended("", text.format(command=name, folder=root, reason=reason))
    try:
        streams = await asyncio.wait_for(_communicate(child, stdin, on_line), limit_s)
    except TimeoutError:
        text = _("{command} has not ended within {duration}")
        return Ended("", text.format(command=name, duration=words.duration(limit_s)))
    except asyncio.CancelledError:
        if not outlives:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.killpg(child.pid, signal.SIGKILL)
        raise
    output, errors = (each.decode(errors="replace") for each in streams)
    if child.returncode == 0:
        return Ended(output)
    return _failed(name, output, errors.replace(f"{root}/", ""), child.returncode)


async def _communicate(
    child: subprocess.Popen[bytes], stdin: str, on_line: Callable[[str], None]
) -> tuple[bytes, bytes]:
    """Its stdout and stderr. A daemon thread waits for it, so that the dashboard can be left meanwhile."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[tuple[bytes, bytes]] = loop.create_future()

    lines: list[bytes] = []
    errors, child.stderr = cast("IO[bytes]", child.stderr), None

    def call(function: Callable[..., object], argument: object) -> None:
        with contextlib.suppress(RuntimeError):  # the dashboard has gone
            loop.call_soon_threadsafe(function, argument)

    def settle(output: tuple[bytes, bytes]) -> None:
        if not ended.done():
            ended.set_result(output)

    def read_errors() -> None:
        with contextlib.closing(errors) as pipe:
            for line in pipe:
                lines.append(line)
                call(on_line, safe_text.clean(line.decode(errors="replace").strip()))

    def wait() -> None:
        reading = threading.Thread(target=read_errors, daemon=True)
        reading.start()
        output, _unused = child.communicate(stdin.encode(errors="surrogateescape") if stdin else None)
        reading.join()
        call(settle, (output, b"".join(lines)))

    threading.Thread(target=wait, name="command", daemon=True).start()
    return await ended


def _failed(name: str, output: str, errors: str, code: int) -> Ended:
    lines = [line for raw in errors.splitlines() if (line := safe_text.clean(raw).strip())]
    first = next((index for index, line in enumerate(lines) if line.startswith(_ERROR)), len(lines) - 1)
    if first < 0:
        text = _("{command} ended with code {code} and without a message")
        return Ended(output, text.format(command=name, code=code))
    sentence, *rest = (line.removeprefix(_ERROR) for line in lines[first:])
    more = [_("and {n} more").format(n=len(rest) - _DETAILS)] if len(rest) > _DETAILS else []
    return Ended(output, sentence, (*rest[:_DETAILS], *more))
