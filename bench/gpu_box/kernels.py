"""Parts `kernels` and `sync`: what the GPU does in our step, and where the host waits for it."""

from __future__ import annotations

import json
import warnings
from collections import Counter, defaultdict
from pathlib import Path

from bench.gpu_box.box import Box, Inapplicable
from bench.gpu_box.machine import Clock
from bench.gpu_box.steps import Bench

STEPS = 50
DEAREST = 10
BUSY = 0.9


def _bench(box: Box) -> Bench:
    preset, batch = box.cells()
    bench = Bench(box, "ours", {"preset": preset, "batch": batch, "precision": box.half(), "compiled": False})
    bench.warm_up()
    return bench


def kernels(box: Box) -> None:
    """The ten dearest kernels, and kernel time over wall time of 50 steps."""
    from torch.profiler import ProfilerActivity, profile

    bench, count = _bench(box), 2 if box.quick else STEPS
    without = bench.run(min(count, 10))
    kind = ProfilerActivity.CUDA if box.on_gpu else ProfilerActivity.CPU
    # without the host's operators: recording them would slow down what launches the kernels
    with profile(activities=[kind]) as profiler, Clock(box) as clock:
        for _ in range(count):
            bench.one()
    wall = clock.seconds
    path = box.work / "trace.json"
    profiler.export_chrome_trace(str(path))
    found = _kernels(path, "kernel" if box.on_gpu else "cpu_op")
    path.unlink()
    if not found:
        raise Inapplicable("torch's profiler recorded no kernel")
    busy = _union(found)
    target, is_busy = f"over {BUSY:.0%} on a GPU", busy > BUSY * wall
    box.row(f"kernel time over wall time of {count} steps", f"{busy / wall:.1%}", target, box.met(is_busy))
    box.row(
        "wall time of a step, with and without the profiler",
        f"{1000 * wall / count:.1f}, {1000 * without:.1f} ms",
    )
    box.row("kernel time over the wall time without the profiler", f"{busy / count / without:.1%}")
    box.row("kernels a step", f"{len(found) / count:,.0f}")
    sums: dict[str, float] = defaultdict(float)
    for name, _, seconds in found:
        sums[name] += seconds
    times = Counter(name for name, _, _ in found)
    total = sum(sums.values())
    for name in sorted(sums, key=lambda name: -sums[name])[:DEAREST]:
        figure = f"{1000 * sums[name] / count:.2f} ms a step, {sums[name] / total:.1%}, {times[name] / count:.0f} times"
        box.row(f"`{name[:90]}`", figure)


def _kernels(path: Path, category: str) -> list[tuple[str, float, float]]:
    """Name, start and duration in seconds of each event of a category in one of torch's traces."""
    events = json.loads(path.read_text(encoding="utf-8", errors="replace"))["traceEvents"]
    wanted = (category, "gpu_memcpy", "gpu_memset") if category == "kernel" else (category,)
    return [
        (event["name"], event["ts"] / 1e6, event["dur"] / 1e6)
        for event in events
        if event.get("ph") == "X" and str(event.get("cat", "")).lower() in wanted
    ]


def _union(events: list[tuple[str, float, float]]) -> float:
    """Seconds in which at least one of the events ran: streams overlap, and so do an operator and its parts."""
    busy, end = 0.0, float("-inf")
    for _, start, seconds in sorted(events, key=lambda event: event[1]):
        busy += max(0.0, start + seconds - max(start, end))
        end = max(end, start + seconds)
    return busy


def sync(box: Box) -> None:
    """How often the host waits for the device in steps whose losses nobody reads, and in which lines."""
    import torch

    if not box.on_gpu:
        raise Inapplicable("a CPU has nothing to wait for")
    bench, count = _bench(box), 5
    torch.cuda.synchronize()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            for _ in range(count):
                bench.one()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    # turning the mode on warns too, in other words
    waits = [each for each in found if "called a synchronizing" in str(each.message)]
    box.row("waits of the host in an unlogged step", f"{len(waits) / count:.1f}", "0", not waits)
    places = Counter(f"{_short(each.filename)}:{each.lineno}" for each in waits)
    for place, times in places.most_common():
        box.row(f"`{place}`", f"{times / count:.1f} times a step")


def _short(path: str) -> str:
    for package in ("engine", "bench", "torch"):
        if f"/{package}/" in path:
            return package + path.rpartition(f"/{package}")[2]
    return path
