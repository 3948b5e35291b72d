"""How a process is started that shall outlive whoever starts it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

_CREATE_NO_WINDOW = 0x0800_0000
_CREATE_NEW_PROCESS_GROUP = 0x0000_0200
CREATE_BREAKAWAY_FROM_JOB = 0x0100_0000


def detached_options(platform: str = sys.platform) -> dict[str, Any]:
    """What `subprocess.Popen` needs so that the child outlives our terminal, our session and us."""
    if platform == "win32":
        flags = _CREATE_NO_WINDOW | _CREATE_NEW_PROCESS_GROUP | CREATE_BREAKAWAY_FROM_JOB
        return {"creationflags": flags, "close_fds": True}
    return {"start_new_session": True, "pass_fds": ()}


def detach() -> None:
    """A session of our own, and no parent that would have to collect us: the launcher's child ends here."""
    if sys.platform == "win32":
        return
    if os.fork():
        os._exit(0)
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
