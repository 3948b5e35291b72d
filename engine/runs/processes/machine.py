"""How busy this machine is: its processor and its memory."""

from __future__ import annotations

from typing import NamedTuple


class MachineLoad(NamedTuple):
    """One measurement."""

    cpu_percent: float
    used_bytes: int
    total_bytes: int


def measure(wait_s: float | None) -> MachineLoad:
    """The load over the next `wait_s` seconds; None: since the last call in this thread."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    load = float(psutil.cpu_percent(wait_s))
    memory = psutil.virtual_memory()
    return MachineLoad(load, int(memory.total - memory.available), int(memory.total))
