"""Time and memory of a training step against its sizes, and what more devices give: measured, then a model of it.

    python bench/scaling.py [CONFIG] [--rounds 4] [--only batch,segment,clip,ranks] [--step-seconds S]
                                                                                          about 3 min for small_cpu

Batch, segment and length of the clips change one at a time, on noise, in processes that take turns. `per unit` is the
time against that of the first row, over the size against that of the first row: 1 where time grows as the size does,
below 1 where a part of it is the same for every size. Memory is what a step takes above weights, gradients and moments.

Ranks are trainings started by `vitsdeck train --devices N`, which take turns too; on one machine they share its cores.
With the time that Gloo takes for sums of all gradients between two processes here, the last table computes

    time with N devices = time with one + 2 (N - 1) / N x bytes of all gradients / bandwidth

A ring of N devices sends so much to add up gradients (Patarasuk and Yuan 2009). The model takes it that no device
computes meanwhile. Each device takes a batch of its own, so N devices see N times as many clips. --step-seconds gives
the time of a step on another device, as a GPU. The bandwidths of all links but Gloo's here are typical ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import rows
from step_worker import ROOT, Steps
from turns import TRIALS, Training, environment, recorded_workspace, take_turns, write_config

SIZES: dict[str, dict[str, list[float]]] = {
    "batch": {"batch": [2, 4, 8, 16]},
    "segment": {"segment": [4096, 8192, 16384]},
    "clip": {"seconds": [1.5, 3, 6]},
}
# bytes a second: the first is measured
LINKS = {
    "Gloo here": 0.0,
    "1 Gbit Ethernet": 0.11e9,
    "10 Gbit Ethernet": 1.1e9,
    "PCIe 4 x16": 25e9,
    "NVLink 4": 200e9,
}
DEVICES = (2, 4, 8)
TIMES = 5


def sweep(name: str, base: Steps, rounds: int) -> list[rows.Row]:
    """A table of one size, and its row."""
    ((field, sizes),) = SIZES[name].items()
    asked = {size: replace(base, **{field: type(getattr(base, field))(size)}) for size in sizes}
    found = take_turns(asked, rounds)
    seconds = {
        size: statistics.median(each["seconds"] for each in answers[1:]) for size, answers in found.items()
    }
    first, last = sizes[0], sizes[-1]
    print(f"\n{name:>8} {'s a step':>9} {'per unit':>9} {'MB':>6}")
    for size in sizes:
        share = seconds[size] / seconds[first] / (size / first)
        print(f"{size:8g} {seconds[size]:9.3f} {share:9.2f} {found[size][0]['bytes'] / 1e6:6.0f}", flush=True)
    figure = f"{seconds[last] / seconds[first]:.1f} x the time, "
    figure += f"{found[last][0]['bytes'] / found[first][0]['bytes']:.1f} x the memory"
    return [rows.Row(f"{name} {first:g} to {last:g}, {last / first:g} x", "", figure)]


def ranks(config: Path, batch: int, turns: int) -> list[rows.Row]:
    """Step time with one and with two ranks on this machine."""
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        root = recorded_workspace(Path(folder))
        path = write_config(root, config, "bench", batch_size=batch)
        seconds: dict[int, list[float]] = {1: [], 2: []}
        with Training(root, "one", path) as one:
            one.run_until(lambda whole: max(whole, default=0) >= TRIALS)
            with Training(root, "two", path, "--devices", "2") as two:
                two.run_until(lambda whole: len(whole) >= 1)
                for _ in range(turns):
                    for count, training in ((1, one), (2, two)):
                        seconds[count] += training.run_until(lambda whole: len(whole) >= 3).values()
    median = {count: statistics.median(found) for count, found in seconds.items()}
    print(f"\n{'ranks':>8} {'s a step':>9} {'clips/s':>9}")
    for count, each in median.items():
        print(f"{count:8} {each:9.3f} {count * batch / each:9.2f}", flush=True)
    gain = 2 * median[1] / median[2]
    return [
        rows.Row("two ranks that share this machine's cores", "", f"{gain:.2f} x the clips a second of one")
    ]


def gloo_bandwidth(count: int) -> float:
    """Bytes a second of a sum over two processes, by the formula of a ring."""
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        store = str(Path(folder) / "store")
        command = [sys.executable, __file__, "--sum", store, str(count)]
        processes = [
            subprocess.Popen([*command, str(rank)], env=environment(1), stdout=subprocess.PIPE, text=True)
            for rank in (0, 1)
        ]
        answers = [process.communicate()[0] for process in processes]
    seconds = max(json.loads(answer) for answer in answers)
    return 4 * count / seconds  # 2 (N - 1) / N is 1


def add_up(store: str, count: int, rank: int) -> None:
    """One of the two processes: print the seconds of the fastest sum."""
    import os

    import torch
    import torch.distributed as dist

    from engine.train.ranks.ranks import rank_environment

    os.environ.update(rank_environment(sys.platform, rank, 2, threads=1))
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    gradients, found = torch.ones(count), []
    for _ in range(TIMES + 1):
        dist.barrier()
        began = time.perf_counter()
        dist.all_reduce(gradients)
        found.append(time.perf_counter() - began)
    dist.destroy_process_group()
    print(min(found[1:]))


def model(base: Steps, seconds: float) -> None:
    """The table of what more devices give."""
    import torch

    from engine.config import load
    from engine.train.state import new_state

    state = new_state(load(Path(base.config)), 178, torch.device("cpu"))
    modules = (state.voice, state.discriminators)
    count = sum(each.numel() for module in modules for each in module.parameters())
    LINKS["Gloo here"] = gloo_bandwidth(count)
    print(
        f"\na step of {seconds:.3f} s, gradients of {4 * count / 1e6:.0f} MB; times as many clips as one device"
    )
    print(f"{'link':20} {'GB/s':>7} " + " ".join(f"{f'{devices} devices':>10}" for devices in DEVICES))
    for name, bandwidth in LINKS.items():
        sums = {devices: 2 * (devices - 1) / devices * 4 * count / bandwidth for devices in DEVICES}
        gains = [devices * seconds / (seconds + sums[devices]) for devices in DEVICES]
        print(f"{name:20} {bandwidth / 1e9:7.2f} " + " ".join(f"{gain:8.2f} x" for gain in gains), flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--sum"]:
        add_up(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", default="batch,segment,clip,ranks")
    parser.add_argument("--step-seconds", type=float, help="of the model; measured if it is left out")
    rows.add_flag(parser)
    arguments = parser.parse_args()
    base, made = Steps("ours", str(arguments.config.absolute()), batch=4), []
    print(
        f"{arguments.config.stem}: batch {base.batch}, clips of {base.seconds:g} s where nothing else is said"
    )
    wanted = arguments.only.split(",")
    for name in SIZES:
        if name in wanted:
            made += sweep(name, base, arguments.rounds)
    if "ranks" in wanted:
        made += ranks(arguments.config, base.batch, arguments.rounds // 2)
    seconds = arguments.step_seconds
    if seconds is None:
        (answers,) = take_turns({"base": base}, arguments.rounds).values()
        seconds = statistics.median(each["seconds"] for each in answers[1:])
    model(base, seconds)
    rows.report(made, arguments.rows)


if __name__ == "__main__":
    main()
