"""Every verdict as a function of what was measured: recorded facts in, a result out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.doctor.check import Check, Result
from engine.doctor.checks import CHECKS, collectives, devices, disk, libraries, logout, speech, system
from engine.doctor.fixes import Facts
from engine.runs.disk_space import Saves
from engine.runs.gpus import GpuProcess, GpuSnapshot

GB = 1_000_000_000
DEBIAN: Facts = {"like": "debian "}
MACHINE: Facts = {**DEBIAN, "torch": "2.14.1", "torchaudio": "2.11.0", "torch_cuda": "13.0", "visible": None}


def holds(result: Result, verdict: str, *words: str) -> None:
    """The verdict, and words of what was seen or of the fix."""
    assert result.verdict == verdict, result
    for word in words:
        assert word in f"{result.seen}\n{result.fix}", result


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_check_that_raises_or_hangs_is_a_verdict_with_a_fix(check: Check) -> None:
    failed = check.failed("RuntimeError: the moon is full", "Traceback\nof many lines", DEBIAN)
    holds(failed, check.failure, "the moon is full")
    assert failed.fix and "of many lines" in failed.details
    assert check.hung().fix and check.hung().seen == f"no answer within {check.seconds:g} s"


TORCH: Facts = {"version": "2.14.1+cu130", "cuda": "13.0", "hip": None, "threads": 8, "cores": 16}
NVML: Facts = {"driver": "580.65.06", "cuda": "13.0", "count": 1}
DRIVER: Facts = {**MACHINE, "cards": 1, "has_module": True, "nvml": NVML}
NO_LIBRARY: Facts = {"nvml": {"error": "NVML Shared Library Not Found"}}
NO_DRIVER: Facts = {**NO_LIBRARY, "has_module": False}
GOOD_GPU: Facts = {"name": "NVIDIA H200", "capability": [9, 0], "is_right": True}
OLD_GPU: Facts = {
    "name": "Tesla K80",
    "error": "CUDA error: no kernel image is available for execution on the device",
}
CUDA: Facts = {**MACHINE, "cards": 1, "built": "13.0", "devices": [GOOD_GPU]}
NOT_FOUND: Facts = {"devices": [], "error": "RuntimeError: Found no NVIDIA driver on your system."}
COMPILER: Facts = {**DEBIAN, "path": "/usr/bin/cc", "said": "cc 12.2.0", "alignment_is_compiled": False}
MANAGER = "/user.slice/user-1000.slice/user@1000.service/a.scope"
SESSION: Facts = {"kills": "yes", "user": "ada", "lingers": False, "cgroup": "/user.slice/session-3.scope"}
SUM: Facts = {"world": 2, "is_right": True, "ms": 82, "version": "2.27.5"}
HERE = {"phonemizer": "3.4.0", "espeak": "1.52.0"}

JUDGES: dict[str, tuple[Callable[[Facts], Result], Facts]] = {
    "torch": (libraries.judge_torch, TORCH),
    "driver": (devices.judge_driver, DRIVER),
    "cuda": (devices.judge_cuda, CUDA),
    "compiler": (system.judge_compiler, COMPILER),
    "logout": (logout.judge_logout, SESSION),
    "gloo": (lambda facts: collectives.judge_sum("gloo", facts), SUM),
    "nccl": (lambda facts: collectives.judge_sum("nccl", facts), SUM),
}


@pytest.mark.parametrize(
    ("name", "facts", "verdict", "words"),
    [
        ("torch", {}, "ok", ["2.14.1+cu130 (CUDA 13.0), 8 of 16 cores"]),
        ("torch", {"cuda": None}, "ok", ["(CPU only)"]),
        # torchaudio has no build for it, or is not tested with it
        ("torch", {"version": "2.15.0+cu132"}, "warning", ['"torch>=2.8,<2.15"']),
        ("torch", {"version": "2.7.1"}, "warning", ['"torch>=2.8,<2.15"']),
        ("driver", {}, "ok", ["580.65.06, for CUDA up to 13.0, 1 GPU"]),
        ("driver", {"torch_cuda": "13.2"}, "ok", []),  # minor versions of one major version work together
        ("driver", {**NO_DRIVER, "cards": 0}, "not applicable", []),
        (
            *("driver", {**NO_DRIVER, "cards": 2}, "fail"),
            ["2 NVIDIA cards: no driver is loaded", "apt install nvidia-driver", "(version 580 or newer)"],
        ),
        (
            *("driver", {"nvml": NVML | {"cuda": "11.4"}}, "fail"),
            ["CUDA up to 11.4; torch is built for 13.0", "580 or newer"],
        ),
        ("driver", {"nvml": {"error": "Driver/library version mismatch"}}, "fail", ["sudo reboot"]),
        ("driver", NO_LIBRARY, "fail", ["the driver's library says: NVML Shared Library Not Found"]),
        ("cuda", {}, "ok", ["CUDA 13.0 computes on NVIDIA H200 (sm_90)"]),
        ("cuda", {**NOT_FOUND, "cards": 0}, "not applicable", ["no GPU here"]),
        ("cuda", NOT_FOUND, "fail", ["no NVIDIA driver is installed"]),
        ("cuda", {"built": None}, "fail", ["built without CUDA, but there is an NVIDIA card"]),
        ("cuda", {"built": None, "cards": 0}, "not applicable", ["training runs on the processor"]),
        ("cuda", {"devices": [], "visible": ""}, "fail", ["unset CUDA_VISIBLE_DEVICES"]),
        (
            *("cuda", {"devices": [GOOD_GPU, OLD_GPU]}, "fail"),
            ["Tesla K80: this torch has no code for this GPU"],
        ),
        ("cuda", {"devices": [GOOD_GPU | {"is_right": False}]}, "fail", ["NVIDIA H200 computes wrongly"]),
        ("compiler", {}, "ok", ["cc 12.2.0 at /usr/bin/cc"]),
        ("compiler", {"path": None}, "warning", ["sudo apt install build-essential"]),
        (
            "compiler",
            {"path": None, "alignment_is_compiled": True},
            "not applicable",
            ["on a CPU it is compiled"],
        ),
        ("logout", {}, "warning", ["loginctl enable-linger ada && systemd-run --user --scope"]),
        # the session's scope is killed all the same
        ("logout", {"lingers": True}, "warning", ["a logout ends every training"]),
        ("logout", {"lingers": True, "cgroup": MANAGER}, "ok", ["the user's manager lingers"]),
        ("logout", {"cgroup": MANAGER}, "warning", ["loginctl enable-linger ada"]),
        ("logout", {"kills": "no"}, "ok", ["KillUserProcesses is off"]),
        ("logout", {"user": "root"}, "ok", ["go on after a logout"]),  # spared by default
        ("logout", {"kills": ""}, "not applicable", ["no login manager"]),
        ("gloo", {}, "ok", ["2 processes connected and added up in 82 ms"]),
        ("gloo", {"is_right": False}, "fail", ["wrong numbers"]),
        ("nccl", {}, "ok", ["2.27.5: 2 GPUs connected"]),
        ("nccl", {"world": 1}, "ok", ["2.27.5: 1 GPU alone"]),
    ],
)
def test_what_was_measured_becomes_a_verdict(name: str, facts: Facts, verdict: str, words: list[str]) -> None:
    judge, usual = JUDGES[name]
    holds(judge(usual | facts), verdict, *words)


def test_verdicts_on_single_values() -> None:
    assert speech.judge_alignment("cython", is_right=True) == Result("alignment", "ok", "cython (compiled)")
    holds(speech.judge_alignment("numba", is_right=True), "ok", "numba", "C compiler")
    holds(speech.judge_alignment("cython", is_right=False), "fail", "wrong path")
    spoken = "phonemizer 3.4.0, espeak 1.52.0; bundled library"
    assert speech.judge_espeak(HERE, "bundled library", "ɹˈɛdi").seen == spoken
    holds(speech.judge_espeak(HERE, "bundled library", ""), "fail", "returns no phonemes")
    holds(system.judge_files(None), "ok", "no limit")
    holds(system.judge_files(20000), "ok", "20,000 open files a process")
    holds(system.judge_files(256), "warning", "ulimit -n 1024")
    small = 64 << 20  # what a container has of shared memory
    holds(system.judge_memory(small, small, in_container=True), "warning", "67 MB of 67 MB", "--shm-size")
    holds(system.judge_memory(small, small, in_container=False), "warning", "remount")
    holds(system.judge_memory(8 * GB, 8 * GB, in_container=True), "ok")


def gpu(temperature: int | None = 52, free: int | None = 148 * GB, used: int | None = 2 * GB) -> GpuSnapshot:
    load = None if used is None else 41
    return GpuSnapshot(0, "NVIDIA H200", 150 * GB, used, free, load, temperature, (GpuProcess(812, GB),))


def test_gpus_are_shown_with_memory_load_heat_and_processes() -> None:
    holds(devices.judge_gpus([]), "not applicable")
    line = "0 NVIDIA H200: 2.0 GB of 150.0 GB, 41% busy, 52 °C, process 812"
    assert devices.judge_gpus([gpu()]).seen == line
    unknown = GpuSnapshot(1, "A100", None, None, None, None, None)
    assert devices.gpu_line(unknown) == "1 A100: ? of ?, no process"
    holds(devices.judge_gpus([gpu(temperature=93)]), "warning", "93 °C, where it slows down")
    holds(devices.judge_gpus([gpu(), gpu(free=GB)]), "warning", "1.0 GB free of 150.0 GB")


def test_lists_of_another_espeak_are_named_with_the_command_that_cleans_them_again() -> None:
    assert speech.judge_phonemes(HERE, {"filelists/a.txt.cleaned.json": HERE}).verdict == "ok"
    recorded = {
        "filelists/a.txt.cleaned.json": HERE | {"espeak": "1.51"},
        "filelists/b.txt.cleaned.json": HERE,
        "logs/anna/run.json": {"espeak": "1.51"},
    }
    result = speech.judge_phonemes(HERE, recorded)
    made = "2 files, as filelists/a.txt.cleaned.json: made with espeak 1.51, here is phonemizer 3.4.0, espeak"
    holds(result, "warning", made)
    assert result.fix == "vitsdeck preprocess --filelists filelists/a.txt"
    assert "logs/anna/run.json: espeak 1.51" in result.details


def test_a_voice_of_another_espeak_needs_that_version_back() -> None:
    recorded = {"logs/anna/run.json": HERE | {"espeak": "1.51"}}
    holds(speech.judge_phonemes(HERE, recorded), "warning", "PHONEMIZER_ESPEAK_LIBRARY=")


RUN = Saves("anna", GB, 2)


@pytest.mark.parametrize(
    ("free", "runs", "verdict", "words"),
    [
        (70 * GB, [], "ok", "a run of the largest preset takes 5.0 GB"),
        (4 * GB, [], "warning", "vitsdeck runs"),
        (GB // 3, [], "fail", "vitsdeck runs"),
        (70 * GB, [RUN], "ok", "the next saves of anna take 2.3 GB"),
        (2 * GB, [RUN], "warning", "vitsdeck runs"),
        (GB - 1, [RUN], "fail", "vitsdeck runs"),
    ],
)
def test_disk_is_measured_by_the_next_checkpoints(
    free: int, runs: list[Saves], verdict: str, words: str
) -> None:
    holds(disk.judge_disk(Path("/v/logs"), free, runs), verdict, words)


@pytest.mark.parametrize(("saves", "added"), [(3, 13), (9, 13), (0, 43)])
def test_a_full_run_needs_room_for_one_more_save_and_the_best_weights(saves: int, added: int) -> None:
    assert Saves("anna", 10, saves).next_bytes == added
