"""Commands to a worker and its answers, as small files that are renamed into place when they are whole.

The files of an inbox are not trusted: each must be a small regular file of our own user with a known command.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files import atomic
from engine.i18n import _

COMMANDS = ("stop", "stop_now", "pause", "resume", "checkpoint", "sample", "free_memory", "ping")
LARGEST_MESSAGE = 64 << 10  # bytes

_VERSION = 1
_MOST_MESSAGES = 100  # a poll: a flooded inbox must not delay a training step
_LOOK_SECONDS = 0.01
_KEPT_REPLIES = 100  # their readers may have ended


@dataclass(frozen=True, slots=True)
class Message:
    """One command that passed every check."""

    id: str
    command: str
    args: dict[str, Any] = field(default_factory=dict)


class _RefusedError(Exception):
    """Why a file in an inbox is refused."""


def send(folder: str | Path, command: str, **args: Any) -> str:
    """Put a command into a run's inbox; returns its id for `wait_reply`.

    Raises:
        ValueError: no such command, or arguments over 64 KB.
        InputError: there is no run in the folder, or its inbox cannot be written.
    """
    if command not in COMMANDS:
        raise ValueError(f"no such command: {command!r}")
    inbox = Path(folder) / "inbox"
    name = f"{time.time_ns():020d}-{os.urandom(4).hex()}"  # their order is that of sending
    text = json.dumps({"v": _VERSION, "id": name, "command": command, "args": args, "t": time.time()})
    if len(text) >= LARGEST_MESSAGE:
        raise ValueError(f"the arguments of {command!r} take more than {LARGEST_MESSAGE} bytes")
    try:
        atomic.write_text(inbox / f"{name}.json", text)
    except FileNotFoundError:
        raise InputError(
            _("is not a run"), path=folder, fix=_("see what there is with `vitsdeck runs`")
        ) from None
    except OSError as error:
        raise InputError(
            _("the run cannot be reached ({strerror})").format(strerror=error.strerror), path=inbox
        ) from None
    return name


def is_waiting(folder: str | Path, message_id: str) -> bool:
    """Whether the worker has not yet taken this message."""
    return (Path(folder) / "inbox" / f"{message_id}.json").exists()


def wait_reply(folder: str | Path, message_id: str, timeout_s: float) -> dict[str, Any] | None:
    """The worker's answer, or None when there is none within `timeout_s` seconds. The answer is taken away."""
    path = Path(folder) / "outbox" / f"{message_id}.json"
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(OSError, _RefusedError):
            reply = _read(path)
            path.unlink()
            return reply
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(_LOOK_SECONDS, left))


class Inbox:
    """The worker's side; an empty `poll` costs about 10 microseconds."""

    def __init__(self, folder: str | Path) -> None:
        self.inbox = Path(folder) / "inbox"
        self.outbox = Path(folder) / "outbox"
        for path in (self.inbox, self.outbox):
            path.mkdir(mode=0o700, exist_ok=True)
        self._refusals: deque[str] = deque(maxlen=100)

    def poll(self) -> list[Message]:
        """New commands in the order of sending, at most 100; files that are no commands are removed and noted."""
        try:
            names = sorted(name for name in os.listdir(self.inbox) if not name.startswith("."))  # noqa: PTH208
        except OSError:
            return []
        messages = []
        for name in names[:_MOST_MESSAGES]:
            path = self.inbox / name
            try:
                messages.append(_message(name, _read(path)))
                path.unlink()
            except FileNotFoundError:
                continue
            except (OSError, _RefusedError) as error:
                self._refuse(path, str(error))
        return messages

    def take_refusals(self) -> list[str]:
        """Sentences about the files refused since the last call, for alerts."""
        refusals = list(self._refusals)
        self._refusals.clear()
        return refusals

    def reply(self, message: Message, **fields: Any) -> None:
        """Answer a message; values that JSON does not know are written as text."""
        answer = {**fields, "v": _VERSION, "id": message.id, "command": message.command, "t": time.time()}
        text = json.dumps(answer, default=str)
        with contextlib.suppress(OSError):  # an answer that cannot be written must not end a training
            for name in sorted(os.listdir(self.outbox))[:-_KEPT_REPLIES]:  # noqa: PTH208 - names, not paths
                (self.outbox / name).unlink()
            atomic.write_text(self.outbox / f"{message.id}.json", text, durable=False)

    def _refuse(self, path: Path, why: str) -> None:
        self._refusals.append(f"refused {path.name[:80]!r} in the inbox: {why}")
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rename(path.with_name(f".refused-{os.urandom(8).hex()}"))
            else:
                path.unlink()


def _read(path: Path) -> dict[str, Any]:
    """A JSON object from a regular file of our user; never follows a link, never waits for a pipe.

    Raises:
        OSError, _RefusedError: it is something else.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _RefusedError("it is a symbolic link") from None
        raise
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise _RefusedError("it is not a regular file")
        if hasattr(os, "geteuid") and about.st_uid != os.geteuid():
            raise _RefusedError(f"it belongs to user {about.st_uid}")
        if about.st_size > LARGEST_MESSAGE:
            raise _RefusedError(f"it has {about.st_size} bytes where {LARGEST_MESSAGE} are allowed")
        data = os.read(handle, LARGEST_MESSAGE + 1)
    finally:
        os.close(handle)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _RefusedError("it is not JSON") from None
    if not isinstance(found, dict):
        raise _RefusedError("it is not a JSON object")
    return found


def _message(name: str, found: dict[str, Any]) -> Message:
    command, args, message_id = found.get("command"), found.get("args", {}), found.get("id")
    if not isinstance(message_id, str) or f"{message_id}.json" != name:
        raise _RefusedError("its id is not its name")
    if command not in COMMANDS:
        raise _RefusedError(f"there is no command {str(command)[:40]!r}")
    if not isinstance(args, dict):
        raise _RefusedError("its arguments are not an object")
    return Message(message_id, command, args)
