"""What the messages of torch, torchaudio, CUDA, cuDNN, NCCL and the driver mean, and the command that mends it.

One row for each message that people meet; the first that matches speaks. The messages themselves are as the libraries
write them, so the tests hold real ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.doctor.check import PIP, REINSTALL, Facts, install

# The oldest driver for each major version of CUDA (CUDA Toolkit Release Notes, table of driver versions)
OLDEST_DRIVER = {"13": "580", "12": "525", "11": "450"}
_WITHOUT_CUDA = "; the build without CUDA can use no GPU"

Reading = Callable[[re.Match[str], Facts], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Message:
    pattern: re.Pattern[str]
    reading: Reading


def explain(text: str, facts: Facts) -> tuple[str, str] | None:
    """The sentence and the mending command behind an error's words; None for words that nobody has met yet."""
    for message in _MESSAGES:
        if found := message.pattern.search(text):
            return message.reading(found, facts)
    return None


def update_driver(facts: Facts, cuda: str | None = None) -> str:
    """The command for a newer driver, with the version that `cuda` ("13.0") asks for."""
    least = OLDEST_DRIVER.get((cuda or "").partition(".")[0])
    like = str((facts.get("system") or {}).get("like", "")).lower()
    if "ubuntu" in like:
        command = "sudo ubuntu-drivers install"
    else:
        command = install(
            facts, apt="nvidia-driver", dnf="akmod-nvidia", pacman="nvidia", zypper="nvidia-open"
        )
    return f"{command} && sudo reboot" + (f"   (version {least} or newer)" if least else "")


def _says(pattern: str, reading: Reading) -> _Message:
    return _Message(re.compile(pattern, re.IGNORECASE | re.DOTALL), reading)


def _plain(sentence: str, fix: str) -> Reading:
    return lambda _found, _facts: (sentence, fix)


def _two_cudas(found: re.Match[str], _facts: Facts) -> tuple[str, str]:
    return (
        f"torch is built for CUDA {found[1]} and torchaudio for CUDA {found[2]}: the two must be of one build",
        REINSTALL,
    )


def _missing_library(found: re.Match[str], facts: Facts) -> tuple[str, str]:
    library = found[1]
    if re.match(r"lib(cudart|torch_cuda|c10_cuda)", library) and facts.get("torch_cuda") == "":
        return f"torchaudio was built with CUDA (it wants {library}), but torch without it", REINSTALL
    if library.startswith("libcudnn"):
        return f"cuDNN is not all there: {library} cannot be found", REINSTALL
    if library.startswith("libcuda."):
        return f"the driver's {library} cannot be found", update_driver(facts)
    if re.match(r"lib(cu|nccl|nv|torch|c10)", library):
        return f"{library} cannot be found: the CUDA libraries do not belong to this torch", REINSTALL
    package = {"libsndfile": "libsndfile1", "libgomp": "libgomp1"}.get(library.partition(".")[0], library)
    return f"the system library {library} cannot be found", install(facts, apt=package)


def _undefined_symbol(found: re.Match[str], facts: Facts) -> tuple[str, str]:
    owner = found[1].rpartition("/")[2]
    if found[2].startswith("nccl"):
        return f"torch and NCCL do not fit together: {owner} asks for {found[2]}", REINSTALL
    if "torchaudio" in owner:
        torch = facts.get("torch") or "another version"
        return f"torchaudio was built for another torch than the one here ({torch})", REINSTALL
    return f"{owner} was built for another version of a library ({found[2][:60]} is not in it)", REINSTALL


def _old_driver(found: re.Match[str], facts: Facts) -> tuple[str, str]:
    number = int(found[1])
    knows = f"{number // 1000}.{number % 1000 // 10}"
    built = facts.get("built") or facts.get("torch_cuda")
    wants = f"torch is built for {built}" if built else "torch needs a newer one"
    return f"the driver is too old: it knows CUDA up to {knows}, {wants}", update_driver(facts, built)


def _no_kernel(_found: re.Match[str], facts: Facts) -> tuple[str, str]:
    archs = ", ".join(facts.get("archs") or ())
    has = f" (it has {archs})" if archs else ""
    return f"this torch has no code for this GPU{has}: the GPU is older or newer than the build", REINSTALL


def _no_gpu(_found: re.Match[str], facts: Facts) -> tuple[str, str]:
    visible = facts.get("visible")
    if visible is not None:
        return f'every GPU is hidden: CUDA_VISIBLE_DEVICES is "{visible}"', "unset CUDA_VISIBLE_DEVICES"
    return (
        "torch sees no GPU, though a driver is there",
        "nvidia-smi -L   (in a container: start it with --gpus all)",
    )


def _cudnn_versions(found: re.Match[str], _facts: Facts) -> tuple[str, str]:
    compiled, loaded = (part.replace(", ", ".") for part in (found[1], found[2]))
    return (
        f"another cuDNN is in the way: torch was built with {compiled}, {loaded} was loaded",
        f"unset LD_LIBRARY_PATH   (if that does not help: {REINSTALL})",
    )


def _old_system(found: re.Match[str], _facts: Facts) -> tuple[str, str]:
    if found[1].startswith("GLIBCXX"):
        return (
            f"the C++ library that was loaded is older than {found[1]}",
            "conda install -c conda-forge libstdcxx-ng",
        )
    return f"this system's C library is older than {found[1]}", "upgrade the system, or train in a container"


def _no_module(found: re.Match[str], _facts: Facts) -> tuple[str, str]:
    name = found[1].partition(".")[0]
    return f"{name} is not installed", REINSTALL if name in ("torch", "torchaudio") else f"{PIP} {name}"


def _gone_module(_found: re.Match[str], facts: Facts) -> tuple[str, str]:
    fix = install(facts, apt="--reinstall nvidia-driver", dnf="akmod-nvidia", pacman="nvidia")
    return "the kernel has no NVIDIA module loaded", f"sudo modprobe nvidia || {fix}"


_REBOOT = (
    "sudo reboot   (or unload and load the modules: sudo rmmod nvidia_uvm nvidia && sudo modprobe nvidia)"
)

_MESSAGES: tuple[_Message, ...] = (
    _says(r"PyTorch has CUDA version ([\d.]+\d) whereas TorchAudio has CUDA version ([\d.]+\d)", _two_cudas),
    _says(
        r"PyTorch and TorchAudio were compiled with different CUDA versions",
        _plain("torch and torchaudio are built for different versions of CUDA", REINSTALL),
    ),
    _says(
        r"cuDNN version incompatibility.*?against (?:version )?\(?([\d., ]+\d)\)?.*?version \(?([\d., ]+\d)\)?",
        _cudnn_versions,
    ),
    _says(
        r"CUDNN_STATUS_(?:SUBLIBRARY_)?VERSION_MISMATCH",
        _plain("parts of two versions of cuDNN were loaded", f"unset LD_LIBRARY_PATH   (or: {REINSTALL})"),
    ),
    _says(r"Unable to load any of \{?(libcudnn[\w.]*)", _missing_library),
    _says(r"((?:/|\w)[\w./+-]*\.so[\w.]*): undefined symbol: (\w+)", _undefined_symbol),
    _says(r"(lib[\w+-]+\.so[\w.]*): cannot open shared object file", _missing_library),
    _says(r"version [`']?(GLIBC(?:XX)?_[\d.]+)'? not found", _old_system),
    _says(r"No module named '([\w.]+)'", _no_module),
    _says(r"driver on your system is too old \(found version (\d+)\)", _old_driver),
    _says(
        r"CUDA driver version is insufficient for CUDA runtime version",
        lambda _found, facts: (
            "the driver is older than the CUDA that torch is built for",
            update_driver(facts, facts.get("built")),
        ),
    ),
    _says(r"no kernel image is available for execution on the device", _no_kernel),
    _says(r"CUDA capability sm_\d+ is not compatible", _no_kernel),
    _says(
        r"Driver/library version mismatch|forward compatibility was attempted on non supported HW|"
        r"system has unsupported display driver / cuda driver combination",
        _plain("the driver was updated, but its old module still runs in the kernel", _REBOOT),
    ),
    _says(r"couldn't communicate with the NVIDIA driver|Driver Not Loaded", _gone_module),
    _says(
        r"Insufficient Permissions|no permission",
        _plain(
            "this user may not use the driver", "sudo usermod -aG video,render $USER   (then log in again)"
        ),
    ),
    _says(
        r"Found no NVIDIA driver on your system",
        lambda _found, facts: (
            "no NVIDIA driver is installed",
            update_driver(facts, facts.get("built") or facts.get("torch_cuda")),
        ),
    ),
    _says(
        r"no (?:CUDA-capable device|NVIDIA GPU) (?:is )?detected|No CUDA GPUs are available|No devices were found",
        _no_gpu,
    ),
    _says(r"Torch not compiled with CUDA enabled", _plain("torch was built without CUDA", REINSTALL)),
    _says(
        r"CUDA unknown error|CUDA error: unknown error|initialization error",
        _plain(
            "the driver lost its way, as it does after the machine has slept",
            "sudo rmmod nvidia_uvm && sudo modprobe nvidia_uvm",
        ),
    ),
    _says(
        r"GPU is lost|fallen off the bus|Unknown Error",
        _plain("a GPU no longer answers", "sudo dmesg | grep -i -e nvrm -e xid   (then: sudo reboot)"),
    ),
    _says(
        r"all CUDA-capable devices are busy or unavailable|exclusive",
        _plain("another process has the GPU for itself alone", "sudo nvidia-smi -c DEFAULT"),
    ),
    _says(
        r"CUDA(?: error:)? out of memory|CUDA_ERROR_OUT_OF_MEMORY",
        _plain("other processes fill the GPU's memory", "nvidia-smi   (end what is not needed)"),
    ),
    _says(
        r"uncorrectable ECC error", _plain("a GPU's memory is damaged (ECC)", "sudo nvidia-smi --gpu-reset")
    ),
    _says(
        r"Duplicate GPU detected", _plain("two ranks were given the same GPU", "unset CUDA_VISIBLE_DEVICES")
    ),
    _says(
        r"unsupported gloo device|Unable to resolve hostname|makeDeviceForHostname",
        _plain(
            "Gloo cannot find this machine under its own name",
            'echo "127.0.0.1 $(hostname)" | sudo tee -a /etc/hosts',
        ),
    ),
    _says(
        r"unable to find address for:? (\S+)|Unable to find interface",
        _plain("the loopback interface has no address", "sudo ip link set lo up"),
    ),
    _says(
        r"unhandled system error|ncclSystemError",
        _plain(
            "NCCL was refused something by the system: mostly shared memory",
            "NCCL_DEBUG=INFO vitsdeck doctor   (in a container: start it with --shm-size=8g)",
        ),
    ),
)
