"""Chunks a second through the whole way (cut, ledger, call, settle) with 1 and 8 workers, and what the ledger costs.

    python bench/transcribe.py [--chunks N] [--work-ms MS]

The service is the one of the tests: real gRPC on this machine, in a process of its own, that answers after MS of
pretended work. Bare is Google's own client on the same chunks by as many threads, without ledger, events or manifest.
Each figure is the median of 3; the ledger lies in --folder (default: the current one), whose disk is part of it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.transcribe.chunking import cut  # noqa: E402
from engine.transcribe.jobconfig import SendPolicy  # noqa: E402
from engine.transcribe.ledger import Ledger  # noqa: E402
from engine.transcribe.providers import registry  # noqa: E402 - the tests' service lies beside the packages
from engine.transcribe.providers.base import Chunk  # noqa: E402
from engine.transcribe.providers.google import Google  # noqa: E402
from engine.transcribe.worker import ChunkWorker  # noqa: E402
from tests.transcribe.support import Place, SpeechServer, record_many  # noqa: E402

ROUNDS = 3


def bare(provider: Google, chunks: list[Chunk], workers: int) -> float:
    """Seconds for all chunks with nothing around the client."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(provider.recognise, chunks))
    return time.perf_counter() - begun


def metered(place: Place, provider: Google, workers: int, ledger: Path) -> float:
    """Seconds for all recordings as a job's workers do it."""
    plan = registry.plan(place.settings)
    files = sorted(place.audio.iterdir())
    price, policy = place.prepare().price, SendPolicy("default", 10**9)
    with Ledger(ledger, job="bench") as book:
        sender = ChunkWorker(
            provider, plan, 16000, ledger=book, price=price, policy=policy, stop=threading.Event()
        )

        def one(number: int) -> None:
            for piece in cut(files[number], plan.longest_seconds, plan.largest_bytes, 16000):
                assert sender.send(files[number].name, piece).outcome == "settled"

        begun = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, range(len(files))))
        return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=300)
    parser.add_argument("--work-ms", type=float, default=0.0)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    server = SpeechServer()
    server.behave(work_s=options.work_ms / 1000)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        place = Place(Path(folder), server.endpoint)
        record_many(place.audio, options.chunks, seconds=(3.0, 8.0))
        provider = Google(place.settings)
        provider.ready(10)
        chunks = [
            Chunk(piece.pcm_L, 16000)
            for path in sorted(place.audio.iterdir())
            for piece in cut(path, 59.0, 10**7, 16000)
        ]
        bare(provider, chunks[:20], 4)
        print(f"{len(chunks)} chunks of 3 to 8 s, {options.work_ms:g} ms of work each at the service")
        for workers in (1, 8):
            plain = statistics.median(bare(provider, chunks, workers) for _ in range(ROUNDS))
            whole = statistics.median(
                metered(place, provider, workers, Path(folder, f"{workers}_{n}.sqlite"))
                for n in range(ROUNDS)
            )
            more = (whole - plain) / len(chunks) * 1000
            print(
                f"{workers} worker{'s' * (workers > 1)}: {len(chunks) / whole:6.0f} chunks/s, bare client "
                f"{len(chunks) / plain:6.0f} chunks/s, {more:5.2f} ms more for each chunk"
            )
        provider.close()
    server.close()


if __name__ == "__main__":
    main()
