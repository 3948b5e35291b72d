"""Nothing outlives its trainer: ranks and loader workers end with the process that started them, however it ended.

The supervisor kills a run's process group, but it may itself be gone. On Linux the kernel does it; a rank
also holds a pipe from rank 0, which on every system ends with rank 0's process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(_worker: int = 0) -> None:
    """Ask the kernel to kill this process when the thread that started it ends; Linux only.

    Also a `worker_init_fn` of a DataLoader, whose processes otherwise look for their parent every 5 s.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def end_with_pipe(handle: int = 0) -> None:
    """End this process at once when the other end of a pipe, standard input by default, is closed."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(handle, 4096):
                pass
        os._exit(1)

    threading.Thread(target=watch, name="rank 0", daemon=True).start()
