"""The worker of a transcription: `python -m engine.transcribe --run FOLDER`, started by the supervisor."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from engine import __version__
from engine.errors import InputError
from engine.process_identity import ProcessIdentity
from engine.runs import registry
from engine.transcribe.job import Job
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import Ledger
from engine.transcribe.providers import registry as providers

EXIT_OK, EXIT_PARTLY, EXIT_INPUT, EXIT_DEFECT = 0, 1, 2, 70


def main(argv: list[str] | None = None) -> int:
    """Run one transcription; returns the process's exit code."""
    os.umask(0o077)
    parser = argparse.ArgumentParser(
        prog="engine.transcribe", description="Transcribe what a run folder says."
    )
    parser.add_argument("--run", type=Path, required=True, help="the run folder with its config.json")
    folder: Path = parser.parse_args(argv).run
    versions = {"vitsdeck": __version__, "python": platform.python_version()}
    registry.record(folder, process=ProcessIdentity.current().to_json(), versions=versions)
    try:
        return _transcribe(folder)
    except InputError as error:
        print("\n".join([f"error: {error}", *error.details]), flush=True)  # noqa: T201
        registry.StateFile(folder).update(state="failed", reason=str(error))
        return EXIT_INPUT
    except Exception as error:  # noqa: BLE001 - the log gets it all, the state one sentence
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        registry.StateFile(folder).update(state="failed", reason=reason)
        return EXIT_DEFECT


def _transcribe(folder: Path) -> int:
    config = Config.read(folder / "config.json")
    # without a chunk to send, what is known is written down even where there is no network
    provider = providers.connect(config.settings) if config.approved else None
    with Ledger(config.ledger, job=registry.read_run(folder).id) as ledger:
        job = Job(folder, config, provider, ledger)
        _stop_on_signals(job)
        try:
            state = job.run()
        except KeyboardInterrupt:
            job.leave_now()
            job.close()
            os._exit(EXIT_OK)  # threads that wait for replies must not hold the process
        finally:
            job.close()
    if state == "failed":
        return EXIT_INPUT
    if state == "stopped" and job.ending is None:
        return EXIT_OK
    is_whole = job.ending is None and not job.counts["failed"] and not job.counts["unconfirmed"]
    return EXIT_OK if is_whole else EXIT_PARTLY


def _stop_on_signals(job: Job) -> None:
    """SIGTERM and Ctrl+C: once to end after the calls under way, twice for at once."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if job.stop.is_set():
            raise KeyboardInterrupt
        job.stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
