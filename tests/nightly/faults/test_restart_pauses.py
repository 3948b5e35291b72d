"""The pauses between restarts as a detached supervisor keeps them: 15 seconds."""

from __future__ import annotations

import time

import pytest

from engine.errors import InputError
from tests.runs.fault_support import ToyRun


@pytest.mark.promise("R17", "crash loop: at most 3 restarts in 10 minutes, then failed with the first error")
def test_detached_supervisor_keeps_the_pauses_and_shows_them(toy: ToyRun) -> None:
    toy.start("exit", 9)
    began, seen = time.monotonic(), set()
    while not (run := toy.now()).is_final:
        seen.add((run.state, run.reason.partition("; ")[0]))
        if (
            time.monotonic() - began < 8
        ):  # the last pause alone is nine seconds: it cannot end between two looks
            with pytest.raises(InputError):
                toy.start()
        time.sleep(0.2)
    assert 14 <= time.monotonic() - began < 60
    again = ("starting", "started again after: exit code 9")
    assert seen <= {("starting", ""), ("starting", "exit code 9"), again, ("running", "")}
    assert ("starting", "exit code 9") in seen
    assert toy.starts() == 4
    assert toy.becomes("failed").exit_code == 9
