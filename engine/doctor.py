"""What training and speaking need of this machine: for each a verdict, what was seen, and the command that mends it.

What the libraries say comes from `engine.probe`, a process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
    """What a child process found out about the libraries: for each its facts or {"error"}; {"error"} when it died."""
    command = [sys.executable, "-P", "-m", "engine.probe"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"loading the libraries took more than {PROBE_SECONDS:.0f} s"}
    try:
        found = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        words = done.stderr.strip().splitlines()[-1:]
        return {"error": " ".join([f"the libraries ended their process (code {done.returncode})", *words])}
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
