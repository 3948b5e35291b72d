"""Compilers, limits and shared memory: what a long training needs of the system."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from engine.doctor import programs
from engine.doctor.check import Result, check, size
from engine.doctor.fixes import Facts, install, machine

_VERSION_SECONDS = 10.0
_FEW_FILES = 1024  # a trainer with four loader workers has some 300 open
_LITTLE_SHARED = 1 << 30  # bytes; four loader workers hold two batches each ready
_REMOUNT = "sudo mount -o remount,size=8G /dev/shm"


@check("compiler", "Needed once, to compile the alignment search.", failure="warning")
def check_compiler(_root: Path) -> Result:
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    alignment = Path(__file__).resolve().parents[2] / "model" / "alignment"
    compiled = [*alignment.glob("search_cython*.so"), *alignment.glob("search_cython*.pyd")]
    facts = {
        **machine(),
        **_ask_version(os.environ.get("CC", "").split(" ")[0] or "cc", "gcc", "clang", "cl"),
        "has_headers": headers.is_file(),
        "alignment_is_compiled": bool(compiled),
    }
    return judge_compiler(facts)


def _ask_version(*names: str) -> Facts:
    """Path of the first of these programs, and what it says of its version."""
    path = programs.find(*names)
    if path is None:
        return {"path": None}
    output = programs.run([path, "--version"], _VERSION_SECONDS)
    return {"path": path, "said": output.first_line, "code": output.code}


def judge_compiler(facts: Facts) -> Result:
    """A compiler that runs, with Python's headers, as long as something is left to compile."""
    path, done = facts["path"], facts["alignment_is_compiled"]
    if path is None and done:
        seen = "none, and none is needed: the alignment search is compiled"
        return Result("compiler", "not applicable", seen)
    if path is None:
        fix = install(facts, apt="build-essential", dnf="gcc", pacman="base-devel", zypper="gcc", brew="gcc")
        seen = "none; the alignment search uses numba instead"
        return Result("compiler", "warning", seen, f"optional: {fix}")
    if facts["code"] != 0:
        return Result("compiler", "warning", f"{path} does not run: {facts['said']}", f"{path} -v")
    seen = f"{facts['said']} at {path}"
    if not facts["has_headers"] and not done:
        fix = install(facts, apt="python3-dev", dnf="python3-devel", pacman="python", zypper="python3-devel")
        return Result("compiler", "warning", f"{seen}, but Python's headers (Python.h) are missing", fix)
    return Result("compiler", "ok", seen)


@check("cmake", "Needed only where a package has no wheel for this system.", failure="warning")
def check_cmake(_root: Path) -> Result:
    return judge_cmake({**machine(), **_ask_version("cmake")})


def judge_cmake(facts: Facts) -> Result:
    """Optional, but one that is there must run."""
    fix = install(facts, apt="cmake")
    if facts["path"] is None:
        seen = "none; needed only where a package has no wheel for this system"
        return Result("cmake", "not applicable", seen, f"optional: {fix}")
    if facts["code"] != 0:
        return Result("cmake", "warning", f"{facts['path']} does not run", fix)
    return Result("cmake", "ok", facts["said"].removeprefix("cmake version "))


@check("files", "How many files a process may have open.", failure="warning")
def check_files(_root: Path) -> Result:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return judge_files(None, None)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    return judge_files(*(None if one == resource.RLIM_INFINITY else one for one in limits))


def judge_files(soft: int | None, hard: int | None) -> Result:
    """Limits in force and at most, in files; None for no limit."""
    if soft is None or soft >= _FEW_FILES:
        seen = "no limit on open files" if soft is None else f"{soft:,} open files a process"
        return Result("files", "ok", seen)
    seen = f"{soft:,} open files a process; loader workers of several devices need {_FEW_FILES:,}"
    if hard is None or hard >= _FEW_FILES:
        return Result("files", "warning", seen, f"ulimit -n {min(hard or 65536, 65536)}")
    fix = 'echo "$USER - nofile 65536" | sudo tee -a /etc/security/limits.conf   (then log in again)'
    return Result("files", "warning", f"{seen}, and {hard:,} is all that is allowed", fix)


@check("memory", "Shared memory, through which a GPU's loader workers pass batches.", failure="warning")
def check_memory(_root: Path) -> Result:
    if not sys.platform.startswith("linux"):
        return Result("memory", "not applicable", "this system has no folder of shared memory")
    folder = Path("/dev/shm")  # noqa: S108 - the folder itself is the question
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    try:
        usage = shutil.disk_usage(folder)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
            file.flush()
    except OSError as error:
        return judge_memory({"fault": error.strerror or str(error), "in_container": in_container})
    return judge_memory({"total": usage.total, "free": usage.free, "fault": "", "in_container": in_container})


def judge_memory(facts: Facts) -> Result:
    """Loader workers pass batches through shared memory; containers have 64 MB of it."""
    fix = "start the container with --shm-size=8g" if facts["in_container"] else _REMOUNT
    if facts["fault"]:
        return Result("memory", "fail", f"shared memory (/dev/shm): {facts['fault']}", fix)
    seen = f"{size(facts['free'])} of {size(facts['total'])} shared memory free"
    if facts["free"] < _LITTLE_SHARED:
        return Result("memory", "warning", f"{seen}; loader workers of a GPU pass batches through it", fix)
    return Result("memory", "ok", seen)
