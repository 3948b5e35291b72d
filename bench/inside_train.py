"""A step inside `vitsdeck train` against the same step in a bare script, which take turns.

    python bench/inside_train.py [CONFIG] [--batch 4] [--turns 5] [--steps 4]             about 3 min for small_cpu

The training is started as a user starts it: launcher, supervisor, trainer, logs, events. It is frozen while the bare
script makes its steps. Both make the same steps: the batches of `vitsdeck train` from the demo's recordings, in its
order. A step of the training lasts from one logged step to the next, so the wait for data and the log are in it. The
first steps, in which the training chooses its number of threads, are not counted.

    quiet      against torch's own number of threads, with nothing else to do
    beside     a process that computes all the time: against one thread. The training starts beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import rows
from step_worker import ROOT, Steps
from turns import TRIALS, Training, Worker, recorded_workspace, workers, write_config

WITHIN = 1.03


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """A process that keeps one core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def ratios(training: Training, bare: Worker, turns: int, steps: int) -> list[float]:
    """Time in the training over time in the bare script, for the steps that both made."""
    training.run_until(lambda whole: max(whole, default=0) >= TRIALS)
    inside: dict[int, float] = {}
    for _ in range(turns):
        inside |= training.run_until(lambda whole: len(whole) >= steps)
        while len(bare.found) < max(inside):
            bare.turn()
    return [seconds / bare.found[step - 1]["seconds"] for step, seconds in inside.items()]


def measure(root: Path, config: Path, name: str, threads: int, arguments: argparse.Namespace) -> float:
    """Print and return the median ratio of one case."""
    steps = Steps("ours", str(config), arguments.batch, threads, str(root))
    with workers({"bare": steps}) as found:
        found["bare"].turn()  # it has started before the training measures which number of threads is faster
        with Training(root, name, config) as training:
            each = ratios(training, found["bare"], arguments.turns, arguments.steps)
        bare = found["bare"].seconds
    median = statistics.median(each)
    print(
        f"{name}: {statistics.median(bare):.3f} s a step in the bare script with {threads or 'all'} threads, "
        f"{median:.3f} x in `vitsdeck train` with {training.threads() or 'all'} ({len(each)} steps, "
        f"{min(each):.2f} to {max(each):.2f})",
        flush=True,
    )
    return median


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4, help="of each turn")
    rows.add_flag(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        root = recorded_workspace(Path(folder))
        config = write_config(root, arguments.config, "bench", batch_size=arguments.batch)
        quiet = measure(root, config, "quiet", 0, arguments)
        with busy():
            beside = measure(root, config, "beside", 1, arguments)
    name = f"step inside `vitsdeck train`, {arguments.config.stem}, "
    rows.report(
        [
            rows.at_most(name + "quiet", quiet, WITHIN, "{:.2f} of a bare script's"),
            rows.at_most(name + "beside other work", beside, WITHIN, "{:.2f} of one thread's"),
        ],
        arguments.rows,
    )


if __name__ == "__main__":
    main()
