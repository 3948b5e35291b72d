"""What the heavy libraries are like on this machine: `python -m engine.probe` prints one JSON.

PyTorch, phonemizer and the alignment search are loaded here and not in the process that asks: a library that crashes
while it loads is then a line of a report, and the dashboard stays light.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.errors import InputError


def examine() -> dict[str, Any]:
    """Load each library on its own and say what happened: for each its facts, or {"error": one line}."""
    found: dict[str, Any] = {}
    for name, look in (
        ("torch", _look_at_torch),
        ("torchaudio", _look_at_torchaudio),
        ("alignment", _look_at_alignment),
        ("text", _look_at_text),
    ):
        found[name] = _tried(look)
    if "error" in found["torchaudio"]:
        found["torchaudio"]["installed"] = _installed("torchaudio")
    return found


def _tried(look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return look()
    except InputError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a library does while it loads is what we want to know
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def _look_at_torch() -> dict[str, Any]:
    import torch

    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
        "threads": torch.get_num_threads(),
    }


def _look_at_torchaudio() -> dict[str, Any]:
    import torchaudio

    return {"version": torchaudio.__version__}


def _look_at_alignment() -> dict[str, Any]:
    from engine.model import alignment

    return {"implementation": alignment.implementation()}


def _look_at_text() -> dict[str, Any]:
    from engine.text import cleaners, espeak

    cleaners.clean_all(["ready"], ["english_cleaners2"])  # a library that loads may still lack its voices
    return {"versions": cleaners.versions(), "library": str(espeak.chosen_library() or "bundled library")}


def _installed(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(json.dumps(examine()))  # noqa: T201
