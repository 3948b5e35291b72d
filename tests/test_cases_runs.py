"""Cases about runs, each named after its row: what a start refuses, how a run ends, full disks, moved folders.

The trainers are real ones of the tests' smallest network, forked from a process that has torch loaded.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.run import registry
from tests.cli_support import SMALL, Ended, vitsdeck
from tests.nightly.faults.test_disk_full import disk, fill  # noqa: F401 - a fixture
from tests.nightly.faults.zygote import Child, Zygote, wait_until
from tests.train.conftest import with_train, write_lists

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals to one process, and names of open folders")
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    zygote = Zygote()
    yield zygote
    zygote.close()


def trains(zygote: Zygote, folder: Path, steps_a_save: int = 1000) -> Child:
    """A trainer at work on the run `logs/live` of `folder`."""
    run = folder / "logs" / "live"
    if not run.is_dir():
        (folder / "vitsdeck.toml").touch()
        write_lists(folder, with_train(SMALL, eval_interval=steps_a_save))
        run.parent.mkdir()
        (folder / "run").rename(run)
    argv = ["--run", str(run), "--steps", "100000"]
    child = zygote.start("engine.train.__main__:main", argv, folder)
    wait_until(lambda: (state_of(run).get("step") or 0) > 0, "the first step")
    return child


def state_of(run: Path) -> dict[str, object]:
    return registry.StateFile(run).read()


@ON_LINUX
def test_a_run_folder_renamed_while_it_trains_stops_with_a_sentence_and_a_checkpoint_there(
    zygote: Zygote, tmp_path: Path
) -> None:
    child = trains(zygote, tmp_path)
    old, new = tmp_path / "logs" / "live", tmp_path / "logs" / "other"
    old.rename(new)
    assert child.wait() == 0, child.output
    assert not old.exists(), "nothing is made anew under the old name"
    state = state_of(new)
    assert state["state"] == "stopped"
    assert "its folder was renamed while it trained: go on with `vitsdeck train -m other`" in str(
        state["reason"]
    )
    assert (new / f"G_{state['step']}.pth").is_file()


def test_a_run_folder_deleted_while_it_trains_ends_the_run_and_is_not_made_anew(
    zygote: Zygote, tmp_path: Path
) -> None:
    child = trains(zygote, tmp_path)
    run = tmp_path / "logs" / "live"
    while run.exists():  # the trainer may make a file meanwhile
        shutil.rmtree(run, ignore_errors=True)
    child.wait()
    assert not run.exists()


@ON_LINUX
@pytest.mark.parametrize("is_ending", [False, True], ids=["paused", "paused while it stops"])
def test_stop_of_a_run_paused_on_a_disk_without_one_free_byte(
    zygote: Zygote,
    disk: Path,  # noqa: F811
    is_ending: bool,
) -> None:
    child = trains(zygote, disk, steps_a_save=1000 if is_ending else 2)
    run = disk / "logs" / "live"
    fill(disk)
    try:
        if is_ending:
            os.kill(child.pid, signal.SIGTERM)
            wait_until(lambda: "the disk is full" in str(state_of(run)["reason"]), "the wait for room")
            assert state_of(run)["state"] == "stopping"
        else:
            wait_until(lambda: state_of(run)["state"] == "paused", "the pause")
            (line,) = vitsdeck(disk, "runs").stdout.splitlines()[1:]
            assert line.split()[:5] == ["live", "paused", str(state_of(run)["step"]), "of", "100,000"]
            assert "left" not in line and "the disk is full" in line
            assert seen(vitsdeck(disk, "runs", "--json"))["state"] == "paused"
            assert seen(vitsdeck(disk, "runs", "--json"))["eta_s"] is None
        done = vitsdeck(disk, "stop", "live", "--wait", "30")
    finally:
        child.kill()
    assert done.returncode == 0, done.stderr
    assert f"live stopped: step {state_of(run)['step']} of 100000, not saved: no room" in done.stderr


def seen(done: Ended) -> dict[str, object]:
    """The only run of `runs --json`."""
    (run,) = done.json if isinstance(done.json, list) else done.json["runs"]
    assert isinstance(run, dict)
    return run
