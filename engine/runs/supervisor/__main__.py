"""The supervisor's process.

python -m engine.runs.supervisor FOLDER [--lock N] -- ARGV...    starts ARGV as the run's worker
python -m engine.runs.supervisor FOLDER --attach                 supervises a worker whose supervisor was killed
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files.lock import RunLock
from engine.runs import registry
from engine.runs.processes.detach import detach
from engine.runs.supervisor import log_header
from engine.runs.supervisor.supervisor import Supervisor, cannot_start
from engine.runs.supervisor.worker import command_of

LOCKED_OUT = 75  # exit code: another process has the folder (sysexits.h calls it EX_TEMPFAIL)


def main() -> int:
    """Detach, start the worker or attach to it, answer the launcher, supervise."""
    arguments = _arguments(sys.argv[1:])
    detach()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the worker, as with nohup
    return _attach(arguments.folder) if arguments.attach else _start(arguments)


def _start(arguments: argparse.Namespace) -> int:
    folder, argv = arguments.folder, arguments.argv
    try:
        held = registry.claim(folder) if arguments.lock is None else RunLock(arguments.lock)
        if not (folder / "run.json").exists():  # started by hand
            registry.prepare(folder, kind="train", argv=argv, held=held)
    except InputError as error:
        _answer_launcher(folder, {"error": str(error)})
        return LOCKED_OUT
    supervisor = Supervisor(folder, argv, held)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    try:
        worker = supervisor.start_worker()
    except OSError as error:
        _answer_launcher(folder, {"error": cannot_start(argv, error)})
        return 127
    _answer_launcher(folder, {"process": worker.to_json()})
    supervisor.supervise()
    return 0


def _attach(folder: Path) -> int:
    worker = registry.read_run(folder).process
    command = None if worker is None else command_of(worker)
    if worker is None or command is None:
        return LOCKED_OUT
    supervisor = Supervisor(folder, command.argv, None, command.env)
    if not supervisor.is_the_only_one or not registry.read_run(folder).lacks_supervisor:
        return LOCKED_OUT
    with contextlib.suppress(OSError):
        os.chdir(command.cwd)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    supervisor.attach(worker)
    _answer_launcher(folder, {"process": worker.to_json()})
    supervisor.supervise()
    return 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="engine.runs.supervisor", usage="%(prog)s FOLDER [--lock N] -- ARGV..."
    )
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--lock", type=int, metavar="N", help="inherited handle of the folder's lock")
    parser.add_argument("--attach", action="store_true", help="supervise the worker that runs there")
    cut = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:cut])
    arguments.argv = words[cut + 1 :]
    if arguments.attach == bool(arguments.argv):
        parser.error("needs either --attach or a command")
    return arguments


def _answer_launcher(folder: Path, answer: dict[str, Any]) -> None:
    """Write one line to stdout, then close what the launcher has given us: it may end, we stay."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    if folder.is_dir():
        with log_header.open_at_end(folder) as log:
            os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    sys.exit(main())
