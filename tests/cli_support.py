"""The command line as the tests of it use it: inside this process, since a new one takes seconds to load torch."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from engine.files import permissions
from tests.train.conftest import TINY, write_lists
from tui.cli import main

ROOT = Path(__file__).resolve().parent.parent


class Ended(subprocess.CompletedProcess[str]):
    """How a command ended."""

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON document and nothing else."""
        return json.loads(self.stdout)


def vitsdeck(folder: Path, *words: str, env: dict[str, str] | None = None) -> Ended:
    """Run `vitsdeck WORDS` in `folder`, in this process; what its children print is in the output too."""
    return in_process(folder, main, words, env)


def in_process(
    folder: Path, function: Callable[[], object], words: Sequence[str], env: dict[str, str] | None = None
) -> Ended:
    """How a program ends whose main function is called here, with `words` as its arguments, in `folder`."""
    with _streams() as output, _state_of_process(folder, environment(env), words):
        code = _exit_code(function)
    stdout, stderr = (file.getvalue() for file in output)
    return Ended(list(words), code, stdout, stderr)


def vitsdeck_process(
    folder: Path, *words: str, env: dict[str, str] | None = None, timeout: float = 120
) -> Ended:
    """The same as a process of its own, for tests of what only a process has."""
    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", *words],
        cwd=folder,
        env=environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
    return Ended(done.args, done.returncode, done.stdout, done.stderr)


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Ours, without what a caller's terminal would change."""
    kept = {key: value for key, value in os.environ.items() if key not in ("VITSDECK_DEBUG", "COLUMNS")}
    return kept | {"PYTHONPATH": str(ROOT)} | (more or {})


def voice_workspace(folder: Path) -> Path:
    """A workspace with six clips, cleaned lists and `configs/tiny.json`."""
    assert vitsdeck(folder, "init", ".").returncode == 0
    write_lists(folder, TINY)
    (folder / "run" / "config.json").replace(folder / "configs" / "tiny.json")
    (folder / "run").rmdir()
    return folder


def _exit_code(function: Callable[[], object]) -> int:
    try:
        code = function()
    except SystemExit as ended:
        code = ended.code
    except Exception:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    return code if isinstance(code, int) else int(code is not None)


@contextlib.contextmanager
def _state_of_process(folder: Path, env: dict[str, str], words: Sequence[str]) -> Iterator[None]:
    """Arguments, folder, environment and signal handlers of a program; all as before after it."""
    assert threading.current_thread() is threading.main_thread(), "a program changes the whole process"
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handlers = [(number, signal.getsignal(number)) for number in numbers]
    os.umask(mask := os.umask(0o022))
    permissions.ordinary_mode.cache_clear()  # a program reads its umask once
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", ["program", *words]),
        mock.patch.dict(os.environ, env, clear=True),
    ):
        try:
            yield
        finally:
            os.umask(mask)
            permissions.ordinary_mode.cache_clear()
            for number, handler in handlers:
                signal.signal(number, handler)


@contextlib.contextmanager
def _streams() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """stdout and stderr, of children too, as text that is complete when the context ends; stdin is empty."""
    found = (io.StringIO(), io.StringIO())
    ours = (sys.stdin, sys.stdout, sys.stderr)
    for stream in ours[1:]:
        stream.flush()
    kept = [os.dup(number) for number in range(3)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open() as nothing:
        for number, file in enumerate((nothing, out, err)):
            os.dup2(file.fileno(), number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout, sys.stderr = (open(number, "w", closefd=False, encoding="utf-8") for number in (1, 2))  # noqa: SIM115
        try:
            yield found
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError):
                    stream.close()
            sys.stdin.close()
            sys.stdin, sys.stdout, sys.stderr = ours
            for number, old in enumerate(kept):
                os.dup2(old, number)
                os.close(old)
            for text, file in zip(found, (out, err), strict=True):
                file.seek(0)
                text.write(file.read().decode(errors="replace").replace("\r\n", "\n"))
