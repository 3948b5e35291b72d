"""What the tests of transcription share: the service as a process, recordings, jobs as processes."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import wave
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.runs import registry
from engine.transcribe import start
from engine.transcribe.__main__ import main
from engine.transcribe.job import KIND
from engine.transcribe.ledger import Ledger
from engine.transcribe.pricing import Price, PriceTable
from engine.transcribe.providers.base import Settings
from tests.cli_support import in_process

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"tries": 3, "first_wait_s": 0.01, "longest_wait_s": 0.05, "connect_seconds": 10.0}


class SpeechServer:
    """The process of `speech_server.py`, and its bill."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.transcribe.speech_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turn = threading.Lock()
        self.endpoint: str = self._line()["endpoint"]

    def behave(self, **mode: Any) -> None:
        """Forget everything and behave so from now on; without arguments: well."""
        self.tell(mode=mode, forget=True)

    def tell(self, **command: Any) -> dict[str, Any]:
        with self._turn:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return self._line()

    def facts(self) -> dict[str, Any]:
        """bill, calls, requests, tokens, most_at_once."""
        return self.tell()

    def billed(self) -> dict[str, int]:
        """Milliseconds by digest."""
        found: Counter[str] = Counter()
        for digest, ms in self.facts()["bill"]:
            found[digest] += ms
        return dict(found)

    def close(self) -> None:
        with self._process as process:
            process.kill()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the speech server has died"
        found: dict[str, Any] = json.loads(line)
        return found


def record(path: Path, seconds: float, seed: int, rate: int = 16000, channels: int = 1) -> Path:
    """A recording of noise that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(-9000, 9000, round(seconds * rate) * channels, np.int16)
    write_wav(path, samples, rate, channels)
    return path


def write_wav(path: Path, samples: np.ndarray[Any, Any], rate: int, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def record_many(folder: Path, count: int, seed: int = 0, seconds: tuple[float, float] = (0.3, 1.2)) -> Path:
    """A folder of short recordings."""
    lengths = random.Random(seed)
    for number in range(count):
        record(folder / f"{seed}_{number:04d}.wav", lengths.uniform(*seconds), seed * 100_000 + number)
    return folder


class Place:
    """A folder with recordings, a ledger, and jobs on it.

    Args:
        endpoint: where the service is.
        options: fields of `Settings`.
    """

    def __init__(self, folder: Path, endpoint: str, ledger: Path | None = None, **options: Any) -> None:
        self.folder = folder
        self.audio = folder / "audio"
        self.manifest = folder / "manifest.txt"
        self.ledger = ledger or folder / "data" / "ledger.sqlite"
        usual = {"provider": "google", "language": "en-US", "endpoint": endpoint, "call_seconds": 20.0}
        self.settings = Settings(**(usual | options))  # type: ignore[arg-type]

    def request(self, **options: Any) -> start.Request:
        plain = start.Request(
            self.audio, self.manifest, self.settings, self.ledger, self.folder / "logs", self.folder
        )
        return replace(plain, **options)

    def prepare(self, terms: dict[str, Any] | None = None, **options: Any) -> start.Prepared:
        """As the command would, with short pauses between attempts."""
        prepared = start.prepare(self.request(**options))
        policy = replace(prepared.config.policy, **(QUICK | (terms or {})))
        return replace(prepared, config=replace(prepared.config, policy=policy))

    def worker(self, prepared: start.Prepared, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """The job's process itself, without its supervisor."""
        argv = self._made(prepared)
        with (prepared.folder / "train.log").open("ab") as log:
            return subprocess.Popen(argv, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **(env or {})})

    def run(
        self, terms: dict[str, Any] | None = None, env: dict[str, str] | None = None, **options: Any
    ) -> int:
        """A whole job in this process; returns its exit code."""
        prepared = self.prepare(terms, **options)
        done = in_process(ROOT, main, self._made(prepared)[3:], env)
        registry.record(prepared.folder, process=None)  # this process lives on
        with (prepared.folder / "train.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        assert "Traceback" not in self.log(), self.log()
        return done.returncode

    def _made(self, prepared: start.Prepared) -> list[str]:
        """Prepare the run folder; what starts its process."""
        argv = [sys.executable, "-m", "engine.transcribe", "--run", str(prepared.folder)]
        registry.prepare(prepared.folder, kind=KIND, argv=argv, config_json=prepared.config.to_json())
        return argv

    def state(self) -> dict[str, Any]:
        return registry.StateFile(self.run_folder).read()

    @property
    def run_folder(self) -> Path:
        return start.run_folder(self.folder / "logs", self.manifest)

    def log(self) -> str:
        return (self.run_folder / "train.log").read_text()

    def events(self, kind: str) -> list[dict[str, Any]]:
        lines = (self.run_folder / "events.jsonl").read_text().splitlines()
        return [event for line in lines if (event := json.loads(line))["kind"] == kind]

    def texts(self) -> dict[str, str]:
        """What the manifest says."""
        if not self.manifest.exists():
            return {}
        return dict(line.split("|") for line in self.manifest.read_text().splitlines())  # type: ignore[misc]

    def report(self) -> dict[str, Any]:
        """What it says of each recording."""
        path = self.manifest.with_name("manifest.txt.transcribed.json")
        found: dict[str, Any] = json.loads(path.read_text())["files"]
        return found

    def book(self, **options: Any) -> Ledger:
        return Ledger(self.ledger, **options)


def paid_price() -> Price:
    """Without free minutes, so that every second meets the budget."""
    return PriceTable.load().find("google", "v2")


def counted(ledger: Path, states: Sequence[str] = ("settled", "unconfirmed")) -> dict[str, int]:
    """Milliseconds by digest that the ledger counts, from the file itself."""
    db = sqlite3.connect(ledger)
    marks = ", ".join("?" * len(states))
    rows = db.execute(
        "SELECT digest, SUM(CASE state WHEN 'settled' THEN billed_ms ELSE expected_ms END) FROM chunks"
        f" WHERE state IN ({marks}) GROUP BY digest",
        list(states),
    ).fetchall()
    db.close()
    return dict(rows)
