"""How many threads a training on a CPU uses: measured in its first steps.

Two threads are faster than one on a machine with nothing else to do, and slower beside another process that computes:
there each waits for the other. So the first steps are made in turn with all cores, with one thread a physical core and
with one thread alone, and the fastest number is kept. It is recorded in run.json: a resumed run takes it from there,
since another number of threads adds up in another order and changes the last bits of every loss. It is measured again
when steps stay slow for long, and when cores that are not used stay idle.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psutil  # type: ignore[import-untyped,unused-ignore]
import torch

TRIES = 3  # steps with each number, after one that warms up
WINDOW = 30  # steps after which the choice is looked at again
SLOW_RATIO = 1.6  # all of them slower by so much: measured again
IDLE_CORES = 0.7  # so many idle beside the step on average: measured again
VARIABLE = "OMP_NUM_THREADS"  # whoever sets it has chosen


class ThreadChooser:
    """Sets torch's number of threads before each step.

    Args:
        candidates: numbers to try, the largest first.
        recorded: the number that an earlier start of this run chose; None for none.
        on_choice: called with the number and a sentence about it.
        clock: in seconds.
        busy_cores: how many cores all processes together kept busy since the last call.
    """

    def __init__(
        self,
        candidates: Sequence[int],
        recorded: int | None,
        on_choice: Callable[[int, str], None],
        clock: Callable[[], float] = time.perf_counter,
        busy_cores: Callable[[], float] | None = None,
    ) -> None:
        self.candidates = candidates
        self.chosen = recorded if recorded in candidates else None  # the run may have moved to fewer cores
        self.usual = 0.0  # seconds a frame with the chosen number; 0 while unknown
        self._on_choice = on_choice
        self._clock = clock
        self._busy_cores = busy_cores or _busy_cores
        self._steps = 0
        self._found: dict[int, list[float]] = {number: [] for number in self.candidates}
        self._recent: list[float] = []
        self._window, self._last_choice = WINDOW, self.chosen
        if self.chosen is not None:
            torch.set_num_threads(self.chosen)

    @contextmanager
    def timed(self, frames: int) -> Iterator[None]:
        """Set the threads for the step in the block and measure it.

        Args:
            frames: of its batch, padding included: seconds a frame compare.
        """
        if self.chosen is None:
            torch.set_num_threads(self.candidates[self._steps % len(self.candidates)])
        began = self._clock()
        yield
        self._add((self._clock() - began) / frames)

    def _add(self, pace: float) -> None:
        self._steps += 1
        if self.chosen is not None:
            self._watch(pace)
        elif self._steps > len(self.candidates):  # the first of each compiles and allocates
            self._found[torch.get_num_threads()].append(pace)
            if self._steps == len(self.candidates) * (1 + TRIES):
                self._choose()

    def _choose(self) -> None:
        paces = {number: statistics.median(found) for number, found in self._found.items()}
        self.chosen = min(paces, key=lambda number: paces[number])
        self.usual = paces[self.chosen]
        # the same again: what was looked for is not there, so look less often
        self._window = 2 * self._window if self.chosen == self._last_choice else WINDOW
        self._last_choice = self.chosen
        torch.set_num_threads(self.chosen)
        others = ", ".join(
            f"{paces[number] / self.usual:.2f} times as long with {number}"
            for number in self.candidates
            if number != self.chosen
        )
        self._on_choice(self.chosen, f"{self.chosen} thread{'s' * (self.chosen > 1)}: a step takes {others}")

    def _watch(self, pace: float) -> None:
        self._recent.append(pace)
        if len(self._recent) < self._window:
            return
        now = min(self._recent)  # one fast step is enough to leave it as it is
        if not self.usual:
            self.usual = now
        idle = self.candidates[0] - self._busy_cores()
        if now > SLOW_RATIO * self.usual or (
            torch.get_num_threads() < self.candidates[0] and idle > IDLE_CORES
        ):
            self.chosen, self._steps = None, 0
            self._found = {number: [] for number in self.candidates}
        self._recent.clear()


def _busy_cores() -> float:
    return float(psutil.cpu_percent()) / 100 * (psutil.cpu_count() or 1)


def candidates(cores: int) -> list[int]:
    """All of the cores that this process may use, those that are no second thread of another one, and one."""
    logical, physical = psutil.cpu_count(), psutil.cpu_count(logical=False)
    own = max(1, cores * physical // logical) if logical and physical else cores
    return list(dict.fromkeys((cores, own, 1)))


def is_chosen_elsewhere(device: torch.device, world: int, cores: int) -> bool:
    """Whether nothing is to be chosen: on a GPU, among ranks, with one core, or by the environment."""
    return device.type != "cpu" or world > 1 or cores < 2 or VARIABLE in os.environ
