"""What the messages of torch, torchaudio, CUDA, cuDNN, NCCL and the driver mean, and the command that fixes it.

One row for each message: a pattern, a sentence (with the pattern's groups as \\1, \\2) and a fix; functions where they
depend on the machine. The first row that matches answers. Tests hold the messages as the libraries write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.doctor.fixes import HOSTS_FILE, KERNEL_LOG, PIP, REINSTALL, Facts, install, update_driver

Meaning = tuple[str, str]  # sentence, fix
Reading = Callable[[re.Match[str], Facts], Meaning]


def explain(text: str, facts: Facts) -> Meaning | None:
    """The sentence and the fix behind an error's text; None for a text that no row matches.

    Args:
        facts: `fixes.machine()`, and `archs` where torch has told which GPUs it has code for.
    """
    for pattern, meaning, fix in _MESSAGES:
        if found := re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            if callable(meaning):
                return meaning(found, facts)
            return found.expand(meaning), fix(facts) if callable(fix) else fix
    return None


def _missing_library(found: re.Match[str], facts: Facts) -> Meaning:
    library = found[1]
    if re.match(r"lib(cudart|torch_cuda|c10_cuda)", library) and facts.get("torch_cuda") == "":
        return f"torchaudio was built with CUDA (it wants {library}), but torch without it", REINSTALL
    if library.startswith("libcudnn"):
        return f"cuDNN is incomplete: {library} cannot be found", REINSTALL
    if library.startswith("libcuda."):
        return f"the driver's {library} cannot be found", update_driver(facts)
    if re.match(r"lib(cu|nccl|nv|torch|c10)", library):
        return f"{library} cannot be found: the CUDA libraries do not belong to this torch", REINSTALL
    package = {"libsndfile": "libsndfile1", "libgomp": "libgomp1"}.get(library.partition(".")[0], library)
    return f"the system library {library} cannot be found", install(facts, apt=package)


def _undefined_symbol(found: re.Match[str], facts: Facts) -> Meaning:
    owner = found[1].rpartition("/")[2]
    if found[2].startswith("nccl"):
        return f"torch and NCCL do not fit together: {owner} asks for {found[2]}", REINSTALL
    if "torchaudio" in owner:
        torch = facts.get("torch") or "another version"
        return f"torchaudio was built for another torch than the one here ({torch})", REINSTALL
    return f"{owner} was built for another version of a library ({found[2][:60]} is not in it)", REINSTALL


def _old_driver(found: re.Match[str], facts: Facts) -> Meaning:
    number, built = int(found[1]), facts.get("torch_cuda")
    supports = f"{number // 1000}.{number % 1000 // 10}"
    needs = f"torch is built for {built}" if built else "torch needs a newer one"
    return f"the driver is too old: it supports CUDA up to {supports}, {needs}", update_driver(facts)


def _no_kernel(_found: re.Match[str], facts: Facts) -> Meaning:
    archs = ", ".join(facts.get("archs") or ())
    has = f" (it has {archs})" if archs else ""
    return f"this torch has no code for this GPU{has}: the GPU is older or newer than the build", REINSTALL


def _no_gpu(_found: re.Match[str], facts: Facts) -> Meaning:
    visible = facts.get("visible")
    if visible is not None:
        return f'every GPU is hidden: CUDA_VISIBLE_DEVICES is "{visible}"', "unset CUDA_VISIBLE_DEVICES"
    fix = "nvidia-smi -L   (in a container: start it with --gpus all)"
    return "torch finds no GPU, though a driver is loaded", fix


def _other_cudnn(found: re.Match[str], _facts: Facts) -> Meaning:
    built, loaded = (part.replace(", ", ".") for part in (found[1], found[2]))
    seen = f"another cuDNN is in the way: torch was built with {built}, {loaded} was loaded"
    return seen, f"unset LD_LIBRARY_PATH   (if that does not help: {REINSTALL})"


def _no_module(found: re.Match[str], _facts: Facts) -> Meaning:
    name = found[1].partition(".")[0]
    return f"{name} is not installed", REINSTALL if name in ("torch", "torchaudio") else f"{PIP} {name}"


def _kernel_module(_found: re.Match[str], facts: Facts) -> Meaning:
    reinstall = install(facts, apt="--reinstall nvidia-driver", dnf="akmod-nvidia", pacman="nvidia")
    return "the kernel has no NVIDIA module loaded", f"sudo modprobe nvidia || {reinstall}"


_DRIVER_UPDATED = (
    r"Driver/library version mismatch|forward compatibility was attempted on non supported HW|"
    r"system has unsupported display driver / cuda driver combination"
)
_CUDNN_VERSIONS = (
    r"cuDNN version incompatibility.*?against (?:version )?\(?([\d., ]+\d)\)?.*?version \(?([\d., ]+\d)\)?"
)
_RELOAD = "sudo reboot   (or reload the modules: sudo rmmod nvidia_uvm nvidia && sudo modprobe nvidia)"
_NO_DEVICE = (
    r"no (?:CUDA-capable device|NVIDIA GPU) (?:is )?detected|No CUDA GPUs are available|No devices were found"
)

_MESSAGES: tuple[tuple[str, str | Reading, str | Callable[[Facts], str]], ...] = (
    (
        r"PyTorch has CUDA version ([\d.]+\d) whereas TorchAudio has CUDA version ([\d.]+\d)",
        r"torch is built for CUDA \1 and torchaudio for CUDA \2: both must be of one build",
        REINSTALL,
    ),
    (
        r"compiled with different CUDA versions",
        "torch and torchaudio are built for different versions of CUDA",
        REINSTALL,
    ),
    (_CUDNN_VERSIONS, _other_cudnn, ""),
    (r"CUDNN_STATUS_\w*VERSION_MISMATCH", "two versions of cuDNN were loaded", "unset LD_LIBRARY_PATH"),
    (r"Unable to load any of \{?(libcudnn[\w.]*)", _missing_library, ""),
    (r"((?:/|\w)[\w./+-]*\.so[\w.]*): undefined symbol: (\w+)", _undefined_symbol, ""),
    (r"(lib[\w+-]+\.so[\w.]*): cannot open shared object file", _missing_library, ""),
    (
        r"version [`']?(GLIBCXX_[\d.]+)'? not found",
        r"the C++ library that was loaded is older than \1",
        "conda install -c conda-forge libstdcxx-ng",
    ),
    (
        r"version [`']?(GLIBC_[\d.]+)'? not found",
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
    (r"no kernel image is available for execution|sm_\d+ is not compatible", _no_kernel, ""),
    (_DRIVER_UPDATED, "the driver was updated, but its old module is still loaded in the kernel", _RELOAD),
    (r"couldn't communicate with the NVIDIA driver|Driver Not Loaded", _kernel_module, ""),
    (
        r"Insufficient Permissions|no permission",
        "this user may not use the driver",
        "sudo usermod -aG video,render $USER   (then log in again)",
    ),
    (r"Found no NVIDIA driver on your system", "no NVIDIA driver is installed", update_driver),
    (_NO_DEVICE, _no_gpu, ""),
    (r"Torch not compiled with CUDA enabled", "torch was built without CUDA", REINSTALL),
    (
        r"CUDA unknown error|CUDA error: unknown error|initialization error",
        "the driver is in a bad state, as it may be after the machine has slept",
        "sudo rmmod nvidia_uvm && sudo modprobe nvidia_uvm",
    ),
    (r"GPU is lost|fallen off the bus|Unknown Error", "a GPU no longer answers", KERNEL_LOG),
    (
        r"all CUDA-capable devices are busy or unavailable|exclusive",
        "another process uses the GPU exclusively",
        "sudo nvidia-smi -c DEFAULT",
    ),
    (
        r"CUDA(?: error:)? out of memory|CUDA_ERROR_OUT_OF_MEMORY",
        "other processes fill the GPU's memory",
        "nvidia-smi   (end what is not needed)",
    ),
    (r"uncorrectable ECC error", "a GPU's memory is damaged (ECC)", "sudo nvidia-smi --gpu-reset"),
    (r"Duplicate GPU detected", "two ranks were given the same GPU", "unset CUDA_VISIBLE_DEVICES"),
    (
        r"unsupported gloo device|Unable to resolve hostname|makeDeviceForHostname",
        "Gloo cannot resolve this machine's own name",
        HOSTS_FILE,
    ),
    (
        r"unable to find address for|Unable to find interface",
        "the loopback interface has no address",
        "sudo ip link set lo up",
    ),
    (
        r"unhandled system error|ncclSystemError",
        "the system refused NCCL a resource: mostly shared memory",
        "NCCL_DEBUG=INFO vitsdeck doctor   (in a container: start it with --shm-size=8g)",
    ),
)
