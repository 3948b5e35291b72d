"""Every verdict as a function of what was seen: recorded facts in, a check out."""

from __future__ import annotations

from typing import Any

import pytest

from engine.doctor import collectives, devices, libraries, speech
from engine.doctor.check import Check, Facts, install
from engine.doctor.report import judge_report
from engine.doctor.table import ENTRIES

GB = 1_000_000_000
DEBIAN: Facts = {"system": {"system": "Linux", "like": "debian "}}
GPU: Facts = {
    "index": 0,
    "name": "NVIDIA H200",
    "total_bytes": 150 * GB,
    "used_bytes": 2 * GB,
    "free_bytes": 148 * GB,
    "utilization_percent": 41,
    "temperature_c": 52,
    "processes": [{"pid": 812, "used_bytes": GB, "name": "python3.11"}],
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_look_that_failed_is_a_verdict_with_a_way_on(entry: Any) -> None:
    check = entry.judge({"error": "RuntimeError: the moon is full", "story": "Traceback\nof many lines"})
    assert check.name == entry.name
    assert check.verdict in ("fail", "warning")
    assert "the moon is full" in check.seen
    assert check.fix
    assert "of many lines" in check.details
    assert Check.from_json(check.to_json()) == check


def test_only_whole_checks_are_read_from_others() -> None:
    good = Check("disk", "ok", "much room").to_json()
    for bad in ([], {}, good | {"verdict": "fine"}, good | {"seen": 3}, good | {"seconds": "2"}):
        assert Check.from_json(bad) is None


# python, torch, torchaudio

PYTHON: Facts = {"version": "3.11.7", "version_info": [3, 11, 7], "executable": "/v/bin/python", "bits": 64,
                 "in_environment": True}  # fmt: skip
TORCH: Facts = {"version": "2.14.1+cu130", "cuda": "13.0", "hip": None, "threads": 8, "cores": 16}


def test_python_must_be_new_and_wide_enough() -> None:
    assert libraries.judge_python(PYTHON) == Check("python", "ok", "3.11.7 at /v/bin/python")
    assert libraries.judge_python(PYTHON | {"version_info": [3, 10, 4]}).verdict == "fail"
    assert libraries.judge_python(PYTHON | {"bits": 32}).verdict == "fail"
    assert "no virtual environment" in libraries.judge_python(PYTHON | {"in_environment": False}).seen


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("2.14.1+cu130", "ok"),
        ("2.8.0", "ok"),
        ("2.15.0+cu132", "warning"),
        ("3.0.0", "warning"),
        ("2.7.1", "warning"),
    ],
)
def test_torch_is_held_to_the_versions_that_torchaudio_has_builds_for(version: str, verdict: str) -> None:
    check = libraries.judge_torch(TORCH | {"version": version})
    assert check.verdict == verdict
    assert ('"torch>=2.8,<2.15"' in check.fix) == (verdict == "warning")


def test_torch_says_what_it_was_built_for() -> None:
    assert "(CUDA 13.0), 8 of 16 cores" in libraries.judge_torch(TORCH).seen
    assert "(CPU only)" in libraries.judge_torch(TORCH | {"cuda": None}).seen
    assert "(ROCm 6.3)" in libraries.judge_torch(TORCH | {"cuda": None, "hip": "6.3"}).seen


def test_torchaudio_of_another_build_is_named_with_both_versions() -> None:
    error = {
        "error": "OSError: libcudart.so.13: cannot open shared object file: No such file or directory",
        "story": "",
    }
    facts = {"installed": "2.11.0", "torch": "2.14.1+cpu", "torch_cuda": "", **error}
    check = libraries.judge_torchaudio(facts)
    assert check.verdict == "fail"
    assert check.seen == (
        "torchaudio was built with CUDA (it wants libcudart.so.13), but torch without it "
        "(torchaudio 2.11.0; torch 2.14.1+cpu with no CUDA)"
    )
    assert "--force-reinstall" in check.fix


# driver, cuda, cudnn, gpu

NOTHING: Facts = {
    "cards": 0, "module": None, "smi": None, "nvml": {"error": "NVML Shared Library Not Found"}, "torch_cuda": "13.0",
}  # fmt: skip
SMI: Facts = {"path": "/usr/bin/nvidia-smi", "code": 0, "said": "580.65.06", "seconds": 0.3, "is_hung": False}
DRIVER: Facts = {
    "cards": 1, "module": "580.65.06", "smi": SMI, "torch_cuda": "13.0",
    "nvml": {"driver": "580.65.06", "cuda": "13.0", "count": 1},
}  # fmt: skip


def test_no_card_and_no_driver_is_no_fault() -> None:
    assert devices.judge_driver(NOTHING).verdict == "not applicable"


def test_a_driver_that_fits_is_ok() -> None:
    assert devices.judge_driver(DRIVER) == Check("driver", "ok", "580.65.06, for CUDA up to 13.0, 1 GPU")
    older_minor = DRIVER | {"torch_cuda": "13.2"}
    assert devices.judge_driver(older_minor).verdict == "ok", (
        "minor versions of one major version work together"
    )


def test_a_card_without_a_driver_is_a_fault_with_the_command_that_installs_one() -> None:
    check = devices.judge_driver(NOTHING | {"cards": 2} | DEBIAN)
    assert check.verdict == "fail"
    assert check.seen == "2 NVIDIA cards: no driver is loaded"
    assert check.fix.startswith("sudo apt install nvidia-driver") and "580" in check.fix


def test_a_driver_too_old_for_torch_is_a_fault() -> None:
    old = DRIVER | {"nvml": {"driver": "470.57.02", "cuda": "11.4", "count": 1}}
    check = devices.judge_driver(old | DEBIAN)
    assert check.verdict == "fail"
    assert check.seen == "470.57.02, for CUDA up to 11.4; torch is built for 13.0"
    assert "580 or newer" in check.fix


def test_a_driver_that_was_updated_under_a_running_kernel_wants_a_reboot() -> None:
    mismatch = {"error": "Driver/library version mismatch"}
    check = devices.judge_driver(DRIVER | {"nvml": mismatch})
    assert check.verdict == "fail" and "sudo reboot" in check.fix


def test_nvidia_smi_that_hangs_says_nonsense_or_fails() -> None:
    hung = devices.judge_driver(NOTHING | {"smi": SMI | {"is_hung": True, "seconds": 10.0, "said": ""}})
    assert hung.verdict == "fail" and "no answer within 10 s: the driver hangs" in hung.seen
    nonsense = devices.judge_driver(NOTHING | {"smi": SMI | {"said": "<<<\x1b[2Jnot a version"}})
    assert nonsense.verdict == "warning" and "which is no driver's version" in nonsense.seen
    beside = devices.judge_driver(DRIVER | {"smi": SMI | {"said": "what?"}})
    assert beside.verdict == "warning" and beside.seen.startswith("580.65.06, for CUDA up to 13.0, but")


CUDA: Facts = {
    "cards": 1, "built": "13.0", "archs": ["sm_75", "sm_90"], "visible": None,
    "devices": [{"index": 0, "name": "NVIDIA H200", "capability": [9, 0], "is_right": True}],
}  # fmt: skip


def test_cuda_computes_or_says_why_not() -> None:
    assert devices.judge_cuda(CUDA).seen == "CUDA 13.0 computes on NVIDIA H200 (sm_90)"
    no_driver = {"devices": [], "error": "RuntimeError: Found no NVIDIA driver on your system.", "story": ""}
    assert devices.judge_cuda(CUDA | no_driver | {"cards": 0}).verdict == "not applicable"
    assert devices.judge_cuda(CUDA | no_driver).verdict == "fail", "there is a card"
    assert devices.judge_cuda(CUDA | {"built": None, "devices": []}).verdict == "fail", (
        "a card, and torch for CPUs"
    )
    assert devices.judge_cuda(CUDA | {"built": None, "cards": 0}).verdict == "not applicable"
    hidden = devices.judge_cuda(CUDA | {"devices": [], "visible": ""})
    assert hidden.verdict == "fail" and hidden.fix == "unset CUDA_VISIBLE_DEVICES"


def test_one_gpu_of_two_that_cannot_compute_is_named() -> None:
    bad = {
        "index": 1,
        "name": "Tesla K80",
        "error": "AcceleratorError: CUDA error: no kernel image is available for execution on the device",
    }
    check = devices.judge_cuda(CUDA | {"devices": [*CUDA["devices"], bad]})
    assert check.verdict == "fail"
    assert check.seen.startswith("Tesla K80: this torch has no code for this GPU (it has sm_75, sm_90)")
    wrong = CUDA["devices"][0] | {"is_right": False}
    assert devices.judge_cuda(CUDA | {"devices": [wrong]}).verdict == "fail"


def test_cudnn_loads_folds_or_is_missing() -> None:
    facts: Facts = {"built": "13.0", "version": 92400}
    assert devices.judge_cudnn(facts).seen == "9.24.0 loads (no GPU to try it on)"
    assert devices.judge_cudnn(facts | {"is_right": True}).seen == "9.24.0 loads and folds rightly"
    assert devices.judge_cudnn(facts | {"is_right": False}).verdict == "fail"
    assert devices.judge_cudnn(facts | {"version": None}).verdict == "fail"
    assert devices.judge_cudnn({"built": None}).verdict == "not applicable"


def test_gpus_are_told_with_memory_load_heat_and_processes() -> None:
    assert devices.judge_gpu({"gpus": []}).verdict == "not applicable"
    check = devices.judge_gpu({"gpus": [GPU]})
    assert check.verdict == "ok"
    assert check.seen == "0 NVIDIA H200: 2.0 GB of 150 GB, 41% busy, 52 °C, 1 process"
    assert "process 812 python3.11: 1.0 GB" in check.details
    unknown = GPU | {
        "utilization_percent": None,
        "temperature_c": None,
        "used_bytes": None,
        "free_bytes": None,
    }
    assert "load unknown" in devices.judge_gpu({"gpus": [unknown]}).seen
    assert devices.judge_gpu({"gpus": [GPU | {"temperature_c": 93}]}).verdict == "warning"
    full = devices.judge_gpu({"gpus": [GPU | {"free_bytes": GB}]})
    assert full.verdict == "warning" and "1.0 GB free of 150 GB" in full.seen


# nccl, gloo

SUM: Facts = {"world": 2, "is_right": True, "meet_ms": 81.5, "megabyte_ms": 2.4, "version": "2.27.5",
              "listens": ["127.0.0.1"]}  # fmt: skip


def test_a_sum_must_be_right_and_its_time_is_told() -> None:
    check = collectives.judge_gloo(SUM)
    assert check == Check("gloo", "ok", "2 processes met in 82 ms on 127.0.0.1; 1 MB added up in 2.4 ms")
    assert collectives.judge_gloo(SUM | {"is_right": False}).verdict == "fail"
    assert "on 10.0.0.7" in collectives.judge_gloo(SUM | {"listens": ["10.0.0.7", "127.0.0.1"]}).seen


def test_nccl_wants_a_gpu_for_each_process() -> None:
    assert collectives.judge_nccl({"gpus": 0}).verdict == "not applicable"
    alone = collectives.judge_nccl(SUM | {"gpus": 1, "world": 1})
    assert alone.verdict == "ok" and "2.27.5: 1 GPU alone" in alone.seen
    assert "2.27.5: 2 GPUs met" in collectives.judge_nccl(SUM | {"gpus": 4}).seen


# alignment, espeak, phonemes

HERE = {"phonemizer": "3.4.0", "espeak": "1.52.0"}


def test_alignment_names_the_path_in_use() -> None:
    right: Facts = {"implementation": "cython", "is_right": True}
    assert speech.judge_alignment(right) == Check("alignment", "ok", "cython (compiled)")
    numba = speech.judge_alignment(right | {"implementation": "numba"})
    assert numba.verdict == "ok" and numba.seen.startswith("numba") and "C compiler" in numba.fix
    assert speech.judge_alignment(right | {"is_right": False}).verdict == "fail"


def test_espeak_must_speak() -> None:
    facts: Facts = {"versions": HERE, "library": "bundled library", "said": "ɹˈɛdi"}
    assert speech.judge_espeak(facts).seen == "phonemizer 3.4.0, espeak 1.52.0; bundled library"
    assert speech.judge_espeak(facts | {"said": ""}).verdict == "fail"


def phonemes(*recorded: tuple[str, dict[str, str]]) -> Check:
    files = [{"path": path, "versions": versions} for path, versions in recorded]
    return speech.judge_phonemes({"here": HERE, "recorded": files, "is_workspace": True})


def test_lists_of_another_espeak_are_named_with_the_command_that_makes_them_anew() -> None:
    assert phonemes(("filelists/a.txt.cleaned.json", HERE)).verdict == "ok"
    check = phonemes(
        ("filelists/a.txt.cleaned.json", HERE | {"espeak": "1.51"}),
        ("filelists/b.txt.cleaned.json", HERE),
        ("logs/anna/run.json", {"espeak": "1.51"}),
    )
    assert check.verdict == "warning"
    assert check.seen == (
        "filelists/a.txt.cleaned.json: made with espeak 1.51, here is phonemizer 3.4.0, espeak 1.52.0, and 1 file more"
    )
    assert check.fix == "vitsdeck preprocess --filelists filelists/a.txt"
    assert "logs/anna/run.json: espeak 1.51" in check.details


def test_a_voice_of_another_phonemizer_wants_that_version_back() -> None:
    check = phonemes(("logs/anna/run.json", HERE | {"phonemizer": "3.2.1"}))
    assert check.fix.endswith("phonemizer==3.2.1")
    assert "PHONEMIZER_ESPEAK_LIBRARY" in phonemes(("logs/anna/run.json", {"espeak": "1.51"})).fix


def test_without_lists_or_a_workspace_there_is_nothing_to_compare() -> None:
    for is_workspace in (True, False):
        facts: Facts = {"here": {}, "recorded": [], "is_workspace": is_workspace}
        assert speech.judge_phonemes(facts).verdict == "not applicable"


# report


def test_the_environment_report_says_what_did_not_answer() -> None:
    assert judge_report({"text": "a\nb", "hung": []}).seen == "torch's environment report, 2 lines"
    hung = judge_report({"text": "a\nb", "hung": ["/usr/bin/nvidia-smi -L", "lscpu"]})
    assert hung.verdict == "warning" and "without what nvidia-smi and 1 other would say" in hung.seen
    assert hung.details == "a\nb"


def test_packages_are_installed_with_the_systems_own_tool() -> None:
    assert install({"system": {"system": "Darwin", "like": ""}}, apt="x", brew="y") == "brew install y"
    assert (
        install({"system": {"system": "Linux", "like": "rhel fedora"}}, apt="x", dnf="z")
        == "sudo dnf install z"
    )
    assert install({}, apt="x") == "install x with this system's package manager"
