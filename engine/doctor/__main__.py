"""`python -m engine.doctor NAME ROOT`: run one check and print its answer as the last line of stdout, in JSON."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from pathlib import Path

from engine.doctor import checks

_LONGEST_SECONDS = 600.0  # longer than any check's limit: ends a check whose asker is gone


def main(name: str, root: str) -> None:
    """Run the check `name` on the folder `root`."""
    faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)  # works while an import holds the lock
    answer = checks.find(name).run(Path(root))
    print("\n" + json.dumps(answer.to_json()), flush=True)  # noqa: T201
    os._exit(0)  # a library that hangs or crashes in its exit handlers must not spoil an answer


if __name__ == "__main__":
    main(*sys.argv[1:])
