"""The machine and its system: Python, compilers, limits on open files, shared memory."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from engine.probe import commands

_VERSION_SECONDS = 10.0


def look_at_python(root: Path) -> dict[str, Any]:  # noqa: ARG001 - every probe is given the folder
    return {
        "version": platform.python_version(),
        "version_info": list(sys.version_info[:3]),
        "executable": sys.executable,
        "implementation": platform.python_implementation(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "machine": platform.machine(),
        "in_environment": sys.prefix != sys.base_prefix,
    }


def look_at_compiler(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """A C compiler, Python's headers, and whether there is still something to compile."""
    path = commands.find(os.environ.get("CC", "").split(" ")[0] or "cc", "gcc", "clang", "cl")
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    facts: dict[str, Any] = {"path": path, "headers": str(headers) if headers.is_file() else None}
    if path is not None:
        said = commands.run([path, "--version"], _VERSION_SECONDS)
        facts |= {"said": said.first_line, "code": said.code}
    folder = Path(__file__).resolve().parent.parent / "model" / "alignment"
    suffixes = ("*.so", "*.pyd")
    facts["alignment_is_compiled"] = any(any(folder.glob(f"search_cython{one}")) for one in suffixes)
    return facts


def look_at_cmake(root: Path) -> dict[str, Any]:  # noqa: ARG001
    path = commands.find("cmake")
    if path is None:
        return {"path": None}
    said = commands.run([path, "--version"], _VERSION_SECONDS)
    return {"path": path, "said": said.first_line, "code": said.code}


def look_at_file_limits(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """How many files a process may have open; None is without a limit."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return {"soft": None, "hard": None}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {
        "soft": None if soft == resource.RLIM_INFINITY else soft,
        "hard": None if hard == resource.RLIM_INFINITY else hard,
    }


def look_at_shared_memory(root: Path, folder: Path = Path("/dev/shm")) -> dict[str, Any]:  # noqa: ARG001, S108
    """Size of the memory that processes share, and whether something can be put there."""
    if not sys.platform.startswith("linux"):
        return {"folder": None}
    if not folder.is_dir():
        return {"folder": str(folder), "total": None, "free": None, "fault": "there is no such folder"}
    usage = shutil.disk_usage(folder)
    fault = ""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
            file.flush()
    except OSError as error:
        fault = error.strerror or str(error)
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    return {
        "folder": str(folder),
        "total": usage.total,
        "free": usage.free,
        "fault": fault,
        "in_container": in_container,
    }
