"""Our training step against the plain one (`plain_step.py`): time, memory and losses, in processes that take turns.

    python bench/training_step.py [CONFIG] [--batch 8] [--threads 2] [--rounds 8]          about 1 min for small_cpu

Each form has a process of its own, with torch's own waiting of threads, as `vitsdeck train` has it. One step of each
in turn on the same synthetic batch (text of 60 symbols, clips of 3 s: time does not depend on the values), the same
seeds and segments. Printed: median of the rounds without the first, the worst round's ratio, memory above weights,
gradients and moments, and how far the losses of the first step are apart. The discriminators take part from the first
step.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine import config
from engine.config import Config
from engine.dataset.loader.batch import Batch, Clip, collate
from engine.train.state import TrainingState, new_state

ROOT = Path(__file__).resolve().parent.parent
FORMS = ("plain", "ours")


def batch_of(settings: Config, size: int, seconds: float = 3.0) -> Batch:
    """A batch of noise with the shapes of speech, the same every time."""
    from engine.audio.mel import linear_spectrogram

    data, dice = settings.data, torch.Generator().manual_seed(0)
    frames = int(seconds * data.sampling_rate / data.hop_length)
    clips = []
    for index in range(size):
        wav_L = 0.1 * torch.randn((frames - index) * data.hop_length, generator=dice)
        spec_CF = linear_spectrogram(wav_L[None], data.filter_length, data.hop_length, data.win_length)[0]
        clips.append(Clip(torch.randint(1, 170, (121,), generator=dice), wav_L, spec_CF, None, str(index)))
    return collate(clips)


def work(form: str, settings: Config, batch_size: int) -> None:
    """The process of one form: makes a step for each line of stdin and answers with a line of JSON."""
    from plain_step import PlainStep

    from engine.train.step import TrainingStep

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    state = new_state(settings, 178, device)
    batch = batch_of(settings, batch_size).to(device)
    step: Any = PlainStep(state) if form == "plain" else TrainingStep(state)
    _make_moments(state)
    for _ in sys.stdin:
        with _peak(device) as peak:
            began = time.perf_counter()
            values = step(batch)
            losses = {tag: float(value) for tag, value in values.items()}
            seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "bytes": peak[0], "losses": losses}), flush=True)
        state.position.step += 1


def _make_moments(state: TrainingState) -> None:
    """Gradients and moments, with weights that stay as they are."""
    for optimizer in (state.optimizer_g, state.optimizer_d):
        group = optimizer.param_groups[0]
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
        rate, group["lr"] = group["lr"], 0.0
        optimizer.step()
        group["lr"] = rate


@contextmanager
def _peak(device: torch.device) -> Iterator[list[int]]:
    """The most bytes that the process held while the block ran, above those at its start."""
    found = [0]
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield found
        found[0] = torch.cuda.max_memory_allocated(device) - before
        return
    before, done = _resident(), threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            found[0] = max(found[0], _resident() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield found
    done.set()
    watcher.join()


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--form", choices=FORMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    settings = config.load(arguments.config)
    train = replace(settings.train, batch_size=arguments.batch, adversarial_start=0, learning_rate=2e-5)
    settings = replace(settings, train=train)
    if arguments.form:
        work(arguments.form, settings, arguments.batch)
        return
    found = _in_turns(arguments)
    name = f"{arguments.config.stem}, batch {arguments.batch}, {arguments.threads} threads"
    print(f"{name}, torch {torch.__version__}")
    seconds = {form: [each["seconds"] for each in found[form][1:]] for form in FORMS}
    for form in FORMS:
        peak = max(each["bytes"] for each in found[form][:1])
        print(f"{form:6} {statistics.median(seconds[form]):7.3f} s a step   {peak / 1e6:6.0f} MB")
    ratios = [plain / ours for plain, ours in zip(seconds["plain"], seconds["ours"], strict=True)]
    print(f"ratio  {statistics.median(ratios):7.2f} x (worst round {min(ratios):.2f})", end="")
    print(f"   memory {found['ours'][0]['bytes'] / found['plain'][0]['bytes']:.2f}")
    plain, ours = (found[form][0]["losses"] for form in FORMS)
    apart = {tag: abs(ours[tag] - value) / abs(value) for tag, value in plain.items()}
    worst = max(apart, key=lambda tag: apart[tag])
    print(f"losses and norms of the first step: at most {apart[worst]:.1e} apart ({worst})")


def _in_turns(arguments: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """The answers of both processes, a step of each in turn."""
    processes = {}
    for form in FORMS:
        environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
        command = [sys.executable, __file__, str(arguments.config), "--form", form]
        processes[form] = subprocess.Popen(
            [*command, "--batch", str(arguments.batch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
    found: dict[str, list[dict[str, Any]]] = {form: [] for form in FORMS}
    for _ in range(arguments.rounds + 1):
        for form, process in processes.items():
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            found[form].append(json.loads(process.stdout.readline()))
    for process in processes.values():
        process.communicate()
    return found


if __name__ == "__main__":
    main()
