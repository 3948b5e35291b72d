"""The number of threads: measured, kept, recorded, and measured again when steps stay slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from engine.train.ranks.threads import WINDOW, ThreadChooser


@pytest.fixture(autouse=True)
def usual_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Machine:
    """Steps whose length depends on the number of threads."""

    def __init__(self, recorded: int | None = None, **seconds: float) -> None:
        self.busy_cores = 2.0
        self.now, self.chosen = 0.0, list[tuple[int, str]]()
        self.seconds = seconds
        self.chooser = ThreadChooser(
            [2, 1],
            recorded,
            lambda *choice: self.chosen.append(choice),
            lambda: self.now,
            lambda: self.busy_cores,
        )

    def steps(self, count: int) -> list[int]:
        used = []
        for _ in range(count):
            with self.chooser.timed(100):
                used.append(torch.get_num_threads())
                self.now += self.seconds["one" if used[-1] == 1 else "two"]
        return used


def test_the_faster_number_is_kept_and_said() -> None:
    machine = Machine(one=1.7, two=1.1)
    assert machine.steps(12) == [2, 1] * 4 + [2] * 4
    assert machine.chosen == [(2, "2 threads: a step takes 1.55 times as long with 1")]


def test_all_cores_the_physical_ones_and_one_are_tried() -> None:
    chosen: list[tuple[int, str]] = []
    now = [0.0]
    chooser = ThreadChooser([8, 4, 1], None, lambda *choice: chosen.append(choice), lambda: now[0])
    for _ in range(12):
        with chooser.timed(100):
            now[0] += {8: 1.5, 4: 1.0, 1: 3.0}[torch.get_num_threads()]
    assert chosen == [(4, "4 threads: a step takes 1.50 times as long with 8, 3.00 times as long with 1")]


def test_beside_other_work_one_thread_is_kept() -> None:
    machine = Machine(one=1.7, two=4.4)
    assert machine.steps(10)[-2:] == [1, 1]
    assert machine.chosen == [(1, "1 thread: a step takes 2.59 times as long with 2")]


def test_a_recorded_number_is_taken_without_measuring() -> None:
    machine = Machine(recorded=1, one=1.7, two=1.1)
    assert machine.steps(2 * WINDOW) == [1] * (2 * WINDOW)
    assert machine.chosen == []


def test_a_recorded_number_of_a_larger_machine_is_measured_anew() -> None:
    machine = Machine(recorded=16, one=1.7, two=1.1)
    assert machine.steps(10)[-1] == 2
    assert [number for number, _ in machine.chosen] == [2]


def test_a_core_that_becomes_idle_is_taken_again() -> None:
    machine = Machine(one=1.7, two=4.4)
    machine.steps(10)
    machine.seconds, machine.busy_cores = {"one": 1.6, "two": 1.1}, 1.1  # the other process has ended
    machine.steps(WINDOW + 10)
    assert [number for number, _ in machine.chosen] == [1, 2]
    assert machine.steps(3 * WINDOW) == [2] * (3 * WINDOW)


def test_the_same_choice_again_is_looked_at_less_often() -> None:
    machine = Machine(one=1.7, two=2.0)
    machine.busy_cores = 1.0  # two threads are slower though a core is idle
    machine.steps(40 * WINDOW)
    assert 3 < len(machine.chosen) < 7


def test_steps_that_stay_slow_are_measured_again() -> None:
    machine = Machine(one=1.7, two=1.1)
    machine.steps(20)
    machine.seconds = {"one": 1.9, "two": 4.4}  # another process has begun to compute
    machine.steps(2 * WINDOW + 10)
    assert [number for number, _ in machine.chosen] == [2, 1]
    assert machine.steps(1) == [1]
