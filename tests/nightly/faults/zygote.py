"""Real trainer processes without the seconds that loading torch takes: each is forked from one that has it loaded.

A trainer killed two hundred times is started two hundred times. The process that is forked has loaded its libraries
and run nothing; its children are full processes: a group of their own, output to a file, killed like any other.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from engine.train.ranks import parent_death

ROOT = Path(__file__).resolve().parents[3]
LOADED = (
    "engine.train.__main__",
    "engine.train.evaluate",
    "tests.nightly.faults.saver",
    "torch.utils.tensorboard",
)


class Zygote:
    """Starts `module:function(argv)` again and again; the function's return value is the exit code."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nightly.faults.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self._started = 0
        self._read()

    def start(self, function: str, argv: list[str], folder: Path) -> Child:
        """Fork one that runs with `folder` as its current directory and a file of its own there as its output."""
        self._started += 1
        output = folder / f"output-{self._started}"
        return Child(self, self._ask("start", function, argv, str(output)), output)

    def wait(self, pid: int) -> int:
        """Collect a child; its exit code, negative for a signal."""
        return self._ask("wait", pid)

    def close(self) -> None:
        """End the process; children that still run are the caller's affair."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, *request: object) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


class Child:
    """One forked process."""

    def __init__(self, zygote: Zygote, pid: int, output: Path) -> None:
        self._zygote, self.pid, self._output = zygote, pid, output
        self._code: int | None = None

    @property
    def output(self) -> str:
        return self._output.read_text() if self._output.exists() else ""

    def is_alive(self) -> bool:
        """Whether it has not ended yet; one that has ended waits as a zombie for `wait`."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except FileNotFoundError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    def kill(self) -> int:
        """kill -9, as promised."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        if self._code is None:
            self._code = self._zygote.wait(self.pid)
        return self._code


def main() -> None:
    """Load, then obey line by line until stdin ends."""
    for name in LOADED:
        importlib.import_module(name)
    importlib.import_module("tests.nightly.faults.saver").forked_state()
    print(0, flush=True)
    for line in sys.stdin:
        verb, *rest = json.loads(line)
        print(_fork(*rest) if verb == "start" else _collect(*rest), flush=True)


def _fork(function: str, argv: list[str], output: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        parent_death.end_with_parent()  # a session of tests that is killed leaves no trainer behind
        os.setpgid(0, 0)
        os.chdir(Path(output).parent)
        log = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        module, _, name = function.partition(":")
        code = int(getattr(importlib.import_module(module), name)(argv) or 0)
    except BaseException:  # noqa: BLE001 - printed in its output, as the interpreter would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _collect(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
