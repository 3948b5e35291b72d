"""ONE table of checks: what each is for, who judges it, how long its look may take. Reports keep this order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.doctor import collectives, devices, libraries, machine, report, speech
from engine.doctor.check import Check, Facts, Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """One check. `name` is also the probe that looks.

    Attributes:
        about: what the check is for, a sentence.
        limit_s: seconds after which the look is ended.
        hung: the verdict then; `hung_fix` the command that helps.
    """

    name: str
    about: str
    judge: Callable[[Facts], Check]
    limit_s: float = 60.0  # torch from a cold network disk, on a machine that is busy
    hung: Verdict = "fail"
    hung_fix: str = devices.LOOK_AT_KERNEL


_QUICK = 15.0
_SLOW_DISK = "see whether the disk answers: df -h; dmesg | tail"

ENTRIES: tuple[Entry, ...] = (
    Entry("python", "The interpreter that trains.", libraries.judge_python, _QUICK, hung_fix=_SLOW_DISK),
    Entry("torch", "The library that computes.", libraries.judge_torch, 120.0, hung_fix=_SLOW_DISK),
    Entry(
        "torchaudio",
        "Mel filters. It must be of the same build as torch, or it does not load.",
        libraries.judge_torchaudio,
        120.0,
        hung_fix=_SLOW_DISK,
    ),
    Entry(
        "driver",
        "The NVIDIA driver, asked through its library (NVML) and through nvidia-smi. It must be as new as the CUDA "
        "that torch is built for.",
        devices.judge_driver,
        30.0,
    ),
    Entry("cuda", "torch multiplies two small matrices on every GPU.", devices.judge_cuda, 120.0),
    Entry("cudnn", "Convolutions on a GPU: three quarters of a training step.", devices.judge_cudnn, 120.0),
    Entry("gpu", "Every GPU with its memory, load, temperature and processes.", devices.judge_gpu, 30.0),
    Entry(
        "nccl",
        "A real sum over the GPUs, one process for each: what several GPUs do at every step.",
        collectives.judge_nccl,
        90.0,
    ),
    Entry(
        "gloo",
        "A real sum over two processes, on loopback and nothing else: what several processes do at every step where "
        "there is no NCCL.",
        collectives.judge_gloo,
        90.0,
        hung_fix="sudo ip link set lo up",
    ),
    Entry(
        "alignment",
        "The search for which sound belongs to which symbol, compiled by Cython or by numba.",
        speech.judge_alignment,
        120.0,
        hung_fix=speech.COMPILE,
    ),
    Entry("espeak", "Turns words into phonemes.", speech.judge_espeak, hung_fix=_SLOW_DISK),
    Entry(
        "phonemes",
        "Other versions of espeak give other phonemes. Those that made the lists and voices of this workspace are "
        "compared with those that would speak now.",
        speech.judge_phonemes,
        hung="warning",
        hung_fix=_SLOW_DISK,
    ),
    Entry(
        "compiler",
        "Wanted once, to compile the alignment search.",
        machine.judge_compiler,
        _QUICK * 2,
        hung="warning",
        hung_fix="cc --version",
    ),
    Entry(
        "cmake",
        "Wanted only where a package has no wheel for this system.",
        machine.judge_cmake,
        _QUICK * 2,
        hung="warning",
        hung_fix="cmake --version",
    ),
    Entry(
        "disk",
        "Room for the next checkpoints. A run keeps its newest three and its best, and writes one before it deletes "
        "one.",
        machine.judge_disk,
        hung_fix=_SLOW_DISK,
    ),
    Entry("files", "How many files a process may have open.", machine.judge_files, _QUICK, hung="warning"),
    Entry(
        "memory",
        "Shared memory: the loader workers of a GPU hand batches over through it, and containers have little.",
        machine.judge_memory,
        _QUICK,
        hung="warning",
    ),
    Entry(
        "logout",
        "Whether the login manager ends a training when the session that started it ends.",
        machine.judge_logout,
        _QUICK * 2,
        hung="warning",
        hung_fix="systemctl status systemd-logind",
    ),
    Entry(
        "report",
        "torch's own environment report (torch.utils.collect_env), in full, for a bug report.",
        report.judge_report,
        150.0,
        hung="warning",
    ),
)
NAMES: tuple[str, ...] = tuple(entry.name for entry in ENTRIES)


def entry(name: str) -> Entry:
    """The entry of that name."""
    return next(one for one in ENTRIES if one.name == name)
