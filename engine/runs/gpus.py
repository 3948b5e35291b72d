"""GPUs as the driver sees them (NVML), without torch: memory, load, temperature, power, and who uses them.

Units and calls: NVML API Reference Guide, device queries. A driver that hangs hangs this call: poll off the UI.
"""

from __future__ import annotations

import importlib.util
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_RETRY_SECONDS = 30.0  # a driver that was not there may be loaded later
_lock = threading.Lock()
_session: Any = None  # the pynvml module once it is initialised
_next_try = 0.0


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that has memory on a GPU; `used_bytes` is None where the driver does not report it (in containers)."""

    pid: int
    used_bytes: int | None


@dataclass(frozen=True, slots=True)
class GpuSnapshot:
    """One GPU at one moment; None is what the driver or the device does not report."""

    index: int
    name: str
    total_bytes: int | None
    used_bytes: int | None
    free_bytes: int | None
    utilization_percent: int | None
    temperature_c: int | None
    processes: tuple[GpuProcess, ...] = ()
    power_w: int | None = None


def poll() -> list[GpuSnapshot]:
    """Every GPU of this machine; [] without a driver or without a GPU. Never raises."""
    global _session  # noqa: PLW0603 - one NVML session a process, as the library wants it
    with _lock:
        nvml = _connect()
        if nvml is None:
            return []
        try:
            return [_snapshot(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
        except nvml.NVMLError:  # the driver was unloaded or updated under us
            _session = None
            return []


def are_usable() -> bool:
    """Whether a training will have a GPU here, without loading torch: one is there and not hidden, and the
    installed torch was built for CUDA."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1")
    return not hidden and bool(poll()) and _torch_has_cuda()


def _torch_has_cuda() -> bool:
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        return False
    try:
        version = Path(torch.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return True  # not where torch has always had it
    return re.search(r"^cuda\b[^=]*= *['\"]", version, re.MULTILINE) is not None


def _connect() -> Any:
    global _session, _next_try  # noqa: PLW0603 - as above
    if _session is not None:
        return _session
    if time.monotonic() < _next_try:
        return None
    _next_try = time.monotonic() + _RETRY_SECONDS
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver, or a broken one
        return None
    _session = pynvml
    return _session


def _snapshot(nvml: Any, index: int) -> GpuSnapshot:
    device = nvml.nvmlDeviceGetHandleByIndex(index)

    def ask(query: Callable[[], T]) -> T | None:
        try:
            return query()
        except (nvml.NVMLError, UnicodeDecodeError):
            return None

    name = ask(lambda: str(nvml.nvmlDeviceGetName(device))) or f"GPU {index}"
    memory = ask(lambda: nvml.nvmlDeviceGetMemoryInfo(device))
    total, used, free = (
        (None, None, None) if memory is None else map(int, (memory.total, memory.used, memory.free))
    )
    load = ask(lambda: int(nvml.nvmlDeviceGetUtilizationRates(device).gpu))
    temperature = ask(lambda: int(nvml.nvmlDeviceGetTemperature(device, nvml.NVML_TEMPERATURE_GPU)))
    power = ask(lambda: round(nvml.nvmlDeviceGetPowerUsage(device) / 1000))  # reported in milliwatts
    processes: dict[int, int | None] = {}
    for query in (nvml.nvmlDeviceGetComputeRunningProcesses, nvml.nvmlDeviceGetGraphicsRunningProcesses):
        for one in ask(lambda query=query: query(device)) or ():  # type: ignore[misc]
            processes[int(one.pid)] = None if one.usedGpuMemory is None else int(one.usedGpuMemory)
    users = tuple(GpuProcess(pid, bytes_) for pid, bytes_ in sorted(processes.items()))
    return GpuSnapshot(index, name, total, used, free, load, temperature, users, power)
