"""Every verdict as a function of what was measured: recorded facts in, a result out."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.doctor.check import Check, Result
from engine.doctor.checks import CHECKS, collectives, devices, disk, libraries, logout, report, speech, system
from engine.doctor.fixes import Facts, install
from engine.runs.disk_space import Saves, next_bytes
from engine.runs.gpus import GpuProcess, GpuSnapshot

GB = 1_000_000_000
DEBIAN: Facts = {"system": "Linux", "like": "debian "}
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
    assert Result.from_json(failed.to_json()) == failed


def test_only_whole_results_are_read_from_others() -> None:
    good = Result("disk", "ok", "much room").to_json()
    for bad in (
        [],
        {},
        good | {"verdict": "fine"},
        good | {"seen": 3},
        good | {"seconds": "2"},
        good | {"x": 1},
    ):
        assert Result.from_json(bad) is None


TORCH: Facts = {"version": "2.14.1+cu130", "cuda": "13.0", "hip": None, "threads": 8, "cores": 16}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "2.14.1+cu130 (CUDA 13.0), 8 of 16 cores"),
        ({"cuda": None}, "ok", "(CPU only)"),
        ({"cuda": None, "hip": "6.3"}, "ok", "(ROCm 6.3)"),
        ({"version": "2.8.0"}, "ok", "2.8.0"),
        ({"version": "2.15.0+cu132"}, "warning", '"torch>=2.8,<2.15"'),
        ({"version": "3.0.0"}, "warning", '"torch>=2.8,<2.15"'),
        ({"version": "2.7.1"}, "warning", '"torch>=2.8,<2.15"'),
    ],
)
def test_torch_is_held_to_versions_that_torchaudio_has_builds_for(
    facts: Facts, verdict: str, words: str
) -> None:
    holds(libraries.judge_torch(TORCH | facts), verdict, words)


def test_torchaudio_of_another_build_is_named_with_both_versions() -> None:
    error = "OSError: libcudart.so.13: cannot open shared object file: No such file or directory"
    result = libraries.judge_torchaudio(MACHINE | {"torch": "2.14.1+cpu", "torch_cuda": ""}, error)
    holds(result, "fail", "--force-reinstall")
    assert result.seen == (
        "torchaudio was built with CUDA (it wants libcudart.so.13), but torch without it "
        "(torchaudio 2.11.0; torch 2.14.1+cpu with no CUDA)"
    )


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
            ["2 NVIDIA cards: no driver is loaded", "apt install nvidia-driver"],
        ),
        ({**NO_DRIVER, "cards": 2}, "fail", ["(version 580 or newer)"]),
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
CUDA: Facts = {**MACHINE, "cards": 1, "built": "13.0", "archs": ["sm_75", "sm_90"], "devices": [GOOD_GPU]}
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
            "Tesla K80: this torch has no code for this GPU (it has sm_75,",
        ),
        ({"devices": [GOOD_GPU | {"is_right": False}]}, "fail", "NVIDIA H200 multiplies wrongly"),
    ],
)
def test_cuda_computes_on_every_gpu_or_says_why_not(facts: Facts, verdict: str, words: str) -> None:
    holds(devices.judge_cuda(CUDA | facts), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "9.24.0 loads (no GPU to try it on)"),
        ({"is_right": True}, "ok", "9.24.0 loads and convolves rightly"),
        ({"is_right": False}, "fail", "convolves wrongly"),
        ({"version": None}, "fail", "torch has no cuDNN"),
        ({"built": None}, "not applicable", "without CUDA"),
    ],
)
def test_cudnn_loads_and_convolves(facts: Facts, verdict: str, words: str) -> None:
    holds(devices.judge_cudnn({"built": "13.0", "version": 92400} | facts), verdict, words)


def gpu(temperature: int | None = 52, free: int | None = 148 * GB, used: int | None = 2 * GB) -> GpuSnapshot:
    load = None if used is None else 41
    return GpuSnapshot(0, "NVIDIA H200", 150 * GB, used, free, load, temperature, (GpuProcess(812, GB),))


def test_gpus_are_shown_with_memory_load_heat_and_processes() -> None:
    holds(devices.judge_gpus([]), "not applicable")
    line = "0 NVIDIA H200: 2.0 GB of 150 GB, 41% busy, 52 °C, process 812 (1.0 GB)"
    assert devices.judge_gpus([gpu()]).seen == line
    unknown = GpuSnapshot(1, "A100", None, None, None, None, None)
    assert devices.gpu_line(unknown) == "1 A100: ? of ?, no process"
    holds(devices.judge_gpus([gpu(temperature=93)]), "warning", "93 °C, where it slows down")
    holds(devices.judge_gpus([gpu(), gpu(free=GB)]), "warning", "1.0 GB free of 150 GB")


SUM: Facts = {"world": 2, "is_right": True, "connect_ms": 81.5, "megabyte_ms": 2.4, "version": "2.27.5"}


def test_a_sum_must_be_right_and_its_time_is_shown() -> None:
    holds(collectives.judge_sum("gloo", SUM), "ok", "2 processes connected in 82 ms; 1 MB added up in 2.4 ms")
    holds(collectives.judge_sum("gloo", SUM | {"is_right": False}), "fail", "wrong numbers")
    holds(collectives.judge_sum("nccl", SUM), "ok", "2.27.5: 2 GPUs connected")
    holds(collectives.judge_sum("nccl", SUM | {"world": 1}), "ok", "2.27.5: 1 GPU alone")


@pytest.mark.parametrize(("value", "count"), [("0,1", 2), ("", 0), ("-1", 0), ("0,-1,2", 1), ("GPU-8a", 1)])
def test_gpus_that_are_hidden_take_no_part(value: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert collectives.visible_gpus() == count


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
    holds(
        result,
        "warning",
        "filelists/a.txt.cleaned.json: made with espeak 1.51, here is phonemizer 3.4.0, espeak",
    )
    assert result.seen.endswith("1.52.0, and 1 file more")
    assert result.fix == "vitsdeck preprocess --filelists filelists/a.txt"
    assert "logs/anna/run.json: espeak 1.51" in result.details


@pytest.mark.parametrize(
    ("versions", "fix"),
    [({"phonemizer": "3.2.1"}, "phonemizer==3.2.1"), ({"espeak": "1.51"}, "PHONEMIZER_ESPEAK_LIBRARY=")],
)
def test_a_voice_of_another_espeak_needs_that_version_back(versions: dict[str, str], fix: str) -> None:
    holds(speech.judge_phonemes(HERE, {"logs/anna/run.json": HERE | versions}), "warning", fix)


LARGE, SMALL = Saves("large", GB, 0), Saves("small", GB // 10, 0)
RUN = Saves("anna", GB, 2)


@pytest.mark.parametrize(
    ("free", "runs", "configs", "verdict", "words"),
    [
        (70 * GB, [], [SMALL, LARGE], "ok", "a run of large, the largest, takes 5.0 GB"),
        (4 * GB, [], [SMALL, LARGE], "ok", "too little for large"),
        (4 * GB, [], [LARGE], "warning", "vitsdeck runs"),
        (GB // 3, [], [], "fail", "too little for the saves of one run"),
        (70 * GB, [RUN], [LARGE], "ok", "the next saves of anna take 3.0 GB (1.0 GB each)"),
        (5 * GB // 2, [RUN], [LARGE], "warning", "vitsdeck runs"),
        (GB - 1, [RUN], [LARGE], "fail", "vitsdeck runs"),
    ],
)
def test_disk_is_measured_by_the_next_checkpoints(
    free: int, runs: list[Saves], configs: list[Saves], verdict: str, words: str
) -> None:
    holds(disk.judge_disk(Path("/v/logs"), free, runs, configs), verdict, words)


@pytest.mark.parametrize(("saves", "added"), [(4, 10), (9, 10), (0, 50)])
def test_a_full_run_needs_room_for_one_more_save(saves: int, added: int) -> None:
    assert next_bytes(10, saves) == added


COMPILER: Facts = {**DEBIAN, "path": "/usr/bin/cc", "said": "cc 12.2.0", "code": 0, "has_headers": True,
                   "alignment_is_compiled": False}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "ok", "cc 12.2.0 at /usr/bin/cc"),
        ({"path": None}, "warning", "sudo apt install build-essential"),
        ({"path": None, "alignment_is_compiled": True}, "not applicable", "none is needed"),
        ({"has_headers": False}, "warning", "sudo apt install python3-dev"),
        ({"code": 127}, "warning", "does not run"),
    ],
)
def test_a_compiler_is_needed_until_the_search_is_compiled(facts: Facts, verdict: str, words: str) -> None:
    holds(system.judge_compiler(COMPILER | facts), verdict, words)


def test_cmake_is_optional() -> None:
    found = {"path": "/usr/bin/cmake", "said": "cmake version 3.25.1", "code": 0}
    assert system.judge_cmake(DEBIAN | found).seen == "3.25.1"
    holds(system.judge_cmake(DEBIAN | {"path": None}), "not applicable", "sudo apt install cmake")


@pytest.mark.parametrize(
    ("soft", "hard", "verdict", "words"),
    [
        (None, None, "ok", "no limit"),
        (20000, 20000, "ok", "20,000 open files a process"),
        (256, 4096, "warning", "ulimit -n 4096"),
        (256, 256, "warning", "limits.conf"),
    ],
)
def test_limits_on_open_files(soft: int | None, hard: int | None, verdict: str, words: str) -> None:
    holds(system.judge_files(soft, hard), verdict, words)


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({}, "warning", ["67.1 MB of 67.1 MB", "--shm-size"]),
        ({"in_container": False}, "warning", ["remount"]),
        ({"total": 8 * GB, "free": 8 * GB}, "ok", []),
        ({"fault": "Permission denied"}, "fail", ["Permission denied"]),
    ],
)
def test_shared_memory_of_a_container_is_small(facts: Facts, verdict: str, words: list[str]) -> None:
    small: Facts = {"total": 64 << 20, "free": 64 << 20, "fault": "", "in_container": True}
    holds(system.judge_memory(small | facts), verdict, *words)


MANAGER = "/user.slice/user-1000.slice/user@1000.service/a.scope"
KILLS = {"KillUserProcesses": "yes"}
SESSION: Facts = {"settings": KILLS, "user": "ada", "lingers": False, "cgroup": "/user.slice/session-3.scope"}


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
        ({"settings": {"KillUserProcesses": "no"}}, "ok", "KillUserProcesses is off"),
        ({"settings": KILLS | {"KillExcludeUsers": "root ada"}}, "ok", "go on after a logout"),
        ({"settings": KILLS | {"KillOnlyUsers": "bob"}}, "ok", "go on after a logout"),
        ({"user": "root"}, "ok", "go on after a logout"),  # spared by default
        ({"settings": {}}, "not applicable", "no login manager"),
    ],
)
def test_logout_that_ends_trainings_is_a_warning(facts: Facts, verdict: str, words: str) -> None:
    holds(logout.judge_logout(SESSION | facts), verdict, words)


def test_the_environment_report_says_what_did_not_answer() -> None:
    assert report.judge_report("a\nb", []).seen == "torch's environment report, 2 lines"
    hung = report.judge_report("a\nb", ["/usr/bin/nvidia-smi -L", "lscpu"])
    holds(hung, "warning", "without what nvidia-smi and 1 other would say")
    assert hung.details == "a\nb"


@pytest.mark.parametrize(
    ("system", "like", "command"),
    [
        ("Darwin", "", "brew install y"),
        ("Linux", "rhel fedora", "sudo dnf install z"),
        ("Linux", "arch", "sudo pacman -S x"),
        ("Linux", "opensuse suse", "sudo zypper install x"),
        ("Linux", "something else", "install x with this system's package manager"),
    ],
)
def test_packages_are_installed_with_the_systems_own_tool(system: str, like: str, command: str) -> None:
    assert install({"system": system, "like": like}, apt="x", brew="y", dnf="z") == command
