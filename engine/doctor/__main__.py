"""`python -m engine.doctor NAME ROOT`: run one check and print its answer as the last line of stdout, in JSON.

The process ends itself, with all that it started, once it has answered or when nobody waits for it any more.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import threading
from pathlib import Path

from engine.doctor import checks

_LONGEST_SECONDS = 600.0  # longer than any check's limit


def main(name: str, root: str) -> None:
    """Run the check `name` on the folder `root`."""
    faulthandler.dump_traceback_later(
        _LONGEST_SECONDS, exit=True
    )  # works while an import holds the interpreter
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    answer = checks.find(name).run(Path(root))
    print("\n" + json.dumps(answer.to_json()), flush=True)  # noqa: T201
    _end()


def _end_with_stdin() -> None:
    """The asker holds our stdin open; when the asker has ended, so do we."""
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 1024):
            pass
    _end()


def _end() -> None:
    """At once: a library that hangs or crashes in its exit handlers must not spoil an answer."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
