"""Every row of the targets for a CPU, in one table at the end: `make bench`, `make bench-full`.

    python bench/all.py [--full] [--only training_step,limits]

`make bench` takes a sample of each row, of training on small_cpu and of speech on ljs_mini_mb, in less than 19 minutes
on two quiet cores. --full takes all cells: training on small_cpu and ljs_mini_mb, speech on ljs_mini_mb and ljs_mb.
Each script can be called alone. A script that fails is a row.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows
import torch

ROOT = Path(__file__).resolve().parent.parent
MINI = str(ROOT / "configs" / "ljs_mini_mb_istft_vits.json")
SAMPLE = [
    ["training_step.py"],
    ["inside_train.py"],
    ["limits.py"],
    ["start.py"],
    ["scaling.py"],
    ["speech.py"],
]
FULL = [
    ["training_step.py", "--full"],
    ["inside_train.py"],
    ["inside_train.py", MINI],
    *(["limits.py", *config, "--threads", threads] for config in ([], [MINI]) for threads in ("1", "2")),
    ["start.py"],
    ["scaling.py"],
    ["scaling.py", MINI],
    ["speech.py", "--full", "--rounds", "5"],
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", help="scripts to run, without .py and with commas")
    arguments = parser.parse_args()
    wanted = None if arguments.only is None else arguments.only.split(",")
    began = time.monotonic()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {processor()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        file = Path(folder) / "rows.jsonl"
        made: list[rows.Row] = []
        for script, *words in FULL if arguments.full else SAMPLE:
            if wanted is not None and script.removesuffix(".py") not in wanted:
                continue
            print(f"\n{' '.join([script, *words])}, {(time.monotonic() - began) / 60:.1f} min", flush=True)
            file.unlink(missing_ok=True)
            command = [sys.executable, str(ROOT / "bench" / script), *words, "--rows", str(file)]
            code = subprocess.run(command, check=False).returncode
            made += rows.read(file)
            if code != 0:
                made.append(rows.Row(script, "", "", f"failed with code {code}"))
    print(f"\n{(time.monotonic() - began) / 60:.1f} min in all")
    rows.print_table(made)
    sys.exit(any(each.verdict.startswith("failed") for each in made))


def processor() -> str:
    """Its name, and which wide instructions torch uses."""
    names = []
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name} ({os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()})"


if __name__ == "__main__":
    main()
