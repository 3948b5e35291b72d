"""What training and speaking need of this machine: for each a verdict, what was seen, and the command that mends it.

PyTorch, phonemizer and the alignment search are loaded in a process of their own, which prints one JSON: a library that
crashes while it loads is then a line of the report, and the dashboard stays light.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import InputError
from engine.run import gpus
from engine.workspace import Workspace

Verdict = Literal["ok", "warning", "fail"]
OLDEST_PYTHON = (3, 11)
PROBE_SECONDS = 120.0  # torch from a cold network disk
LITTLE_SPACE = 5 << 30  # bytes; a checkpoint of the large model is 670 MB, and four are kept
NO_SPACE = 1 << 30
REINSTALL = (
    f'{Path(sys.executable).name} -m pip install --force-reinstall "torch>=2.8,<2.15" "torchaudio>=2.8,<2.12"'
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `fix` is empty where nothing needs to be done."""

    name: str
    verdict: Verdict
    seen: str
    fix: str = ""


def examine(workspace: Workspace | None = None) -> list[Check]:
    """Every check, in the order in which a person would mend them."""
    probe = run_probe()
    checks = [_python(), _torch(probe), _torchaudio(probe), _gpu(probe), _alignment(probe), _espeak(probe)]
    return [*checks, _disk(workspace.root if workspace else Path.cwd())]


def run_probe() -> dict[str, Any]:
    """What a child process found out about the libraries: for each {"version", ...} or {"error"}."""
    command = [sys.executable, "-P", "-m", "engine.doctor"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
        found = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"loading the libraries took more than {PROBE_SECONDS:.0f} s"}
    except (OSError, ValueError, IndexError):
        words = done.stderr.strip().splitlines()[-1:] if "done" in locals() else []
        return {"error": " ".join(["the process that loads the libraries died", *words])}
    return found if isinstance(found, dict) else {}


def _part(probe: dict[str, Any], name: str) -> dict[str, Any]:
    part = probe.get(name)
    return part if isinstance(part, dict) else {"error": probe.get("error", "was not looked at")}


def _python() -> Check:
    seen = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", "ok", seen)
    return Check("python", "fail", seen, "install Python 3.11 or newer, then: make run")


def _torch(probe: dict[str, Any]) -> Check:
    torch = _part(probe, "torch")
    if "error" in torch:
        return Check("torch", "fail", torch["error"], REINSTALL)
    build = f"CUDA {torch['cuda']}" if torch["cuda"] else "CPU only"
    return Check("torch", "ok", f"{torch['version']} ({build}), {torch['threads']} threads")


def _torchaudio(probe: dict[str, Any]) -> Check:
    audio, torch = _part(probe, "torchaudio"), _part(probe, "torch")
    if "error" not in audio:
        return Check("torchaudio", "ok", str(audio["version"]))
    seen = str(audio["error"])
    if "error" not in torch:
        build = f"CUDA {torch['cuda']}" if torch["cuda"] else "no CUDA at all"
        seen += f" (torchaudio {audio.get('installed') or 'is not installed'}; torch {torch['version']} has {build}"
        seen += ", and the two must be of the same build)"
    return Check("torchaudio", "fail", seen, REINSTALL)


def _gpu(probe: dict[str, Any]) -> Check:
    torch = _part(probe, "torch")
    seen = gpus.poll()
    names = ", ".join(
        f"{gpu.name} ({_gigabytes(gpu.free_bytes)} free of {_gigabytes(gpu.total_bytes)})" for gpu in seen
    )
    if torch.get("cuda_available"):
        return Check("gpu", "ok", names or "torch sees one; the driver library does not tell its name")
    if not seen:
        return Check(
            "gpu", "warning", "none; training runs on the processor, which is slow for the large configs"
        )
    why = "torch was built without CUDA" if not torch.get("cuda") else "torch cannot use it with this driver"
    return Check("gpu", "fail", f"{names}, but {why}", "update the driver (see nvidia-smi), or: " + REINSTALL)


def _alignment(probe: dict[str, Any]) -> Check:
    alignment = _part(probe, "alignment")
    if "error" in alignment:
        return Check("alignment", "fail", str(alignment["error"]), REINSTALL)
    if alignment["implementation"] == "cython":
        return Check("alignment", "ok", "cython (compiled)")
    fix = "optional: install a C compiler, then: pip install --force-reinstall --no-deps vitsdeck (in a clone: -e .)"
    return Check("alignment", "ok", "numba (compiled when first used; as exact as cython)", fix)


def _espeak(probe: dict[str, Any]) -> Check:
    text = _part(probe, "text")
    if "error" in text:
        return Check("espeak", "fail", str(text["error"]), "pip install espeakng-loader phonemizer")
    versions = ", ".join(f"{name} {version}" for name, version in text["versions"].items())
    return Check("espeak", "ok", f"{versions}; {text['library']}")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    seen = f"{_gigabytes(free)} free in {folder}"
    if not os.access(folder, os.W_OK):
        return Check(
            "disk", "fail", f"{folder} cannot be written to", "make a workspace elsewhere: vitsdeck init DIR"
        )
    if free >= LITTLE_SPACE:
        return Check("disk", "ok", seen)
    verdict: Verdict = "warning" if free >= NO_SPACE else "fail"
    return Check("disk", verdict, seen, "free some: the four checkpoints of a large voice take 2.7 GB")


def _gigabytes(count: int | None) -> str:
    return "?" if count is None else f"{count / 2**30:.1f} GB"


def _probe() -> dict[str, Any]:
    """In the child process: load each library on its own and say what happened."""
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
    print(json.dumps(_probe()))  # noqa: T201
