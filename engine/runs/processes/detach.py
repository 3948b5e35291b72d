"""How a process is started that outlives its parent, its terminal and its session."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

# creationflags of Windows
CREATE_NO_WINDOW = 0x0800_0000
CREATE_NEW_PROCESS_GROUP = 0x0000_0200
CREATE_BREAKAWAY_FROM_JOB = 0x0100_0000


def detached_options(platform: str = sys.platform) -> dict[str, Any]:
    """Options of `subprocess.Popen` for a child that outlives our terminal, our session and us."""
    if platform == "win32":
        flags = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | CREATE_BREAKAWAY_FROM_JOB
        return {"creationflags": flags, "close_fds": True}
    return {"start_new_session": True, "pass_fds": ()}


def detach() -> None:
    """Fork into a session of our own; the launcher's child ends here, so the launcher can wait for it."""
    if sys.platform == "win32":
        return
    if os.fork():
        os._exit(0)
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
