"""The NVIDIA driver from below torch: the cards on the bus, the kernel's module, NVML, and nvidia-smi."""

from __future__ import annotations

import contextlib
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.probe import commands
from engine.probe.libraries import cuda_of_torch
from engine.runs import gpus

SMI_SECONDS = 10.0  # with many cards and persistence mode off it takes five
_NVIDIA = "0x10de"  # vendor number on the PCI bus
_DISPLAY_CLASS = "0x03"  # PCI class of display controllers, 3D controllers among them


def look_at_driver(root: Path) -> dict[str, Any]:  # noqa: ARG001 - every probe is given the folder
    return {
        "cards": cards(),
        "module": _module(Path("/proc/driver/nvidia/version")),
        "smi": _smi(),
        "nvml": _nvml(),
        "torch_cuda": cuda_of_torch(),
    }


def look_at_gpus(root: Path) -> dict[str, Any]:  # noqa: ARG001
    found = []
    for gpu in gpus.poll():
        one = asdict(gpu)
        for process in one["processes"]:
            process["name"] = _name(process["pid"])
        found.append(one)
    return {"gpus": found}


def cards(bus: Path = Path("/sys/bus/pci/devices")) -> int:
    """NVIDIA's display controllers on the PCI bus, whether a driver knows them or not."""
    count = 0
    with contextlib.suppress(OSError):
        for device in bus.iterdir():
            with contextlib.suppress(OSError):
                vendor = (device / "vendor").read_text(encoding="ascii").strip()
                kind = (device / "class").read_text(encoding="ascii").strip()
                count += vendor == _NVIDIA and kind.startswith(_DISPLAY_CLASS)
    return count


def _module(path: Path) -> str | None:
    """The version of the module that the kernel has loaded."""
    try:
        found = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return found[1] if found else None


def _smi() -> dict[str, Any] | None:
    path = commands.find("nvidia-smi")
    if path is None:
        return None
    said = commands.run([path, "--query-gpu=driver_version", "--format=csv,noheader"], SMI_SECONDS)
    return {
        "path": path,
        "code": said.code,
        "said": (said.out + said.err).strip()[:500],
        "seconds": said.seconds,
        "is_hung": said.is_hung,
    }


def _nvml() -> dict[str, Any]:
    """Asked last: it shares its kernel calls with nvidia-smi, so where that hangs this would as well."""
    try:
        import pynvml

        pynvml.nvmlInit()
        try:
            cuda = pynvml.nvmlSystemGetCudaDriverVersion_v2()
            return {
                "driver": str(pynvml.nvmlSystemGetDriverVersion()),
                "cuda": f"{cuda // 1000}.{cuda % 1000 // 10}",
                "count": int(pynvml.nvmlDeviceGetCount()),
            }
        finally:
            pynvml.nvmlShutdown()
    except Exception as error:  # noqa: BLE001 - no library, no driver, a broken one: that is the question
        return {"error": str(error).splitlines()[0] if str(error) else type(error).__name__}


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
