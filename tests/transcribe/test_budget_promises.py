"""One budget and several real jobs, some of which die: the service's own bill is the truth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.transcribe.pricing import month_micros
from tests.runs.run_support import wait_until
from tests.transcribe.support import Place, SpeechServer, counted, paid_price, record_many

Count = Callable[[int, int], int]

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 of POSIX"),
]


@pytest.mark.promise("T3", "transcription: the budget holds with 8 workers")
def test_the_budget_holds_among_real_jobs_one_of_which_dies(
    server: SpeechServer, tmp_path: Path, count: Count
) -> None:
    price = paid_price()
    for number in range(count(1, 8)):
        server.behave(faults={"fifteen": 0.5}, seed=number, work_s=0.3)
        ledger, budget = tmp_path / str(number) / "ledger.sqlite", 40_000
        places = [
            Place(tmp_path / str(number) / name, server.endpoint, ledger, api="v2", project="p")
            for name in "abc"
        ]
        for seed, place in enumerate(places):
            record_many(place.audio, 16, seed=100 * number + seed)
        workers = [place.worker(place.prepare(workers=4, budget_micros=budget)) for place in places]
        wait_until(lambda: len(server.facts()["bill"]) >= 5)
        workers[0].kill()
        codes = [worker.wait(timeout=60) for worker in workers]
        assert codes[0] in (-9, 1)  # a machine that is late may find it at its end
        assert codes[1:] == [1, 1]
        assert all("the budget is reached" in place.state()["reason"] for place in places[1:])
        truth, settled = server.billed(), counted(ledger, ["settled"])
        assert set(truth) <= set(counted(ledger))
        assert settled == {digest: ms for digest, ms in truth.items() if digest in settled}
        # what the dead one had under way was billed as well, maybe at its worst
        assert month_micros({price: sum(truth.values())}) <= budget


@pytest.mark.promise("T3", "transcription: the budget holds with 8 workers")
def test_who_waits_for_budget_that_a_dead_job_holds_says_so_and_goes_on(
    server: SpeechServer, tmp_path: Path, count: Count
) -> None:
    count(1, 1)
    server.behave(work_s=30.0)
    ledger = tmp_path / "ledger.sqlite"
    first, second = (
        Place(tmp_path / name, server.endpoint, ledger, api="v2", project="p") for name in ("one", "two")
    )
    for seed, place in enumerate((first, second)):
        record_many(place.audio, 2, seed=seed)
    holder = first.worker(first.prepare(workers=2))
    wait_until(lambda: len(server.facts()["calls"]) == 2)
    # both at their worst are 8,000, so there is room only when it is known that they are less
    waiter = second.worker(second.prepare(workers=1, budget_micros=9_000))
    wait_until(lambda: "waits for room in the budget" in second.state().get("reason", ""))
    assert waiter.poll() is None
    holder.kill()
    assert waiter.wait(timeout=20) == 1, second.log()
    assert second.state()["state"] == "stopped"
    assert "the budget is reached" in second.state()["reason"]
    assert len(first.book().rows("unconfirmed")) == 2
    holder.wait()
