"""The worker of a transcription: `python -m engine.transcribe --run FOLDER`, started by the supervisor."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from engine.jobs.job import EXIT_INPUT, EXIT_OK, EXIT_PARTLY, obey_signals, run_process
from engine.runs import registry
from engine.transcribe.job import Job
from engine.transcribe.jobconfig import Config
from engine.transcribe.ledger import Ledger
from engine.transcribe.providers import registry as providers


def main(argv: list[str] | None = None) -> int:
    """Run one transcription; returns the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="engine.transcribe", description="Transcribe what a run folder says."
    )
    parser.add_argument("--run", type=Path, required=True, help="the run folder with its config.json")
    folder: Path = parser.parse_args(argv).run
    return run_process(folder, lambda: _transcribe(folder))


def _transcribe(folder: Path) -> int:
    config = Config.read(folder / "config.json")
    # without a chunk to send, what is known is written down even where there is no network
    provider = providers.connect(config.settings) if config.approved else None
    with Ledger(config.ledger, job=registry.read_run(folder).id) as ledger:
        job = Job(folder, config, provider, ledger)
        obey_signals(job)
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


if __name__ == "__main__":
    sys.exit(main())
