"""Python, torch and torchaudio: their versions, and whether they belong together."""

from __future__ import annotations

import re

from engine.doctor.check import REINSTALL, Check, Facts, Verdict
from engine.doctor.mismatch import explain

OLDEST_PYTHON = (3, 11)
OLDEST_TORCH, TORCH_WITHOUT_TORCHAUDIO = (2, 8), (2, 15)


def judge_python(facts: Facts) -> Check:
    """3.11 or newer, 64 bits."""
    if "error" in facts:
        return trouble("python", facts, "make run")
    seen = f"{facts['version']} at {facts['executable']}"
    if tuple(facts["version_info"][:2]) < OLDEST_PYTHON:
        return Check(
            "python", "fail", f"{seen}; vitsdeck needs 3.11", "install Python 3.11 or newer, then: make run"
        )
    if facts["bits"] != 64:
        return Check("python", "fail", f"{seen} has 32 bits; torch needs 64", "install a 64-bit Python")
    if not facts["in_environment"]:
        seen += ", the system's own and no virtual environment"
    return Check("python", "ok", seen)


def judge_torch(facts: Facts) -> Check:
    """Loads, and is one of the versions that torchaudio was built for."""
    if "error" in facts:
        return trouble("torch", facts, REINSTALL)
    build = (
        f"CUDA {facts['cuda']}" if facts["cuda"] else f"ROCm {facts['hip']}" if facts["hip"] else "CPU only"
    )
    seen = f"{facts['version']} ({build}), {facts['threads']} of {facts['cores']} cores"
    version = release(facts["version"])
    if version >= TORCH_WITHOUT_TORCHAUDIO:
        return Check("torch", "warning", f"{seen}; torchaudio has no build for 2.15 or newer", REINSTALL)
    if version < OLDEST_TORCH:
        return Check("torch", "warning", f"{seen}; vitsdeck is tested with 2.8 to 2.14", REINSTALL)
    return Check("torch", "ok", seen)


def judge_torchaudio(facts: Facts) -> Check:
    """Loads beside this torch, and makes mel filters."""
    if "error" not in facts:
        return Check("torchaudio", "ok", f"{facts['version']}, beside torch {facts['torch']}")
    here = (
        f"torchaudio {facts.get('installed') or 'is not installed'}; torch {facts.get('torch') or 'neither'}"
    )
    if facts.get("torch_cuda") is not None:
        here += f" with {'CUDA ' + facts['torch_cuda'] if facts['torch_cuda'] else 'no CUDA'}"
    return trouble("torchaudio", facts, REINSTALL, seen_too=here)


def release(version: str) -> tuple[int, ...]:
    """`2.14.1+cu130` as (2, 14)."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:2])


def trouble(name: str, facts: Facts, fix: str, *, verdict: Verdict = "fail", seen_too: str = "") -> Check:
    """A look that failed: what its words mean where somebody has met them before, else the words themselves."""
    words = "\n".join(str(facts.get(key, "")) for key in ("error", "story"))
    known = explain(words, facts)
    seen, fix = known or (str(facts["error"]), fix)
    if seen_too:
        seen += f" ({seen_too})"
    return Check(name, verdict, seen, fix, str(facts.get("story") or facts["error"]))
