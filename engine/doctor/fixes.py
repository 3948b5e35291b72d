"""Commands that fix a fault on this system, and the facts of the machine that they depend on."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
"""What a check measured, by name; verdicts are functions of facts alone."""

PIP = f"{Path(sys.executable).name} -m pip install"
REINSTALL = f'{PIP} --force-reinstall "torch>=2.8,<2.15" "torchaudio>=2.8,<2.12"'
KERNEL_LOG = "sudo dmesg | grep -i -e nvrm -e xid   (then: sudo reboot)"
HOSTS_FILE = 'echo "127.0.0.1 $(hostname)" | sudo tee -a /etc/hosts'

# The oldest driver for each major version of CUDA (CUDA Toolkit Release Notes, table of driver versions)
_OLDEST_DRIVER = {"13": "580", "12": "525", "11": "450"}


def machine() -> Facts:
    """The system and what torch was built for, without loading a library: what messages and fixes depend on."""
    return {
        "like": _distribution(),
        "torch": installed("torch"),
        "torchaudio": installed("torchaudio"),
        "torch_cuda": cuda_of_torch(),
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }


def install(facts: Facts, package: str) -> str:
    """How a package is installed here; `package` is its name in Debian and Ubuntu."""
    if any(kind in str(facts.get("like", "")).lower() for kind in ("debian", "ubuntu")):
        return f"sudo apt install {package}"
    return f"install {package} (its name in Debian) with this system's package manager"


def update_driver(facts: Facts) -> str:
    """The command for a newer driver, with the version that torch's CUDA needs."""
    least = _OLDEST_DRIVER.get((facts.get("torch_cuda") or "").partition(".")[0])
    is_ubuntu = "ubuntu" in str(facts.get("like", "")).lower()
    command = "sudo ubuntu-drivers install" if is_ubuntu else install(facts, "nvidia-driver")
    return f"{command}, then restart" + (f" (version {least} or newer)" if least else "")


def installed(package: str) -> str | None:
    """The version of a package, without loading it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cuda_of_torch() -> str | None:
    """The CUDA that the installed torch was built for, without loading it: "13.0", "" for none, None unknown."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^cuda\b[^=]*=\s*(?:'([\d.]+)'|None)", text, re.MULTILINE)
    return (found[1] or "") if found else None


def _distribution() -> str:
    release: dict[str, str] = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    return " ".join(release.get(key, "") for key in ("ID", "ID_LIKE"))
