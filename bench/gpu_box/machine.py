"""Part `machine`: what is there, which versions, and how fast a product of matrices and a copy are at best."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path
from typing import Any

from bench.gpu_box.box import Box


def machine(box: Box) -> None:
    """Report the machine; figures without a target."""
    import numpy
    import torch

    from engine.model import alignment

    box.torch_device()  # the first part says that there is no GPU
    box.row("system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    box.row("processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores")
    box.row("Python, numpy, torch", f"{platform.python_version()}, {numpy.__version__}, {torch.__version__}")
    box.row("Triton", _version("triton"))
    found = alignment.search.__module__.rpartition("_")[2]
    packed = "" if found == "cython" else ", which is slow: ratios are of little worth"
    box.row("alignment search on the processor", f"{found}{packed}")
    flags = torch.backends
    box.row(
        "TF32 of convolutions and products; cuDNN's own search",
        f"{flags.cudnn.allow_tf32}, {flags.cuda.matmul.allow_tf32}; {flags.cudnn.benchmark}",
    )
    if box.on_gpu:
        _gpu(box)
    size = 512 if box.quick else 8192
    for kind in (torch.float32, torch.bfloat16):
        box.row(f"product of matrices, {str(kind)[6:]}", f"{_product(box, size, kind):,.3g} TFLOP/s")
    box.row("copy", f"{_copy(box, size):,.3g} GB/s")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _gpu(box: Box) -> None:
    import torch

    about = torch.cuda.get_device_properties(0)
    free, total = torch.cuda.mem_get_info()
    box.row(
        "GPU", f"{about.name}, {about.major}.{about.minor}, {about.multi_processor_count} multiprocessors"
    )
    box.row("its memory", f"{total / 2**30:.1f} GiB, {free / 2**30:.1f} free")
    versions = f"{torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    box.row("CUDA", f"{versions}, NCCL {'.'.join(map(str, torch.cuda.nccl.version()))}")
    box.row("driver", Nvml().driver())


def _product(box: Box, size: int, kind: Any) -> float:
    import torch

    a = torch.randn(size, size, device=box.torch_device(), dtype=kind)
    b = torch.randn_like(a)
    return 2 * size**3 / seconds_of(box, lambda: a @ b) / 1e12


def _copy(box: Box, size: int) -> float:
    """Bytes read and written a second, of tensors much larger than any cache."""
    import torch

    source = torch.zeros(8 * size * size, device=box.torch_device())
    target = torch.empty_like(source)
    return 2 * source.nbytes / seconds_of(box, lambda: target.copy_(source)) / 1e9


def seconds_of(box: Box, work: Any, times: int = 10) -> float:
    """Seconds that one call takes, of `times` after two that warm up; on a GPU by its own clock."""
    for _ in range(2):
        work()
    with Clock(box) as clock:
        for _ in range(times):
            work()
    return clock.seconds / times


class Clock:
    """Times a block on the device: between two events of the GPU's stream, or by the processor's clock."""

    def __init__(self, box: Box) -> None:
        self.on_gpu = box.on_gpu
        self.seconds = 0.0

    def __enter__(self) -> Clock:
        import time

        import torch

        if self.on_gpu:
            torch.cuda.synchronize()
            self._events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
            self._events[0].record()
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        import time

        import torch

        if self.on_gpu:
            self._events[1].record()
            torch.cuda.synchronize()
            self.seconds = self._events[0].elapsed_time(self._events[1]) / 1000
        else:
            self.seconds = time.perf_counter() - self._began


class Nvml:
    """What the driver says, through its own library. Every answer is a text or a number, or says that there is none."""

    def __init__(self) -> None:
        self._library: Any = None
        try:
            library = ctypes.CDLL("libnvidia-ml.so.1")
            if library.nvmlInit_v2() == 0:
                self._library = library
        except OSError:
            pass

    def driver(self) -> str:
        """The driver's version."""
        text = ctypes.create_string_buffer(80)
        if self._library is None or self._library.nvmlSystemGetDriverVersion(text, 80) != 0:
            return "NVML cannot be asked"
        return text.value.decode()

    def used_bytes(self, device_uuid: str) -> int | None:
        """Bytes in use on a GPU by all processes; None when NVML cannot be asked.

        Args:
            device_uuid: as torch names it, since NVML counts GPUs that CUDA_VISIBLE_DEVICES hides.
        """
        if self._library is None:
            return None
        handle, memory = ctypes.c_void_p(), (ctypes.c_ulonglong * 3)()  # nvmlMemory_t: total, free, used
        name = f"GPU-{device_uuid.removeprefix('GPU-')}".encode()
        if self._library.nvmlDeviceGetHandleByUUID(name, ctypes.byref(handle)) != 0:
            return None
        if self._library.nvmlDeviceGetMemoryInfo(handle, memory) != 0:
            return None
        return int(memory[2])
