"""The NVIDIA driver, CUDA and cuDNN as torch meets them, and the GPUs."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.doctor.check import Result, check, describe
from engine.doctor.fixes import KERNEL_LOG, REINSTALL, Facts, machine, update_driver
from engine.doctor.messages import explain
from engine.i18n import plural
from engine.runs import gpus
from engine.runs.disk_space import size_text
from engine.runs.gpus import GpuSnapshot

_NVIDIA = "0x10de"  # vendor number on the PCI bus
_DISPLAY_CLASS = "0x03"  # PCI class of display controllers, 3D controllers among them
_NO_GPU = "no GPU here: training runs on the processor"
_HOT_C = 90  # from here on GPUs slow down
_SIDE = 64  # of the matrices that a GPU multiplies: small numbers, so that the product is exact


@check(
    "driver",
    "The NVIDIA driver. It must support the CUDA that torch is built for.",
    seconds=30,
    fix=KERNEL_LOG,
)
def check_driver(_root: Path) -> Result:
    has_module = Path("/proc/driver/nvidia/version").exists()
    return judge_driver({**machine(), "cards": _cards(), "has_module": has_module, "nvml": _ask_nvml()})


def _cards(bus: Path = Path("/sys/bus/pci/devices")) -> int:
    """NVIDIA's display controllers on the PCI bus, whether a driver knows them or not."""
    count = 0
    for device in bus.glob("*"):
        with contextlib.suppress(OSError):
            vendor = (device / "vendor").read_text(encoding="ascii").strip()
            kind = (device / "class").read_text(encoding="ascii").strip()
            count += vendor == _NVIDIA and kind.startswith(_DISPLAY_CLASS)
    return count


def _ask_nvml() -> Facts:
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


def judge_driver(facts: Facts) -> Result:
    """A driver where there is a card, one that answers, and new enough for this torch."""
    nvml, built, cards = facts["nvml"], facts["torch_cuda"], facts["cards"]
    if "error" not in nvml:
        seen = f"{nvml['driver']}, for CUDA up to {nvml['cuda']}"
        if built and int(nvml["cuda"].partition(".")[0]) < int(built.partition(".")[0]):
            return Result("driver", "fail", f"{seen}; torch is built for {built}", update_driver(facts))
        count = plural("{n:,} GPU", "{n:,} GPUs", cards or nvml["count"])
        return Result("driver", "ok", f"{seen}, {count}")
    if not cards and not facts["has_module"]:
        return Result("driver", "not applicable", "no NVIDIA card and no driver on this machine")
    there = plural("{n:,} NVIDIA card", "{n:,} NVIDIA cards", cards) if cards else "no NVIDIA card is seen"
    unknown = f"the driver's library says: {nvml['error']}" if facts["has_module"] else "no driver is loaded"
    why, fix = explain(nvml["error"], facts) or (unknown, update_driver(facts))
    return Result("driver", "fail", f"{there}: {why}", fix, nvml["error"])


@check(
    "cuda", "torch multiplies and convolves small numbers on every GPU, with CUDA and cuDNN.", fix=REINSTALL
)
def check_cuda(_root: Path) -> Result:
    import torch

    facts: Facts = {**machine(), "cards": _cards(), "built": torch.version.cuda, "devices": []}
    if torch.version.cuda is None:
        return judge_cuda(facts)
    try:
        with warnings.catch_warnings(action="ignore"):  # the same text comes as an error
            torch.cuda.init()  # type: ignore[no-untyped-call]
        facts["devices"] = [_compute(index) for index in range(torch.cuda.device_count())]
    except Exception as error:  # noqa: BLE001 - this is the question
        facts["error"] = describe(error)
    return judge_cuda(facts)


def _compute(index: int) -> Facts:
    import torch

    facts: dict[str, Any] = {"name": f"GPU {index}"}
    try:
        facts["name"] = torch.cuda.get_device_name(index)
        facts["capability"] = list(torch.cuda.get_device_capability(index))
        ones = torch.ones(_SIDE, _SIDE, device=f"cuda:{index}")
        sums = torch.nn.functional.conv1d(ones[:1, None], ones[:1, None, :3])
        facts["is_right"] = bool(((ones @ ones).cpu() == _SIDE).all() and (sums.cpu() == 3).all())
    except Exception as error:  # noqa: BLE001
        facts["error"] = describe(error)
    return facts


def judge_cuda(facts: Facts) -> Result:
    """torch computes on every GPU, and rightly."""
    built = facts["built"]
    if built is None:
        seen = "torch was built without CUDA"
        usual = Result("cuda", "not applicable", f"{seen}; training runs on the processor")
        wrong = Result("cuda", "fail", f"{seen}, but there is an NVIDIA card", REINSTALL)
        return wrong if facts["cards"] else usual
    error = facts.get("error") or ("" if facts["devices"] else "No CUDA GPUs are available")
    if "Found no NVIDIA driver" in error and facts["visible"] is None and not facts["cards"]:
        return Result("cuda", "not applicable", f"{_NO_GPU} (torch is ready for CUDA {built})")
    if error:
        return check_cuda.failed(error, facts=facts)
    for device in facts["devices"]:
        if "error" in device:
            failed = check_cuda.failed(device["error"], facts=facts)
            return replace(failed, seen=f"{device['name']}: {failed.seen}")
        if not device["is_right"]:
            return Result("cuda", "fail", f"{device['name']} computes wrongly", KERNEL_LOG)
    names = [f"{one['name']} (sm_{''.join(map(str, one['capability']))})" for one in facts["devices"]]
    return Result("cuda", "ok", f"CUDA {built} computes on {', '.join(names)}")


@check("gpu", "Every GPU with its memory, load, temperature and processes.", seconds=30, fix=KERNEL_LOG)
def check_gpu(_root: Path) -> Result:
    return judge_gpus(gpus.poll())


def judge_gpus(found: list[GpuSnapshot]) -> Result:
    """Warns of a GPU that is hot or nearly full."""
    if not found:
        return Result("gpu", "not applicable", f"{_NO_GPU}, slow for the large configs")
    lines = [gpu_line(gpu) for gpu in found]
    result = Result("gpu", "ok", "; ".join(lines), "", "\n".join(lines))
    for gpu in found:
        if (gpu.temperature_c or 0) >= _HOT_C:
            seen = f"GPU {gpu.index} is at {gpu.temperature_c} °C, where it slows down"
            return replace(
                result, verdict="warning", seen=seen, fix="nvidia-smi -q -d TEMPERATURE,PERFORMANCE"
            )
        if gpu.free_bytes is not None and gpu.total_bytes and gpu.free_bytes < gpu.total_bytes // 10:
            seen = f"GPU {gpu.index} has {size_text(gpu.free_bytes)} free of {size_text(gpu.total_bytes)}"
            return replace(result, verdict="warning", seen=seen, fix="end what is not needed, see nvidia-smi")
    return result


def gpu_line(gpu: GpuSnapshot) -> str:
    """`0 NVIDIA H200: 2.0 GB of 150 GB, 41% busy, 52 °C, process 812`."""
    used, total = ("?" if one is None else size_text(one) for one in (gpu.used_bytes, gpu.total_bytes))
    parts = [f"{used} of {total}"]
    parts += [] if gpu.utilization_percent is None else [f"{gpu.utilization_percent}% busy"]
    parts += [] if gpu.temperature_c is None else [f"{gpu.temperature_c} °C"]
    parts += [f"process {one.pid}" for one in gpu.processes] or ["no process"]
    return f"{gpu.index} {gpu.name}: {', '.join(parts)}"
