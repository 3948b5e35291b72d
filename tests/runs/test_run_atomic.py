"""Files are whole or not there, whoever is killed and whatever is full."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.files import atomic
from engine.process_identity import ProcessIdentity

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and modes of POSIX")

_WRITER = """
import sys
from engine.files import atomic
from engine.process_identity import ProcessIdentity
ProcessIdentity.current()  # loads what the first write would load
print("ready", flush=True)
number = 0
while True:
    number += 1
    with atomic.replacing(sys.argv[1], durable=False) as file:
        for _ in range(100):  # in pieces, so that most kills hit within
            file.write(b"%08d" % number * 1000)
            file.flush()
"""


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _is_whole(path: Path) -> bool:
    data = path.read_bytes()
    return len(data) == 800_000 and data == data[:8] * 100_000


def test_new_file_is_private_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    atomic.write_json(path, {"a": "ü"})
    atomic.write_json(path, {"b": 2})
    assert json.loads(path.read_bytes()) == {"b": 2}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _names(tmp_path) == ["state.json"]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "G_1.pth"
    atomic.write_bytes(path, b"old")
    with pytest.raises(RuntimeError), atomic.replacing(path) as file:
        file.write(b"half")
        raise RuntimeError("the serializer failed")
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(path, {"loss": float("nan")})
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["G_1.pth"]


def test_file_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "G_1.pth"
    atomic.write_bytes(path, b"old")
    code = (
        "import resource, sys; from engine.files import atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))\n"
        "try: atomic.write_bytes(sys.argv[1], bytes(100000))\n"
        "except OSError: sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 7
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["G_1.pth"]


def test_killed_writer_leaves_a_whole_file_and_a_temporary_that_is_recognised(tmp_path: Path) -> None:
    path, leftovers, kill = tmp_path / "state.json", 0, 0
    while kill < 6 or (leftovers == 0 and kill < 60):  # a busy machine lets few kills fall into a write
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            kill += 1
            deadline = time.monotonic() + 0.02 + 0.013 * (kill % 6)
            while time.monotonic() < deadline or not path.exists():
                assert not path.exists() or _is_whole(path), "a reader next to the writer saw half a file"
            os.kill(writer.pid, signal.SIGKILL)
        assert _is_whole(path)
        leftovers += len(atomic.remove_stale_temporaries(tmp_path))
        assert _names(tmp_path) == ["state.json"]
    assert leftovers > 0, "no kill hit a writer within a write; the test showed nothing"


def test_temporary_of_a_living_writer_stays(tmp_path: Path) -> None:
    with atomic.replacing(tmp_path / "G_1.pth") as file:
        file.write(b"first half")
        assert atomic.remove_stale_temporaries(tmp_path) == []
        file.write(b", second half")
    assert (tmp_path / "G_1.pth").read_bytes() == b"first half, second half"


def test_temporary_from_before_a_reboot_goes_once_nobody_touches_it(tmp_path: Path) -> None:
    me = ProcessIdentity.current()
    left = tmp_path / f".G_1.pth.{me.pid}-{me.start_ticks}-0badb007-01234567.partial"
    left.write_bytes(b"half")
    (tmp_path / ".somebody.else.partial").write_bytes(b"not ours")
    assert atomic.remove_stale_temporaries(tmp_path) == []
    os.utime(left, (time.time() - 3600, time.time() - 3600))
    assert atomic.remove_stale_temporaries(tmp_path) == [left]
    assert (tmp_path / ".somebody.else.partial").exists()


def test_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "big_disk").mkdir()
    target, link = tmp_path / "big_disk" / "config.json", tmp_path / "config.json"
    target.write_text("old")
    link.symlink_to(target)
    atomic.write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
