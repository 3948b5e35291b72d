"""The results: gpu.json of all parts, and gpu.md to be read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.gpu_box.parts import PARTS

_MET = {True: "met", False: "**not met**", None: ""}


def collect(out: Path, work: Path) -> None:
    """Write gpu.json from the parts' results."""
    found: dict[str, Any] = {"v": 1, "written": time.strftime("%Y-%m-%d %H:%M:%S"), "parts": {}}
    for name in PARTS:
        path = work / f"{name}.json"
        if path.exists():
            found["parts"][name] = json.loads(path.read_text())
    (out / "gpu.json").write_text(json.dumps(found, indent=1))


def write(out: Path) -> None:
    """Write gpu.md from gpu.json."""
    found = json.loads((out / "gpu.json").read_text())
    (out / "gpu.md").write_text("\n".join(_lines(found)) + "\n", encoding="utf-8")


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield from ("# Training on a GPU", "", f"Written by `bench/gpu.py` on {found['written']}.")
    for name, part in found["parts"].items():
        yield from ("", f"## {PARTS[name].title}", "")
        if part["status"] != "done":
            yield from (f"**{part['status']}**", "")
        if part["rows"]:
            yield from ("| what | figure | target | |", "|---|---|---|---|")
            for row in part["rows"]:
                cells = (row["what"], row["figure"], row["target"], _MET[row["met"]])
                yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
        yield from ("", f"`bench/gpu.py {name}{part['options']}`, {part['seconds']:.0f} s.")
