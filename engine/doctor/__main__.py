"""`python -m engine.doctor ROOT [NAME ...]`: each check as a line of JSON, as it is answered. Ends with its stdin."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from pathlib import Path

from engine.doctor import NAMES, Examination


def main(argv: list[str]) -> int:
    """Examine and print; a reader that has gone away ends it and the looks that are under way."""
    names = [name for name in argv[1:] if name in NAMES] or None
    examination = Examination(Path(argv[0]), names)
    threading.Thread(target=_close_with_stdin, args=(examination,), daemon=True).start()
    with examination, contextlib.suppress(BrokenPipeError):
        for check in examination:
            print(json.dumps(check.to_json()), flush=True)  # noqa: T201
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing that is left in the buffer fails loudly
    return 0


def _close_with_stdin(examination: Examination) -> None:
    """Whoever asked holds our stdin open."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    examination.close()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
