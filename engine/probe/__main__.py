"""One look, printed as the last line of stdout. Ends itself, and all it started, when nobody waits for it any more."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import platform
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.probe import PROBES

_LONGEST_SECONDS = 600.0  # whoever asked has given up long before
_LONGEST_STORY = 8000  # characters


def main(argv: list[str]) -> int:
    """Look at what `argv` names, in the folder that it names."""
    name, root = argv
    faulthandler.dump_traceback_later(
        _LONGEST_SECONDS, exit=True
    )  # works while an import holds the interpreter
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    facts = look(name, Path(root))
    print("\n" + json.dumps({"system": system(), **facts}), flush=True)  # noqa: T201
    _leave()
    return 0


def look(name: str, root: Path) -> dict[str, Any]:
    """Facts of one probe; {"error": a line, "story": all of it} when the look itself failed."""
    module, function = PROBES[name]
    try:
        found: dict[str, Any] = getattr(importlib.import_module(f"engine.probe.{module}"), function)(root)
    except InputError as error:
        return {"error": str(error), "story": "\n".join([str(error), *error.details])}
    except Exception as error:  # noqa: BLE001 - whatever a library does while it loads is what we want to know
        return {"error": one_line(error), "story": traceback.format_exc()[-_LONGEST_STORY:]}
    return found


def one_line(error: BaseException) -> str:
    """The kind of error and its first line."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def system() -> dict[str, str]:
    """Which system this is: decides how packages are installed."""
    release: dict[str, str] = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    like = " ".join(release.get(key, "") for key in ("ID", "ID_LIKE"))
    return {
        "system": platform.system(),
        "like": like,
        "name": release.get("PRETTY_NAME", platform.platform()),
    }


def _end_with_stdin() -> None:
    """The asker holds our stdin open; when it has ended, so do we."""
    with contextlib.suppress(OSError, ValueError):
        while os.read(0, 1024):
            pass
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _leave() -> None:
    """Without the libraries' own farewells: one that hangs or crashes there has answered already."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
