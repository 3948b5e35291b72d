"""Every verdict as a function of what was measured: recorded facts in, a result out."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "2.14.1+cu130 (CUDA 13.0), 8 of 16 cores"),
        ({"cuda": None}, "ok", "(CPU only)"),
        ({"version": "2.15.0+cu132"}, "warning", '"torch>=2.8,<2.15"'),
        ({"version": "2.7.1"}, "warning", '"torch>=2.8,<2.15"'),
    ],
)
def test_torch_is_held_to_versions_that_torchaudio_has_builds_for(
    facts: Facts, verdict: str, words: str
) -> None:
    holds(libraries.judge_torch(TORCH | facts), verdict, words)


NVML: Facts = {"driver": "580.65.06", "cuda": "13.0", "count": 1}
DRIVER: Facts = {**MACHINE, "cards": 1, "has_module": True, "nvml": NVML}
NO_LIBRARY: Facts = {"nvml": {"error": "NVML Shared Library Not Found"}}
NO_DRIVER: Facts = {**NO_LIBRARY, "has_module": False}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", ["580.65.06, for CUDA up to 13.0, 1 GPU"]),
        ({"torch_cuda": "13.2"}, "ok", []),  # minor versions of one major version work together
        ({**NO_DRIVER, "cards": 0}, "not applicable", []),
        (
            {**NO_DRIVER, "cards": 2},
            "fail",
            ["2 NVIDIA cards: no driver is loaded", "apt install nvidia-driver", "(version 580 or newer)"],
        ),
        (
            {"nvml": NVML | {"cuda": "11.4"}},
            "fail",
            ["CUDA up to 11.4; torch is built for 13.0", "580 or newer"],
        ),
        ({"nvml": {"error": "Driver/library version mismatch"}}, "fail", ["sudo reboot"]),
        (NO_LIBRARY, "fail", ["the driver's library says: NVML Shared Library Not Found"]),
    ],
)
def test_driver_is_there_answers_and_is_new_enough(facts: Facts, verdict: str, words: list[str]) -> None:
    holds(devices.judge_driver(DRIVER | facts), verdict, *words)


GOOD_GPU: Facts = {"name": "NVIDIA H200", "capability": [9, 0], "is_right": True}
OLD_GPU: Facts = {
    "name": "Tesla K80",
    "error": "AcceleratorError: CUDA error: no kernel image is available for execution on the device",
}
CUDA: Facts = {**MACHINE, "cards": 1, "built": "13.0", "devices": [GOOD_GPU]}
NOT_FOUND: Facts = {"devices": [], "error": "RuntimeError: Found no NVIDIA driver on your system."}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "CUDA 13.0 computes on NVIDIA H200 (sm_90)"),
        ({**NOT_FOUND, "cards": 0}, "not applicable", "no GPU here"),
        (NOT_FOUND, "fail", "no NVIDIA driver is installed"),
        ({"built": None}, "fail", "built without CUDA, but there is an NVIDIA card"),
        ({"built": None, "cards": 0}, "not applicable", "training runs on the processor"),
        ({"devices": [], "visible": ""}, "fail", "unset CUDA_VISIBLE_DEVICES"),
        (
            {"devices": [GOOD_GPU, OLD_GPU]},
            "fail",
            "Tesla K80: this torch has no code for this GPU",
        ),
        ({"devices": [GOOD_GPU | {"is_right": False}]}, "fail", "NVIDIA H200 computes wrongly"),
    ],
)
def test_cuda_computes_on_every_gpu_or_says_why_not(facts: Facts, verdict: str, words: str) -> None:
    holds(devices.judge_cuda(CUDA | facts), verdict, words)


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


SUM: Facts = {"world": 2, "is_right": True, "ms": 82, "version": "2.27.5"}


def test_a_sum_must_be_right_and_its_time_is_shown() -> None:
    holds(collectives.judge_sum("gloo", SUM), "ok", "2 processes connected and added up in 82 ms")
    holds(collectives.judge_sum("gloo", SUM | {"is_right": False}), "fail", "wrong numbers")
    holds(collectives.judge_sum("nccl", SUM), "ok", "2.27.5: 2 GPUs connected")
    holds(collectives.judge_sum("nccl", SUM | {"world": 1}), "ok", "2.27.5: 1 GPU alone")


HERE = {"phonemizer": "3.4.0", "espeak": "1.52.0"}


def test_alignment_names_its_implementation() -> None:
    assert speech.judge_alignment("cython", is_right=True) == Result("alignment", "ok", "cython (compiled)")
    holds(speech.judge_alignment("numba", is_right=True), "ok", "numba", "C compiler")
    holds(speech.judge_alignment("cython", is_right=False), "fail", "wrong path")


def test_espeak_must_return_phonemes() -> None:
    spoken = speech.judge_espeak(HERE, "bundled library", "ɹˈɛdi")
    assert spoken.seen == "phonemizer 3.4.0, espeak 1.52.0; bundled library"
    holds(speech.judge_espeak(HERE, "bundled library", ""), "fail", "returns no phonemes")


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
        (70 * GB, [RUN], "ok", "the next saves of anna take 3.0 GB"),
        (5 * GB // 2, [RUN], "warning", "vitsdeck runs"),
        (GB - 1, [RUN], "fail", "vitsdeck runs"),
    ],
)
def test_disk_is_measured_by_the_next_checkpoints(
    free: int, runs: list[Saves], verdict: str, words: str
) -> None:
    holds(disk.judge_disk(Path("/v/logs"), free, runs), verdict, words)


@pytest.mark.parametrize(("saves", "added"), [(4, 10), (9, 10), (0, 50)])
def test_a_full_run_needs_room_for_one_more_save(saves: int, added: int) -> None:
    assert Saves("anna", 10, saves).next_bytes == added


COMPILER: Facts = {**DEBIAN, "path": "/usr/bin/cc", "said": "cc 12.2.0", "alignment_is_compiled": False}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "cc 12.2.0 at /usr/bin/cc"),
        ({"path": None}, "warning", "sudo apt install build-essential"),
        ({"path": None, "alignment_is_compiled": True}, "not applicable", "none is needed"),
    ],
)
def test_a_compiler_is_needed_until_the_search_is_compiled(facts: Facts, verdict: str, words: str) -> None:
    holds(system.judge_compiler(COMPILER | facts), verdict, words)


@pytest.mark.parametrize(
    ("limit", "verdict", "words"),
    [
        (None, "ok", "no limit"),
        (20000, "ok", "20,000 open files a process"),
        (256, "warning", "ulimit -n 1024"),
    ],
)
def test_limits_on_open_files(limit: int | None, verdict: str, words: str) -> None:
    holds(system.judge_files(limit), verdict, words)


def test_shared_memory_of_a_container_is_small() -> None:
    holds(
        system.judge_memory(64 << 20, 64 << 20, in_container=True), "warning", "67 MB of 67 MB", "--shm-size"
    )
    holds(system.judge_memory(64 << 20, 64 << 20, in_container=False), "warning", "remount")
    holds(system.judge_memory(8 * GB, 8 * GB, in_container=True), "ok")


MANAGER = "/user.slice/user-1000.slice/user@1000.service/a.scope"
SESSION: Facts = {"kills": "yes", "user": "ada", "lingers": False, "cgroup": "/user.slice/session-3.scope"}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "warning", "loginctl enable-linger ada && systemd-run --user --scope"),
        (
            {"lingers": True},
            "warning",
            "a logout ends every training",
        ),  # the session's scope is killed all the same
        ({"lingers": True, "cgroup": MANAGER}, "ok", "the user's manager lingers"),
        ({"cgroup": MANAGER}, "warning", "loginctl enable-linger ada"),
        ({"kills": "no"}, "ok", "KillUserProcesses is off"),
        ({"user": "root"}, "ok", "go on after a logout"),  # spared by default
        ({"kills": ""}, "not applicable", "no login manager"),
    ],
)
def test_logout_that_ends_trainings_is_a_warning(facts: Facts, verdict: str, words: str) -> None:
    holds(logout.judge_logout(SESSION | facts), verdict, words)
