"""A real small disk that is full: the training waits and says what it needs, and continues when there is room again."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.runs import checkpoints, commands
from engine.train.checkpoints import checkpoint
from engine.train.summary_writer import SafeSummaryWriter
from tests.nightly.faults.saver import small_state
from tests.nightly.faults.zygote import Zygote
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY, with_train, write_lists

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a tmpfs"),
]
DISK = 150 << 20  # bytes; a checkpoint of the tests' network has 40 MB
CONFIG = with_train(TINY, eval_interval=4)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with DISK bytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"a disk of its own needs the right to mount one: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """A file that takes all room but `leave` bytes."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                vfs = os.statvfs(disk)
                left = vfs.f_bavail * vfs.f_frsize - leave
                if left <= 0:
                    return filler
                file.write(bytes(min(left, 1 << 20)))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return filler


def events(run: Path, kind: str) -> list[dict[str, object]]:
    lines = (run / "events.jsonl").read_bytes().split(b"\n")
    found = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # a full disk may have taken a part of a line
            continue
        found += [event] if event["kind"] == kind else []
    return found


def state_of(run: Path) -> dict[str, object]:
    try:
        state: dict[str, object] = json.loads((run / "state.json").read_text())
    except FileNotFoundError:
        return {"reason": "", "step": 0}
    return state


def is_paused(run: Path) -> bool:
    return state_of(run).get("state") == "paused"


@pytest.mark.promise(
    "R7",
    "full disk: pauses, says bytes needed and free, keeps the last good checkpoint, continues when freed",
)
def test_full_disk_pauses_a_training_and_room_lets_it_go_on(disk: Path, zygote: Zygote) -> None:
    write_lists(disk, CONFIG)
    run = disk / "run"
    trainer = zygote.start("engine.train.__main__:main", ["--run", "run", "--steps", "100000"], disk)
    try:
        wait_until((run / "4.manifest.json").exists, "the first checkpoint")
        filler = fill(disk, leave=10 << 20)
        wait_until(lambda: is_paused(run), "the pause")

        state = state_of(run)
        assert state["step"] == 8 and state["eta_s"] is None
        needed = re.search(r"needs (\d+) bytes and (\d+) bytes are free", str(state["reason"]))
        assert needed is not None
        size = checkpoints.candidates(run)[0].bytes
        assert size <= int(needed[1]) < 1.1 * size, "what it needs is what the last one took, and a little"
        assert 0 <= int(needed[2]) <= 10 << 20
        assert "checkpoint 4 is kept" in str(state["reason"])
        checkpoint.verify(checkpoints.candidates(run)[0])
        assert any("disk is full" in str(event["text"]) for event in events(run, "alert"))
        ping = commands.wait_reply(run, commands.send(run, "ping"), timeout_s=30)
        assert ping is not None, "a waiting training still answers"
        first = float(str(state["t"]))
        wait_until(lambda: float(str(state_of(run)["t"])) > first + 2, "a sign of life while it waits")
        assert state_of(run)["step"] == 8

        filler.unlink()
        wait_until((run / "8.manifest.json").exists, "the checkpoint that waited")
        wait_until(lambda: state_of(run)["reason"] == "", "the end of the pause")
        has_told = lambda: any("room again" in str(event["text"]) for event in events(run, "alert"))  # noqa: E731
        wait_until(has_told, "the alert that it goes on")
        checkpoint.verify(checkpoints.candidates(run)[0])

        fill(disk)  # to the last byte, log, events and state included
        wait_until(lambda: is_paused(run) and int(str(state_of(run)["step"])) > 8, "the second pause")
        os.kill(trainer.pid, signal.SIGTERM)
        assert trainer.wait() == 0, trainer.output
    finally:
        if trainer.is_alive():
            trainer.kill()
    state = state_of(run)
    assert state["state"] == "stopped"
    assert "not saved" in str(state["reason"])
    newest = checkpoints.candidates(run)[0]
    assert newest.step >= 8
    checkpoint.verify(newest)

    again = zygote.start("engine.train.__main__:main", ["--run", "run", "--steps", "100000"], disk)
    try:  # a supervisor that starts it again must not count a full disk as crashes
        wait_until(lambda: is_paused(run) or not again.is_alive(), "a start, and a pause, on a full disk")
        assert again.is_alive(), again.output
        assert f"checkpoint {newest.step} is kept" in str(state_of(run)["reason"])
    finally:
        again.kill()


def test_save_that_runs_out_of_room_leaves_the_older_checkpoint_and_nothing_else(disk: Path) -> None:
    state = small_state()
    run = disk / "run"
    run.mkdir()
    state.position.step = 1
    saved = checkpoint.save(state, run)
    for leave in (saved.bytes // 3, 4096, 0):
        filler = fill(disk, leave=leave)
        state.position.step = 2
        with pytest.raises(OSError, match="No space left") as caught:
            checkpoint.save(state, run)
        assert caught.value.errno == errno.ENOSPC
        assert {path.name for path in run.iterdir()} == {*saved.files, "1.manifest.json"}
        filler.unlink()
    checkpoint.verify(saved)
    checkpoint.save(state, run)
    assert [found.step for found in checkpoints.candidates(run)] == [2, 1]


def test_tensorboard_loses_points_to_a_full_disk_and_begins_a_new_file_after_it(disk: Path) -> None:
    now = 0.0
    board = SafeSummaryWriter(disk / "board", clock=lambda: now)
    board.add_scalar("loss", 1.0, 1)
    board.flush()
    (first,) = (disk / "board").iterdir()
    filler = fill(disk)
    for step in range(2000):
        board.add_scalar("loss", 1.0, step)
        board.flush()
    filler.unlink()
    board.add_scalar("loss", 1.0, 2000)
    now = 61.0
    board.add_scalar("loss", 1.0, 2001)
    board.close()
    (second,) = set((disk / "board").iterdir()) - {first}
    assert second.stat().st_size > 0
