"""The promises about money, each tried for real: the service's own bill is the truth."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.transcribe.chunking import Piece
from engine.transcribe.jobconfig import SendPolicy
from engine.transcribe.ledger import Ledger
from engine.transcribe.pricing import month_micros
from engine.transcribe.providers.base import Chunk, Plan, Provider, Recognition
from engine.transcribe.worker import ChunkResult, ChunkWorker
from tests.cli_support import environment, vitsdeck
from tests.runs.run_support import wait_until
from tests.transcribe.support import Place, SpeechServer, counted, paid_price, record_many

Count = Callable[[int, int], int]

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 of POSIX"),
]


@pytest.mark.promise("T1", "transcription: no second missing or counted twice over kill -9 of the job")
def test_no_second_is_missing_or_counted_twice(server: SpeechServer, tmp_path: Path, count: Count) -> None:
    kills, drawn = count(5, 40), random.Random(1)
    place = Place(tmp_path, server.endpoint)
    server.behave(work_s=0.02)
    tried, batch = kills, 0
    while kills:
        record_many(place.audio, 120, seed=batch, seconds=(0.2, 1.4))
        batch += 1
        while kills and (prepared := place.prepare(workers=4)).quote.send_ms:
            before = len(server.facts()["calls"])
            worker = place.worker(prepared)
            if drawn.random() < 0.9:  # else anywhere, the start of the process included
                wait_until(
                    lambda b=before, w=worker: len(server.facts()["calls"]) > b or w.poll() is not None
                )
            time.sleep(drawn.uniform(0, 0.25))
            worker.kill()
            worker.wait()
            kills -= 1
    assert place.run() in (0, 1), place.log()

    truth, calls = server.billed(), Counter(server.facts()["calls"])
    settled, doubtful = counted(place.ledger, ["settled"]), counted(place.ledger, ["unconfirmed"])
    assert max(calls.values()) == 1, "a call was sent twice"
    assert settled == {digest: ms for digest, ms in truth.items() if digest in settled}
    assert set(truth) <= set(settled) | set(doubtful), "a billed second is missing"
    assert not set(settled) & set(doubtful)
    # what nobody knows is counted, and is the only thing that may be more than the bill
    assert sum(settled.values()) + sum(ms for d, ms in doubtful.items() if d in truth) == sum(truth.values())
    assert len(doubtful) > tried // 10, "hardly a kill fell between send and settle"
    assert place.book().usage().used_ms == sum(settled.values()) + sum(doubtful.values())
    place.run(retry_unconfirmed=True)
    assert len(place.texts()) == 120 * batch
    assert {digest for digest, n in Counter(server.facts()["calls"]).items() if n > 1} <= set(doubtful)


@pytest.mark.promise("T2", "transcription: a paid call is never sent again unasked")
def test_a_paid_call_is_never_sent_again_unasked(server: SpeechServer, tmp_path: Path, count: Count) -> None:
    shares = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL", "drop", "late", "absent", "DEADLINE_EXCEEDED")
    for number in range(count(1, 10)):
        place = Place(tmp_path / str(number), server.endpoint, call_seconds=2.0)
        record_many(place.audio, 60, seed=number)
        server.behave(faults=dict.fromkeys(shares, 0.05), seed=number, late_s=2.4, work_s=0.005)
        for _ in range(10):  # whatever is left over is tried again, as a person would
            place.run({"tries": 6}, workers=6)
            if not place.prepare().quote.send_ms:
                break
        facts = server.facts()
        done = Counter(digest for digest, _ in facts["bill"])
        assert max(done.values()) == 1, "work was done, and paid, twice"
        assert set(done) <= set(counted(place.ledger)), "work was done that the ledger does not count"
        assert len(done) > 20  # on a crowded machine calls run out of time before they arrive
        assert max(Counter(facts["calls"]).values()) > 1, "no refusal was tried again"


class Shop(Provider):
    """A provider inside this process that rounds as it likes, up to what a reservation allows for."""

    def __init__(self, seed: int, worst_ms: int) -> None:
        self._random = random.Random(seed)
        self._worst_ms = worst_ms
        self._lock = threading.Lock()
        self.billed_ms = 0

    def recognise(self, chunk: Chunk) -> Recognition:
        with self._lock:
            billed = self._random.randint(1, self._worst_ms // 1000) * 1000
            self.billed_ms += billed
        return Recognition("words", billed)


PLAN = Plan("google", 59.0, 10**7, "v1", "latest_long", {"language": "en-US"})


def piece(seed: int, samples: int = 160) -> Piece:
    return Piece(np.random.default_rng(seed).integers(-9000, 9000, samples, np.int16), 16000, 0)


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: the same transactions, thousands of them."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.promise("T3", "transcription: the budget holds with 8 workers")
def test_the_budget_holds_with_eight_workers(quick_folder: Path, count: Count) -> None:
    runs, price = count(50, 2000), paid_price()
    ledger = Ledger(quick_folder / "ledger.sqlite", job="budget")

    def one(number: int) -> tuple[int, int, list[ChunkResult]]:
        budget = random.Random(number).randint(4_000, 20_000)
        shop = Shop(number, price.worst_ms(10))
        policy = SendPolicy(f"run {number}", budget)
        sender = ChunkWorker(
            shop, PLAN, 16000, ledger=ledger, price=price, policy=policy, stop=threading.Event()
        )
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda n: sender.send("x.wav", piece(number * 100 + n)), range(12)))
        return budget, month_micros({price: shop.billed_ms}), done

    with ThreadPoolExecutor(6) as runners:
        found = list(runners.map(one, range(runs)))
    overshot = [(budget, cost) for budget, cost, _ in found if cost > budget]
    assert overshot == []
    reached = sum(any(done.outcome == "over_budget" for done in each) for _, _, each in found)
    assert reached > runs * 0.8, "the budget was hardly ever reached"
    # and it is used: what is left of it is less than a chunk could cost
    most = month_micros({price: price.worst_ms(10)})
    assert all(
        budget - cost <= most for budget, cost, each in found if any(d.outcome == "over_budget" for d in each)
    )
    ledger.close()


@pytest.mark.promise("T4", "transcription: two windows at once share one ledger, and both are right")
def test_two_jobs_at_once_pay_once_and_see_the_same(
    server: SpeechServer, tmp_path: Path, count: Count
) -> None:
    for number in range(count(1, 8)):
        server.behave(work_s=0.02)
        folder = tmp_path / str(number)
        one = Place(folder, server.endpoint)
        two = Place(folder, server.endpoint)
        two.manifest = folder / "second.txt"
        record_many(one.audio, 30, seed=number)
        workers = [place.worker(place.prepare(workers=4)) for place in (one, two)]
        with one.book() as first, two.book() as second:
            while any(worker.poll() is None for worker in workers):
                seen = first.usage()
                assert seen.used_ms <= second.usage().used_ms
        assert [worker.wait() for worker in workers] == [0, 0], one.log() + two.log()
        assert max(Counter(server.facts()["calls"]).values()) == 1
        assert counted(one.ledger) == server.billed()
        assert one.texts() == two.texts()
        assert len(one.texts()) == 30
        with one.book() as first, two.book() as second:
            assert first.usage() == second.usage()
            assert first.usage().used_ms == sum(server.billed().values())
            assert first.usage().reserved_ms == first.usage().queued_ms == 0


@pytest.mark.promise("T5", "transcription: no credential in logs, run folders, process list or events")
def test_no_credential_is_left_anywhere(server: SpeechServer, tmp_path: Path, count: Count) -> None:
    count(1, 1)
    secret, key = service_account(tmp_path / "secret place" / "key.json")
    folder = tmp_path / "workspace"
    folder.mkdir()
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}
    assert vitsdeck(folder, "init", ".", env=data).returncode == 0
    record_many(folder / "audio", 40)
    server.behave(needs_auth=True, work_s=0.1)
    words = ["transcribe", "audio", "--out", "m.txt", "--provider", "google", "--language", "en-US", "--yes"]
    words += ["--endpoint", server.endpoint, "--credentials", str(key), "--workers", "2", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *words],
        cwd=folder,
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    wait_until(lambda: len(server.facts()["calls"]) > 3)
    listed = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            listed += path.read_bytes()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    facts = server.facts()
    tokens = [token.removeprefix("Bearer ") for token in facts["tokens"]]
    assert tokens, "the key was not used at all"
    assert len(facts["bill"]) == 40
    secrets = [line for line in secret.splitlines() if len(line) > 20 and "KEY" not in line]
    secrets += [*tokens, *(token.split(".")[2] for token in tokens), "the-id-of-the-key"]
    written = {
        path: path.read_bytes()
        for base in (folder, tmp_path / "data")
        for path in base.rglob("*")
        if path.is_file() and path.suffix != ".wav"
    }
    assert any(path.name == "events.jsonl" for path in written)
    assert any(path.name == "ledger.sqlite" for path in written)
    for word in secrets:
        assert word not in output
        assert word.encode() not in listed
        assert [path for path, content in written.items() if word.encode() in content] == []
    assert [path for path, content in written.items() if b"secret place" in content] == []


@pytest.mark.promise("T6", "transcription: network gone midway or quota hit, it resumes with the right sum")
@pytest.mark.parametrize("fault", ["network", "quota"])
def test_a_broken_off_job_resumes_with_the_right_sum(
    server: SpeechServer, tmp_path: Path, count: Count, fault: str
) -> None:
    for number in range(count(1, 10)):
        place = Place(tmp_path / str(number), server.endpoint)
        record_many(place.audio, 40, seed=number)
        server.behave(work_s=0.03)
        worker = place.worker(place.prepare({"connect_seconds": 0.3}, workers=3))
        wait_until(lambda: len(server.facts()["bill"]) >= 10)
        if fault == "network":
            server.tell(network="gone")
        else:
            server.tell(mode={"faults": {"RESOURCE_EXHAUSTED": 1.0}})
        code = worker.wait(timeout=60)
        if fault == "network":
            server.tell(network="back")
        assert code == 2, place.log()
        assert place.state()["state"] == "failed"
        server.tell(mode={"work_s": 0.01})
        assert place.run() in (0, 1)
        place.run(retry_unconfirmed=True)
        assert len(place.texts()) == 40
        assert set(server.billed()) <= set(counted(place.ledger))
        settled = counted(place.ledger, ["settled"])
        assert len(settled) == 40
        bill = Counter(digest for digest, _ in server.facts()["bill"])
        doubtful = counted(place.ledger, ["unconfirmed"])
        assert {digest for digest, n in bill.items() if n > 1} <= set(doubtful)
        total = place.book().usage().used_ms
        assert total == sum(settled.values()) + sum(doubtful.values()) >= sum(server.billed().values())


@pytest.mark.promise("T7", "transcription: over a month's end and clock changes the sum stays right")
def test_months_and_clock_changes_keep_the_sum(tmp_path: Path, count: Count) -> None:
    price = paid_price()
    for number in range(count(2, 60)):
        drawn = random.Random(number)
        # Los Angeles, an hour before midnight at the end of October
        midnight = datetime.datetime(2026, 11, 1, 7, tzinfo=datetime.UTC).timestamp()
        clock = [midnight - 30.0]
        with Ledger(tmp_path / f"{number}.sqlite", job="j", now=lambda c=clock: c[0]) as ledger:
            shop = Shop(number, price.worst_ms(10))
            budget = 30_000
            by_month: Counter[str] = Counter()
            for n in range(30):
                clock[0] += drawn.choice([1.0, 5.0, 20.0, -10.0, 3600.0, -3600.0])
                stop = threading.Event()
                policy = SendPolicy("default", budget)
                before = shop.billed_ms
                month = ledger.usage().month
                sender = ChunkWorker(shop, PLAN, 16000, ledger=ledger, price=price, policy=policy, stop=stop)
                done = sender.send("x.wav", piece(n))
                assert done.outcome in ("settled", "over_budget")
                by_month[month] += shop.billed_ms - before
            history = {usage.month: usage for usage in ledger.history()}
            assert {m: ms for m, ms in by_month.items() if ms} == {
                m: usage.used_ms for m, usage in history.items() if usage.used_ms
            }
            assert sum(usage.used_ms for usage in history.values()) == shop.billed_ms
            assert all(usage.spent_micros <= budget for usage in history.values())


def service_account(path: Path) -> tuple[str, Path]:
    """A key file like Google's with a real key that nobody knows; its private part, and the file."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    kind = serialization.PrivateFormat.PKCS8
    pem = private.private_bytes(serialization.Encoding.PEM, kind, plain).decode()
    path.parent.mkdir(parents=True)
    key = {
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "the-id-of-the-key",
        "private_key": pem,
        "client_email": "robot@a-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "http://127.0.0.1:9/token",
    }
    path.write_text(json.dumps(key))
    return pem, path
