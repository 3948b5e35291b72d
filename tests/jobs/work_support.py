"""Work for other processes, and a cluster on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def double(number: int) -> int:
    if number == 13:
        raise ValueError("unlucky")
    return 2 * number


def note_and_double(task: tuple[str, int]) -> int:
    """Leaves a trace in a folder for every time that it is done, and takes a while."""
    folder, number = task
    (Path(folder) / f"{number}.{os.getpid()}.{time.monotonic_ns()}").touch()
    time.sleep(0.05)
    return 2 * number


def die_of(task: tuple[str, int, int]) -> int:
    """Ends the process for one number: every time, or only until it was tried `deaths` times."""
    folder, number, deaths = task
    if number == 7:
        tries = len(list(Path(folder).glob("try*")))
        (Path(folder) / f"try{tries}").touch()
        if tries < deaths:
            os._exit(9)
    return number


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
        self.environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
        flags = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)]
        self.scheduler = self._start("distributed.cli.dask_scheduler", *flags)
        self._wait(self.file.exists)
        self.workers = [self._worker() for _ in range(workers)]

    @property
    def address(self) -> str:
        found: str = json.loads(self.file.read_text())["address"]
        return found.replace("tcp://", "dask://")

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _worker(self) -> subprocess.Popen[bytes]:
        flags = "--nthreads 1 --no-nanny --no-dashboard --host 127.0.0.1 --death-timeout 60"
        return self._start("distributed.cli.dask_worker", "--scheduler-file", str(self.file), *flags.split())

    def _start(self, module: str, *flags: str) -> subprocess.Popen[bytes]:
        with (self.folder / "cluster.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *flags],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def _wait(self, condition: object) -> None:
        deadline = time.monotonic() + 60
        while not condition():  # type: ignore[operator]
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / "cluster.log").read_text())
            time.sleep(0.05)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Two workers, started when the block begins, killed when it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Cluster(folder, workers=2)
    try:
        yield made
    finally:
        made.close()
