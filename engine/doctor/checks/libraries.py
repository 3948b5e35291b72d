"""Python, torch and torchaudio: their versions, and whether they belong together."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import replace
from pathlib import Path

from engine.doctor.check import Result, check, describe
from engine.doctor.fixes import REINSTALL, Facts, machine

_OLDEST_TORCH, _TORCH_WITHOUT_TORCHAUDIO = (2, 8), (2, 15)


@check("python", "The interpreter that trains.")
def check_python(_root: Path) -> Result:
    alone = "" if sys.prefix != sys.base_prefix else ", the system's own and no virtual environment"
    return Result("python", "ok", f"{platform.python_version()} at {sys.executable}{alone}")


@check("torch", "The library that computes.", fix=REINSTALL)
def check_torch(_root: Path) -> Result:
    import torch

    facts = {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
    }
    return judge_torch(facts)


def judge_torch(facts: Facts) -> Result:
    """One of the versions that torchaudio has a build for."""
    build = f"CUDA {facts['cuda']}" if facts["cuda"] else "CPU only"
    if facts["hip"]:
        build = f"ROCm {facts['hip']}"
    seen = f"{facts['version']} ({build}), {facts['threads']} of {facts['cores']} cores"
    version = tuple(int(part) for part in re.findall(r"\d+", facts["version"].partition("+")[0])[:2])
    if version >= _TORCH_WITHOUT_TORCHAUDIO:
        return Result("torch", "warning", f"{seen}; torchaudio has no build for 2.15 or newer", REINSTALL)
    if version < _OLDEST_TORCH:
        return Result("torch", "warning", f"{seen}; vitsdeck is tested with 2.8 to 2.14", REINSTALL)
    return Result("torch", "ok", seen)


@check(
    "torchaudio", "Mel filters. It must be of the same build as torch, or it does not load.", fix=REINSTALL
)
def check_torchaudio(_root: Path) -> Result:
    facts = machine()
    try:
        import torchaudio

        torchaudio.functional.melscale_fbanks(513, 0.0, 8000.0, 80, 22050, "slaney", "slaney")
    except Exception as error:  # noqa: BLE001 - this is the question
        return judge_torchaudio(facts, describe(error))
    return Result("torchaudio", "ok", f"{torchaudio.__version__}, beside torch {facts['torch']}")


def judge_torchaudio(facts: Facts, error: str) -> Result:
    """Why it does not load, with both versions."""
    here = f"torchaudio {facts['torchaudio'] or 'is not installed'}; torch {facts['torch'] or 'neither'}"
    if facts["torch_cuda"] is not None:
        here += f" with {'CUDA ' + facts['torch_cuda'] if facts['torch_cuda'] else 'no CUDA'}"
    failed = check_torchaudio.failed(error, facts=facts)
    return replace(failed, seen=f"{failed.seen} ({here})")
