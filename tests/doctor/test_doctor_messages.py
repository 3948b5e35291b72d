"""The messages of the libraries, as they write them, become a sentence and a command."""

from __future__ import annotations

import pytest

from engine.doctor.fixes import Facts
from engine.doctor.messages import explain

UBUNTU: Facts = {"system": "Linux", "like": "ubuntu debian"}
DEBIAN: Facts = {"system": "Linux", "like": "debian "}
SITE = "/opt/voices/lib/python3.11/site-packages"

# message, facts beside it, words of the sentence, words of the command
MET: list[tuple[str, Facts, str, str]] = [
    (
        "RuntimeError: Detected that PyTorch and TorchAudio were compiled with different CUDA versions. PyTorch has "
        "CUDA version 13.2 whereas TorchAudio has CUDA version 13.0. Please install the TorchAudio version that "
        "matches your PyTorch version.",
        {},
        "torch is built for CUDA 13.2 and torchaudio for CUDA 13.0",
        '"torch>=2.8,<2.15"',
    ),
    (
        "OSError: libcudart.so.13: cannot open shared object file: No such file or directory",
        {"torch_cuda": ""},
        "torchaudio was built with CUDA (it wants libcudart.so.13), but torch without it",
        "--force-reinstall",
    ),
    (
        f"OSError: {SITE}/torchaudio/lib/libtorchaudio.so: undefined symbol: _ZNK3c105Error4whatEv",
        {"torch": "2.10.0"},
        "libtorchaudio.so was built for another version of torch or CUDA than the one here",
        "torchaudio",
    ),
    (
        "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU "
        "driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx",
        {"torch_cuda": "13.0", **UBUNTU},
        "the driver is too old: it supports CUDA up to 11.4, torch is built for 13.0",
        "sudo ubuntu-drivers install, then restart (version 580 or newer)",
    ),
    (
        "torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device",
        {},
        "this torch has no code for this GPU",
        "torch",
    ),
    (
        "RuntimeError: No CUDA GPUs are available",
        {"visible": "-1"},
        'every GPU is hidden: CUDA_VISIBLE_DEVICES is "-1"',
        "unset CUDA_VISIBLE_DEVICES",
    ),
    (
        "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed "
        "a driver from http://www.nvidia.com/Download/index.aspx",
        {"torch_cuda": "12.8", **DEBIAN},
        "no NVIDIA driver is installed",
        "sudo apt install nvidia-driver, then restart (version 525 or newer)",
    ),
    ("AssertionError: Torch not compiled with CUDA enabled", {}, "torch was built without CUDA", "torch"),
    (
        "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.65",
        {},
        "the driver was updated, but its old module is still loaded in the kernel",
        "sudo reboot",
    ),
    (
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest "
        "NVIDIA driver is installed and running.",
        DEBIAN,
        "the kernel has no NVIDIA module loaded",
        "sudo modprobe nvidia",
    ),
    (
        "RuntimeError: CUDA unknown error - this may be due to an incorrectly set up environment, e.g. changing env "
        "variable CUDA_VISIBLE_DEVICES after program start. Setting the available devices to be zero.",
        {},
        "after the machine has slept",
        "sudo modprobe nvidia_uvm",
    ),
    (
        "RuntimeError: cuDNN version incompatibility: PyTorch was compiled  against (9, 1, 0) but found runtime "
        "version (8, 9, 2). PyTorch already comes bundled with cuDNN.",
        {},
        "another cuDNN is in the way",
        "unset LD_LIBRARY_PATH",
    ),
    ("ModuleNotFoundError: No module named 'torch'", {}, "torch is not installed", "torch"),
    (
        "OSError: libsndfile.so.1: cannot open shared object file: No such file or directory",
        DEBIAN,
        "the system library libsndfile.so.1 cannot be found",
        "sudo apt install libsndfile1",
    ),
    (
        "RuntimeError: makeDeviceForHostname(): unsupported gloo device",
        {},
        "Gloo cannot resolve this machine's own name",
        "/etc/hosts",
    ),
]


@pytest.mark.parametrize(("message", "facts", "sentence", "command"), MET, ids=lambda value: str(value)[:40])
def test_message_of_a_library_becomes_a_sentence_and_a_command(
    message: str, facts: Facts, sentence: str, command: str
) -> None:
    found = explain(message, facts)
    assert found is not None
    assert sentence in found[0]
    assert command in found[1]


def test_unknown_message_has_no_explanation() -> None:
    assert explain("RuntimeError: the moon is full", {}) is None
