"""What the usual messages of torch, torchaudio, CUDA and the driver mean, and the command that fixes it.

One row for each message: a pattern, a sentence (with the pattern's groups as \\1, \\2) and a fix; functions where they
depend on the machine. The first row that matches answers. Tests hold the messages as the libraries write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.doctor.fixes import HOSTS_FILE, KERNEL_LOG, PIP, REINSTALL, Facts, install, update_driver

Meaning = tuple[str, str]  # sentence, fix


def explain(text: str, facts: Facts) -> Meaning | None:
    """The sentence and the fix behind an error's text; None for a text that no row matches.

    Args:
        facts: `fixes.machine()`.
    """
    for pattern, meaning, fix in _MESSAGES:
        if found := re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            if callable(meaning):
                return meaning(found, facts)
            return found.expand(meaning), fix(facts) if callable(fix) else fix
    return None


def _missing_library(found: re.Match[str], facts: Facts) -> Meaning:
    library = found[1]
    if library.startswith("libcudart") and facts.get("torch_cuda") == "":
        return f"torchaudio was built with CUDA (it wants {library}), but torch without it", REINSTALL
    if library.startswith("libcuda."):
        return f"the driver's {library} cannot be found", update_driver(facts)
    if re.match(r"lib(cu|nccl|nv|torch|c10)", library):
        return f"{library} cannot be found: the CUDA libraries do not belong to this torch", REINSTALL
    package = {"libsndfile": "libsndfile1", "libgomp": "libgomp1"}.get(library.partition(".")[0], library)
    return f"the system library {library} cannot be found", install(facts, package)


def _old_driver(found: re.Match[str], facts: Facts) -> Meaning:
    number, built = int(found[1]), facts.get("torch_cuda")
    supports = f"{number // 1000}.{number % 1000 // 10}"
    needs = f"torch is built for {built}" if built else "torch needs a newer one"
    return f"the driver is too old: it supports CUDA up to {supports}, {needs}", update_driver(facts)


def _no_gpu(_found: re.Match[str], facts: Facts) -> Meaning:
    visible = facts.get("visible")
    if visible is not None:
        return f'every GPU is hidden: CUDA_VISIBLE_DEVICES is "{visible}"', "unset CUDA_VISIBLE_DEVICES"
    fix = "nvidia-smi -L   (in a container: start it with --gpus all)"
    return "torch finds no GPU, though a driver is loaded", fix


def _no_module(found: re.Match[str], _facts: Facts) -> Meaning:
    name = found[1].partition(".")[0]
    return f"{name} is not installed", REINSTALL if name in ("torch", "torchaudio") else f"{PIP} {name}"


_DRIVER_UPDATED = (
    r"Driver/library version mismatch|forward compatibility was attempted on non supported HW|"
    r"system has unsupported display driver / cuda driver combination"
)
_NO_DEVICE = (
    r"no (?:CUDA-capable device|NVIDIA GPU) (?:is )?detected|No CUDA GPUs are available|No devices were found"
)

_MESSAGES: tuple[
    tuple[str, str | Callable[[re.Match[str], Facts], Meaning], str | Callable[[Facts], str]], ...
] = (
    (
        r"PyTorch has CUDA version ([\d.]+\d) whereas TorchAudio has CUDA version ([\d.]+\d)",
        r"torch is built for CUDA \1 and torchaudio for CUDA \2: both must be of one build",
        REINSTALL,
    ),
    (
        r"cuDNN version incompatibility|CUDNN_STATUS_\w*VERSION_MISMATCH",
        "another cuDNN is in the way of torch's own",
        "unset LD_LIBRARY_PATH",
    ),
    (r"Unable to load any of \{?(libcudnn[\w.]*)", _missing_library, ""),
    (
        r"((?:libtorch|torch|nccl)[\w.+-]*\.so[\w.]*): undefined symbol",
        r"\1 was built for another version of torch or CUDA than the one here",
        REINSTALL,
    ),
    (r"(lib[\w+-]+\.so[\w.]*): cannot open shared object file", _missing_library, ""),
    (
        r"version [`']?(GLIBC\w*_[\d.]+)'? not found",
        r"this system's C library is older than \1",
        "upgrade the system, or train in a container",
    ),
    (r"No module named '([\w.]+)'", _no_module, ""),
    (r"driver on your system is too old \(found version (\d+)\)", _old_driver, ""),
    (
        r"driver version is insufficient for CUDA runtime version",
        "the driver is older than the CUDA that torch is built for",
        update_driver,
    ),
    (
        r"no kernel image is available for execution|sm_\d+ is not compatible",
        "this torch has no code for this GPU: the GPU is older or newer than the build",
        REINSTALL,
    ),
    (
        _DRIVER_UPDATED,
        "the driver was updated, but its old module is still loaded in the kernel",
        "sudo reboot",
    ),
    (
        r"couldn't communicate with the NVIDIA driver|Driver Not Loaded",
        "the kernel has no NVIDIA module loaded",
        "sudo modprobe nvidia",
    ),
    (r"Found no NVIDIA driver on your system", "no NVIDIA driver is installed", update_driver),
    (_NO_DEVICE, _no_gpu, ""),
    (r"Torch not compiled with CUDA enabled", "torch was built without CUDA", REINSTALL),
    (
        r"CUDA unknown error|CUDA error: unknown error|initialization error",
        "the driver is in a bad state, as it may be after the machine has slept",
        "sudo rmmod nvidia_uvm && sudo modprobe nvidia_uvm",
    ),
    (r"GPU is lost|fallen off the bus|uncorrectable ECC", "a GPU no longer answers", KERNEL_LOG),
    (
        r"CUDA(?: error:)? out of memory|CUDA_ERROR_OUT_OF_MEMORY|devices are busy or unavailable",
        "other processes fill or hold the GPU",
        "nvidia-smi   (end what is not needed)",
    ),
    (
        r"unsupported gloo device|Unable to resolve hostname|makeDeviceForHostname",
        "Gloo cannot resolve this machine's own name",
        HOSTS_FILE,
    ),
    (
        r"unhandled system error|ncclSystemError",
        "the system refused NCCL a resource: mostly shared memory",
        "NCCL_DEBUG=INFO vitsdeck doctor   (in a container: start it with --shm-size=8g)",
    ),
)
