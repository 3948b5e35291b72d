"""A process is known by number, start and boot together; a stranger is never taken for it, and never signalled."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from engine.process_identity import ProcessIdentity

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "60"])
    yield child
    child.kill()
    child.wait()


def test_signal_reaches_the_process_and_death_is_seen(sleeper: subprocess.Popen[bytes]) -> None:
    one = ProcessIdentity.of(sleeper.pid)
    assert one.send_signal(signal.SIGTERM)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not one.is_alive(), "a zombie is not alive"
    assert not one.send_signal(signal.SIGTERM)
    assert sleeper.wait() == -signal.SIGTERM
    assert not one.is_alive()
    with pytest.raises(ProcessLookupError):
        ProcessIdentity.of(sleeper.pid)


@pytest.mark.parametrize("change", [{"start_ticks": 1}, {"boot_id": "0badb007"}, {"boot_id": ""}])
def test_stranger_with_the_same_number_is_never_signalled(
    sleeper: subprocess.Popen[bytes], change: dict[str, object]
) -> None:
    forged = dataclasses.replace(ProcessIdentity.of(sleeper.pid), **change)  # type: ignore[arg-type]
    assert not forged.is_alive()
    assert not forged.send_signal(signal.SIGKILL)
    assert sleeper.poll() is None
    assert ProcessIdentity.of(sleeper.pid).is_alive()


def test_end_of_a_process_is_waited_for_and_strangers_are_not(
    sleeper: subprocess.Popen[bytes],
) -> None:
    one = ProcessIdentity.of(sleeper.pid)
    assert not one.wait(0.05)
    assert dataclasses.replace(one, start_ticks=1).wait(), "who is gone already is not waited for"
    threading.Timer(0.1, sleeper.kill).start()
    assert one.wait(20)
    assert sleeper.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("pid", "ticks", "boot"),
    [("1", 2, "x"), (True, 2, "x"), (-1, 2, "x"), (0, 2, "x"), (10**30, 2, "x"), (1, 2.5, "x"), (1, 2, None)],
)
def test_json_with_wrong_values_is_no_identity(pid: object, ticks: object, boot: object) -> None:
    assert ProcessIdentity.from_json({"pid": pid, "start_ticks": ticks, "boot_id": boot}) is None


def test_foreign_json_is_no_identity() -> None:
    assert [ProcessIdentity.from_json(found) for found in (None, 7, "pid", [], {}, {"pid": 1})] == [None] * 6


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_start_is_the_one_that_earlier_versions_recorded(sleeper: subprocess.Popen[bytes]) -> None:
    """They read field 22 of /proc/PID/stat: their run.json must still name its living processes."""
    fields = Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()
    assert ProcessIdentity.of(sleeper.pid).start_ticks == int(fields[19])


def test_clock_that_is_set_changes_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil adds the time of the boot by the wall clock to what the kernel reports."""
    me, boot, day = ProcessIdentity.current(), psutil.boot_time(), 86400.0
    jumps = [boot, boot, boot + day]  # the clock is set while a look is under way
    module = sys.modules[psutil.Process().as_dict.__func__.__globals__["_psplatform"].__name__]
    clock = lambda: jumps.pop(0) if jumps else boot + day  # noqa: E731
    monkeypatch.setattr(psutil, "boot_time", clock)
    monkeypatch.setattr(module, "boot_time", clock)
    assert me.is_alive()
    assert ProcessIdentity.current() == me
