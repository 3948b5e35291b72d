"""Compilers, limits and shared memory: what a long training needs of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from engine.doctor.check import Result, check
from engine.doctor.fixes import Facts, install, machine
from engine.runs.disk_space import size_text

_VERSION_SECONDS = 10.0
_FEW_FILES = 1024  # a trainer with four loader workers has some 300 open
_LITTLE_SHARED = 1 << 30  # bytes; four loader workers hold two batches each ready


@check("compiler", "Needed once, to compile the alignment search.", failure="warning")
def check_compiler(_root: Path) -> Result:
    alignment = Path(__file__).resolve().parents[2] / "model" / "alignment"
    is_compiled = any(path.suffix in (".so", ".pyd") for path in alignment.glob("search_cython*"))
    names = (os.environ.get("CC", "").split(" ")[0] or "cc", "gcc", "clang", "cl")
    path, said = next(filter(None, map(shutil.which, names)), None), ""
    if path is not None:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
        )
        said = (done.stdout.strip() or done.stderr.strip()).partition("\n")[0]
    return judge_compiler({**machine(), "path": path, "said": said, "alignment_is_compiled": is_compiled})


def judge_compiler(facts: Facts) -> Result:
    """A compiler, as long as something is left to compile."""
    if facts["path"] is not None:
        return Result("compiler", "ok", f"{facts['said']} at {facts['path']}")
    if facts["alignment_is_compiled"]:
        seen = "none; on a GPU the alignment search would be faster with one (gcc), on a CPU it is compiled"
        return Result("compiler", "not applicable", seen)
    fix = f"optional: {install(facts, 'build-essential python3-dev')}"
    return Result("compiler", "warning", "none; the alignment search uses numba instead", fix)


@check("files", "How many files a process may have open.", failure="warning")
def check_files(_root: Path) -> Result:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return judge_files(None)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return judge_files(None if limit == resource.RLIM_INFINITY else limit)


def judge_files(limit: int | None) -> Result:
    """The limit in force, in files; None for no limit."""
    if limit is None:
        return Result("files", "ok", "no limit on open files")
    seen = f"{limit:,} open files a process"
    if limit >= _FEW_FILES:
        return Result("files", "ok", seen)
    what = f"{seen}; loader workers of several devices need {_FEW_FILES:,}"
    return Result("files", "warning", what, f"ulimit -n {_FEW_FILES}")


@check("memory", "Shared memory, through which a GPU's loader workers pass batches.", failure="warning")
def check_memory(_root: Path) -> Result:
    if not sys.platform.startswith("linux"):
        return Result("memory", "not applicable", "this system has no folder of shared memory")
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    usage = shutil.disk_usage("/dev/shm")  # noqa: S108 - the folder itself is the question
    return judge_memory(usage.total, usage.free, in_container=in_container)


def judge_memory(total: int, free: int, *, in_container: bool) -> Result:
    """Loader workers pass batches through shared memory; containers have 64 MB of it. `total`, `free` in bytes."""
    fix = "sudo mount -o remount,size=8G /dev/shm"
    if in_container:
        fix = "start the container with --shm-size=8g"
    seen = f"{size_text(free)} of {size_text(total)} shared memory free"
    if free < _LITTLE_SHARED:
        return Result("memory", "warning", f"{seen}; loader workers of a GPU pass batches through it", fix)
    return Result("memory", "ok", seen)
