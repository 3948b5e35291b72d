"""One training step and its parts, in seconds; beside it the same step without freezing the discriminators.

    python bench/training_step.py [CONFIG] [--batch 4] [--steps 6] [--threads N]

Synthetic batch of real shapes (text of 60 symbols, clips of 3 s): time does not depend on the values. Medians
over the steps after one warm-up; both forms run in turn in one process, so their ratio holds on a noisy machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine import config
from engine.dataset.loader.batch import Batch, Clip, collate
from engine.train.state import new_state
from engine.train.step import TrainingStep

ROOT = Path(__file__).resolve().parent.parent


class Timed(TrainingStep):
    """The real step with a stopwatch around each of its parts."""

    def __init__(self, *arguments: Any, frozen: bool = True) -> None:
        super().__init__(*arguments)
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.frozen = frozen
        if not frozen:  # as the family does it: the generator's pass also fills the discriminators' gradients
            self.state.discriminators.requires_grad_ = lambda _=True: self.state.discriminators  # type: ignore[method-assign,assignment]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        _wait()
        started = time.perf_counter()
        yield
        _wait()
        self.seconds[name].append(time.perf_counter() - started)

    def __call__(self, batch: Batch) -> dict[str, torch.Tensor]:
        with self.part("step"):
            return super().__call__(batch)

    def _targets(self, *arguments: Any) -> Any:
        with self.part("targets (mel, cut)"):
            return super()._targets(*arguments)

    def _train_discriminators(self, *arguments: Any) -> Any:
        with self.part("discriminators"):
            return super()._train_discriminators(*arguments)

    def _train_generator(self, *arguments: Any) -> Any:
        with self.part("generator losses and backward"):
            return super()._train_generator(*arguments)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def batch_of(settings: config.Config, size: int, seconds: float = 3.0) -> Batch:
    """A batch of noise with the shapes of speech."""
    from engine.audio.mel import linear_spectrogram

    data = settings.data
    frames = int(seconds * data.sampling_rate / data.hop_length)
    clips = []
    for index in range(size):
        wav_L = torch.randn((frames - index) * data.hop_length) * 0.1
        spec_CF = linear_spectrogram(wav_L[None], data.filter_length, data.hop_length, data.win_length)[0]
        ids_N = torch.randint(1, 170, (121,))
        clips.append(Clip(ids_N, wav_L, spec_CF, None, str(index)))
    return collate(clips)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    settings = config.load(arguments.config)
    settings = replace(settings, train=replace(settings.train, batch_size=arguments.batch))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    batch = batch_of(settings, arguments.batch).to(device)
    forms = {
        name: Timed(new_state(settings, 178, device), frozen=name == "ours") for name in ("ours", "unfrozen")
    }
    for _ in range(arguments.steps + 1):
        for form in forms.values():
            form(batch)
    print(
        f"{arguments.config.name}, batch {arguments.batch}, {device}, {arguments.threads} threads, "
        f"torch {torch.__version__}"
    )
    _print_parts(forms["ours"].seconds)
    ours, family = (statistics.median(form.seconds["step"][1:]) for form in forms.values())
    print(f"{'unfrozen step':32} {family:8.3f} s   {family / ours:.2f} x ours")


def _print_parts(seconds: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    whole = medians.pop("step")
    medians = {"forward of the voice": whole - sum(medians.values()), **medians}
    for name, value in medians.items():
        print(f"{name:32} {value:8.3f} s   {value / whole:4.0%}")
    print(f"{'step':32} {whole:8.3f} s   {1 / whole:.2f} steps/s")


if __name__ == "__main__":
    main()
