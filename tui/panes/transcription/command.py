"""`vitsdeck transcribe` run beside the screen: what a start would cost, and the start itself.

Credentials reach the command by its environment alone: neither its arguments nor any file of ours names them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui import safe_text

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_ERROR = "error: "
_DETAILS = 4


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended: its JSON document, or one sentence that says why there is none."""

    document: dict[str, Any] | None
    sentence: str = ""


async def run(
    words: Sequence[str],
    root: Path,
    credentials: Path | None,
    names: Sequence[Path] = (),
    *,
    outlives: bool = False,
) -> Ended:
    """Run `vitsdeck WORDS` in the workspace; `names` are given to it on stdin, a path a line.

    Cancelling ends the command, unless it `outlives` the dashboard: a start that was agreed to goes on.
    """
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "tui.cli", *words],
            cwd=root,
            env=_environment(credentials),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Ended(None, f"vitsdeck transcribe cannot be started in {root}: {reason}")
    told = "".join(f"{name}\n" for name in names).encode(errors="surrogateescape")
    try:
        out, errors = await _talk(child, told)
    except asyncio.CancelledError:
        if not outlives:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.killpg(child.pid, signal.SIGKILL)
        raise
    if child.returncode == 0:
        with contextlib.suppress(ValueError):
            document = json.loads(out)
            if isinstance(document, dict):
                return Ended(document)
    return Ended(None, _sentence(errors.decode(errors="replace"), root, child.returncode))


async def _talk(child: subprocess.Popen[bytes], told: bytes) -> tuple[bytes, bytes]:
    """What the command says on stdout and stderr. A daemon thread waits for it, so that leaving waits for nobody."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[tuple[bytes, bytes]] = loop.create_future()

    def settle(said: tuple[bytes, bytes]) -> None:
        if not ended.done():
            ended.set_result(said)

    def wait() -> None:
        said = child.communicate(told)
        with contextlib.suppress(RuntimeError):  # the dashboard has gone
            loop.call_soon_threadsafe(settle, said)

    threading.Thread(target=wait, name="transcribe", daemon=True).start()
    return await ended


def _environment(credentials: Path | None) -> dict[str, str]:
    more = {} if credentials is None else {VARIABLE: str(credentials)}
    return {**os.environ, **more}


def _sentence(errors: str, root: Path, code: int | None) -> str:
    """The error of the command line, with paths as seen from the workspace."""
    lines = [line for raw in errors.splitlines() if (line := safe_text.clean(raw).strip())]
    first = next((index for index, line in enumerate(lines) if line.startswith(_ERROR)), None)
    if first is None:
        return lines[-1] if lines else f"vitsdeck transcribe ended with code {code} and said nothing"
    said = [lines[first].removeprefix(_ERROR), *lines[first + 1 : first + 1 + _DETAILS]]
    return "; ".join(said).replace(f"{root}/", "")
