"""A lock that cannot be taken is an error; where there are none, that is known."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.files import lock
from engine.files.replace_many import replace_together
from engine.runs import registry

_HOLD = """
import sys, time
from engine.files import lock
with lock.exclusive(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Makes another process hold a lock; waiting for it takes a tenth of a second."""
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.1)
    holders = []

    def start(path: Path) -> None:
        holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE)
        holders.append(holder)
        assert holder.stdout is not None and holder.stdout.readline()

    yield start
    for holder in holders:
        holder.kill()
        holder.communicate()


def test_state_is_not_written_beside_a_holder_and_the_error_is_one_to_try_again_after(
    tmp_path: Path, hold: Callable[[Path], None]
) -> None:
    registry.prepare(tmp_path, kind="train", argv=["x"])
    hold(tmp_path / lock.RECORD_LOCK_NAME)
    for write in (
        lambda: registry.StateFile(tmp_path).update(step=7),
        lambda: registry.record(tmp_path, a=1),
    ):
        with pytest.raises(OSError, match="another process has held its lock"):
            write()
    assert registry.StateFile(tmp_path).read()["step"] is None
    assert registry.recorded(tmp_path, "a") is None


def test_lists_are_not_replaced_beside_a_holder(tmp_path: Path, hold: Callable[[Path], None]) -> None:
    hold(tmp_path / ".replacing.lock")
    with pytest.raises(InputError, match=r"cannot be written \(another process has held its lock"):
        replace_together(tmp_path, {"train.txt": b"a.wav|A"})
    assert not (tmp_path / "train.txt").exists()


def test_file_system_without_locks_is_told_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lock.works(tmp_path)
    fcntl = pytest.importorskip("fcntl")

    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not lock.works(tmp_path)
    from engine.runs import launch

    assert launch.run_foreground(tmp_path / "anna", kind="train", argv=[sys.executable, "-c", ""]) == 0
    assert "this file system has no locks" in (tmp_path / "anna" / "train.log").read_text()
