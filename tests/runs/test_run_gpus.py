"""GPU figures make sense where there is a driver; without one there are none, and no error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.runs import gpus


def test_figures_are_those_of_a_gpu_or_none() -> None:
    for number, gpu in enumerate(gpus.poll()):
        assert gpu.index == number
        assert gpu.name
        if gpu.total_bytes is not None:
            assert gpu.total_bytes > 1 << 28
            assert 0 <= (gpu.used_bytes or 0) <= gpu.total_bytes
            assert 0 <= (gpu.free_bytes or 0) <= gpu.total_bytes
        assert gpu.utilization_percent is None or 0 <= gpu.utilization_percent <= 100
        assert gpu.temperature_c is None or -20 < gpu.temperature_c < 130
        assert all(process.pid > 0 for process in gpu.processes)


def test_driver_that_is_not_there_is_not_looked_for_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    if gpus.poll():
        pytest.skip("there is a driver here")
    monkeypatch.setitem(sys.modules, "pynvml", None)  # an import of it would be an error that is caught
    before = gpus._next_try
    assert gpus.poll() == []
    assert gpus._next_try == before


def test_library_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; from engine.runs import gpus, registry, launch, events, commands\n"
        "sys.exit(any(name in sys.modules for name in ('pynvml', 'psutil', 'torch', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
