"""NCCL and Gloo: whether processes of this machine can add up numbers together."""

from __future__ import annotations

from engine.doctor.check import REINSTALL, Check, Facts
from engine.doctor.libraries import trouble

CPU_ONLY = "vitsdeck train --backend gloo   (what --devices then uses)"


def judge_gloo(facts: Facts) -> Check:
    """Two processes on the processor."""
    if "error" in facts:
        return trouble("gloo", facts, 'echo "127.0.0.1 $(hostname)" | sudo tee -a /etc/hosts')
    return _added("gloo", facts, "2 processes")


def judge_nccl(facts: Facts) -> Check:
    """One process a GPU, two at most."""
    if "error" in facts:
        return trouble("nccl", facts, CPU_ONLY)
    if not facts["gpus"]:
        return Check("nccl", "not applicable", "no GPU here; several processes use gloo")
    world = facts["world"]
    who = "2 GPUs" if world == 2 else "1 GPU alone (NCCL wants a GPU for each process)"
    return _added("nccl", facts, who)


def _added(name: str, facts: Facts, who: str) -> Check:
    version = f"{facts['version']}: " if name == "nccl" else ""
    if not facts["is_right"]:
        return Check(name, "fail", f"{version}{who} added up wrong numbers", REINSTALL)
    beyond = [one for one in facts["listens"] if not (one.startswith("127.") or one == "::1")]
    where = "" if name == "nccl" else " on 127.0.0.1" if not beyond else f" on {', '.join(beyond)}"
    seen = f"{version}{who} met in {facts['meet_ms']:.0f} ms{where}; 1 MB added up in {facts['megabyte_ms']:.1f} ms"
    return Check(name, "ok", seen)
