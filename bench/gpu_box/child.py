"""A process of bench/gpu.py: `child.py MODULE:FUNCTION ARGUMENT ...`, with the stand-ins in place of packages."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(argv: list[str]) -> int:
    from bench.gpu_box.box import install_stand_ins

    install_stand_ins()
    module, _, function = argv[0].partition(":")
    return int(getattr(importlib.import_module(module), function)(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
