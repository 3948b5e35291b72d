"""How near a training step on a CPU comes to what the machine can do, for each part of the network.

    python bench/limits.py [CONFIG] [--batch 8] [--threads 2] [--rounds 5]                 about 1 min for small_cpu

The machine's two limits are measured first: operations a second of a large matrix product, bytes a second (read and
written) of a large copy. Then each part makes its share of a step alone, forward and backward, on a batch of 3 s of
noise, with the inputs that it has in the step:

    operations  of its convolutions and matrix products, by formula
    bytes       that these read and write: what lies between them could be fused with them. Of losses those of all
                operations; of optimisers 32 for each parameter (reads it, gradient and moments, writes it and moments,
                and reads the gradient for its norm)
    floor       the larger of operations over the peak and bytes over the bandwidth. Tensors that stay in the
                processor's cache may be faster than the bandwidth
    measured    median of the rounds, and how many floors that is

At the end the floors of a whole step, ours and the plain loop's, beside both steps' times, measured in processes that
take turns. The plain loop's floor is higher: it makes gradients that nobody uses. In our step as many discriminators as
there are threads work at the same time, one thread each; alone, each has all threads.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rows
import torch
from limits_parts import parts_of_step
from operations import Counter
from plain_step import PlainStep
from step_worker import ROOT, Steps, batches, settings_of
from turns import take_turns

from engine.train.state import new_state
from engine.train.step import TrainingStep

SIZE = 1024  # of the matrices; the copy has 16 times as many numbers as one of them


def fastest(work: Callable[[], object], times: int = 30) -> float:
    """Seconds of the fastest of some short calls: one that nothing else has disturbed."""
    found = []
    for _ in range(times + 1):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found[1:])


def machine(size: int) -> tuple[float, float]:
    """Operations and bytes a second."""
    left, right = torch.randn(size, size), torch.randn(size, size)
    out = torch.empty_like(left)
    peak = 2.0 * size**3 / fastest(lambda: torch.mm(left, right, out=out))
    source = torch.randn(16 * size * size)
    target = torch.empty_like(source)
    return peak, 2 * source.nbytes / fastest(lambda: target.copy_(source))


def count(work: Callable[[], object]) -> Counter:
    """Of one call, in one thread: other threads would not be seen."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with Counter() as counter:
        work()
    torch.set_num_threads(threads)
    return counter


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--size", type=int, default=SIZE, help="of the matrices that the peak is measured with"
    )
    rows.add_flag(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    peak, bandwidth = machine(arguments.size)
    name = f"{arguments.config.stem}, batch {arguments.batch}, {arguments.threads} threads"
    print(f"{name}: the machine makes {peak / 1e9:.0f} GFLOP/s and copies {bandwidth / 1e9:.1f} GB/s")

    steps = Steps("ours", str(arguments.config.absolute()), arguments.batch, arguments.threads)
    settings = settings_of(steps)
    batch = next(batches(settings, steps))
    state = new_state(settings, 178, torch.device("cpu"))
    heads = ("part", "GFLOP", "over peak", "MB", "over bandwidth", "floor", "measured", "ratio")
    print("{:26} {:>8} {:>10} {:>7} {:>15} {:>9} {:>9}  {}".format(*heads), flush=True)
    measured_s = 0.0
    for part, work, bytes_of in parts_of_step(state, batch):
        counter = count(work)
        moved = bytes_of(counter.bytes, counter.all_bytes)
        compute_s, memory_s = counter.operations / peak, moved / bandwidth
        floor_s = max(compute_s, memory_s)
        seconds = statistics.median(_seconds(work) for _ in range(arguments.rounds))
        measured_s += seconds
        print(
            f"{part:26} {counter.operations / 1e9:8.2f} {1e3 * compute_s:7.1f} ms {moved / 1e6:7.0f} "
            f"{1e3 * memory_s:12.1f} ms {1e3 * floor_s:6.1f} ms {1e3 * seconds:6.1f} ms  {seconds / floor_s:5.1f}",
            flush=True,
        )
    floors = {}
    for form, make in (("plain", PlainStep), ("ours", TrainingStep)):
        fresh = new_state(settings, 178, torch.device("cpu"))
        step: Any = make(fresh)
        counter = count(partial(step, batch))
        floors[form] = max(counter.operations / peak, counter.bytes / bandwidth)
    asked = {form: Steps(form, steps.config, arguments.batch, arguments.threads) for form in floors}
    answers = take_turns(asked, arguments.rounds)
    times = {
        form: statistics.median(each["seconds"] for each in found[1:]) for form, found in answers.items()
    }
    made = []
    for form, floor_s in floors.items():
        figure = f"{times[form]:.3f} s, {times[form] / floor_s:.1f} x its floor of {floor_s:.3f} s"
        made.append(rows.Row(f"step beside its floor, {form}, {name}", "", figure))
    best = times["plain"] / floors["ours"]
    made.append(rows.Row("plain loop's time over the floor of our step", "", f"{best:.2f} x"))
    print(f"all parts one after the other: {measured_s:.3f} s")
    rows.report(made, arguments.rows)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
