"""Work in order by several threads: few items ahead, nothing kept."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from contextlib import closing

import pytest

from engine.futures import in_order


class Made:
    """Something large."""


def test_items_are_taken_a_few_ahead_and_results_are_forgotten() -> None:
    taken, made = [], []

    def items() -> Iterator[int]:
        for number in range(60):
            taken.append(number)
            yield number

    def function(number: int) -> Made:
        found = Made()
        made.append((number, weakref.ref(found)))
        return found

    for number, _found in enumerate(in_order(function, items(), 2)):
        time.sleep(0.001)  # slower than the function: each one is done when it is asked for
        assert len(taken) <= number + 6
        assert sum(each() is not None for _number, each in made) <= 7
    assert sorted(number for number, _each in made) == list(range(60))


def test_order_is_that_of_the_items_and_faults_end_it() -> None:
    def function(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        if number == 20:
            raise ValueError("twenty")
        return number

    found = []
    with (
        pytest.raises(ValueError, match="twenty"),
        closing(in_order(function, iter(range(40)), 3)) as results,
    ):
        found.extend(results)
    assert found == list(range(20))
