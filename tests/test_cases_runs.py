"""Cases about runs, each named after its row: what a start refuses, how a run ends, full disks, moved folders.

The trainers are real ones of the tests' smallest network, forked from a process that has torch loaded.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.process_identity import ProcessIdentity
from engine.runs import disk_space, registry, resume
from tests.cli_support import Ended, environment, vitsdeck, voice_workspace
from tests.nightly.faults.test_disk_full import disk, fill  # noqa: F401 - a fixture
from tests.nightly.faults.zygote import Child, Zygote
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY, with_train, write_lists
from tui.cli.runs import train

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
        write_lists(folder, with_train(TINY, eval_interval=steps_a_save))
        run.parent.mkdir()
        (folder / "run").rename(run)
    argv = ["--run", str(run), "--steps", "100000"]
    child = zygote.start("engine.train.__main__:main", argv, folder)
    wait_until(lambda: (state_of(run).get("step") or 0) > 0, "the first step")
    return child


def state_of(run: Path) -> dict[str, object]:
    return registry.StateFile(run).read()


@pytest.fixture(scope="module")
def finished(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the run `first`, finished at --steps 3, and the config `tiny`."""
    folder = voice_workspace(tmp_path_factory.mktemp("finished"))
    run, config = folder / "logs" / "first", (folder / "configs" / "tiny.json").read_text()
    argv = ["--run", str(run), "--steps", "3"]
    registry.prepare(run, kind="train", argv=argv, config_json=config)
    child = zygote.start("engine.train.__main__:main", argv, folder)
    assert child.wait() == 0, child.output
    registry.record(run, starter=None)  # this process, which lives
    return folder


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--steps", "2"], "already at step 3; give --steps above 3", id="--steps 2 at step 7"),
        pytest.param(["--steps", "3"], "already at step 3; give --steps above 3", id="--steps at that step"),
        pytest.param(
            ["--epochs", "1"],
            "already at step 3, and --epochs 1 ends at step 2; give --epochs above 1",
            id="--epochs before that step",
        ),
        pytest.param(
            [],
            "run first has finished at step 3 of 3; say how far to train, as `--steps 6`",
            id="resume of a finished run",
        ),
        pytest.param(
            ["--steps", "9", "--backend", "nccl"],
            "the backend nccl cannot be used: there is no GPU",
            id="--backend nccl without a GPU",
        ),
    ],
)
def test_a_start_is_refused_before_anything_is_made(finished: Path, words: list[str], sentence: str) -> None:
    run = finished / "logs" / "first"
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}
    done = vitsdeck(finished, "train", "-m", "first", "--detach", *words)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert {path.name: path.stat().st_mtime_ns for path in run.iterdir()} == before
    assert registry.read_run(run).state == "finished"


@pytest.mark.parametrize("command", ["tail", "attach", "stop"])
def test_a_fault_in_vitsdeck_toml_keeps_nobody_from_a_run(finished: Path, command: str) -> None:
    settings = finished / "vitsdeck.toml"
    before = settings.read_text()
    settings.write_text("language = 3\n")
    try:
        done = vitsdeck(finished, command, "first")
        refused = vitsdeck(finished, "train", "-m", "first", "--detach")
    finally:
        settings.write_text(before)
    assert done.returncode == 0 and "warning: " in done.stderr and "vitsdeck.toml:1" in done.stderr
    assert refused.returncode == 2


def test_more_devices_than_gpus_are_refused_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(InputError, match="--devices is 3, but there are 2 GPUs; give at most --devices 2"):
        train._check_devices(3, None)


def test_a_run_that_has_steps_left_goes_on_to_the_limit_of_its_last_start(tmp_path: Path) -> None:
    registry.prepare(tmp_path / "run", kind="train", argv=["x", "--steps", "12"])
    (tmp_path / "run" / "G_7.pth").touch()
    registry.StateFile(tmp_path / "run").update(state="stopped", total_steps=12)
    assert resume.settle_steps(tmp_path / "run", None) == 12
    assert resume.settle_steps(tmp_path / "run", 8) == 8
    assert resume.settle_steps(tmp_path / "run", None, epochs=3) is None
    assert resume.settle_steps(tmp_path / "new", None) is None


@pytest.mark.parametrize(
    ("flag", "value", "kind"),
    [("--from", float("nan"), "NaN"), ("--from_d", float("inf"), "infinite numbers")],
)
def test_from_a_checkpoint_with_nan_weights_is_refused_before_the_start(
    finished: Path, tmp_path: Path, flag: str, value: float, kind: str
) -> None:
    run = finished / "logs" / "first"
    files = {"--from": tmp_path / "G_3.pth", "--from_d": tmp_path / "D_3.pth"}
    for path in files.values():
        tree = torch.load(run / path.name, weights_only=True)
        if path == files[flag]:
            for name in list(tree["model"])[:2]:
                tree["model"][name].fill_(value)
        torch.save(tree, path)
    words = [word for name, path in files.items() for word in (name, str(path))]
    done = vitsdeck(finished, "train", "-m", "second", "--new", "-c", "tiny", "--detach", *words)
    assert done.returncode == 2
    assert f"{files[flag].name}: the checkpoint holds {kind} in 2 tensors" in done.stderr
    assert not (finished / "logs" / "second").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_a_training_in_the_foreground_saves_and_is_its_exit_code(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = voice_workspace(tmp_path)
    words = ["train", "-c", "tiny", "-m", "live", "--steps", "100000", "--foreground", "--json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: (state_of(folder / "logs" / "live").get("step") or 0) > 0, "the first step")
    finally:  # a training without an end must not outlive a failed test
        child.send_signal(number)
        out, said = child.communicate(timeout=120)
    assert child.returncode == code, said
    assert "starting with fresh weights" in said and "live stopped: step" in said
    newest = resume.newest_step(folder / "logs" / "live")
    assert newest is not None and f'"G_{newest}.pth"' in out


@ON_LINUX
def test_saves_that_will_not_fit_are_said_before_the_start_and_while_it_runs(
    finished: Path,
    disk: Path,  # noqa: F811
) -> None:
    shutil.copytree(finished, disk / "voices")
    fill(disk, leave=20 << 20)
    place = disk / "voices"
    said = train._shortage(place / "logs" / "first", None)
    assert said.startswith("the next checkpoints of first need ") and "21 MB are free" in said
    assert not train._shortage(finished / "logs" / "first", None)


@ON_LINUX
def test_a_run_folder_renamed_while_it_trains_stops_with_a_sentence_and_a_checkpoint_there(
    zygote: Zygote, tmp_path: Path
) -> None:
    child = trains(zygote, tmp_path)
    (run,) = registry.list_runs(tmp_path / "logs")
    assert disk_space.saves_of(run).bytes > 0, "known before the first one, for the overview"
    old, new = tmp_path / "logs" / "live", tmp_path / "logs" / "other"
    old.rename(new)
    assert child.wait() == 0, child.output
    assert not old.exists(), "nothing is made anew under the old name"
    state = state_of(new)
    assert state["state"] == "stopped"
    assert "its folder was renamed while it trained: continue with `vitsdeck train -m other`" in str(
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


def test_a_run_is_renamed_archived_brought_back_and_deleted(finished: Path, tmp_path: Path) -> None:
    place = tmp_path / "voices"
    shutil.copytree(finished, place)
    logs = place / "logs"

    def names() -> list[str]:
        return [run.name for run in registry.list_runs(logs)]

    assert vitsdeck(place, "rename", "first", "anna").returncode == 0
    assert names() == ["anna"] and registry.recorded(logs / "anna", "name") == "anna"
    done = vitsdeck(place, "archive", "anna")
    assert "`vitsdeck archive anna --restore` brings it back" in done.stderr and names() == []
    assert "archived: anna" in vitsdeck(place, "runs").stderr
    assert "run anna is archived" in vitsdeck(place, "train", "-m", "anna").stderr and names() == []
    assert "run anna is archived" in vitsdeck(place, "delete", "anna", "--yes").stderr
    assert vitsdeck(place, "archive", "anna", "--restore").returncode == 0
    assert names() == ["anna"] and resume.newest_step(logs / "anna") == 3
    asked = vitsdeck(place, "delete", "anna")
    assert asked.returncode == 2 and "add --yes" in asked.stderr and names() == ["anna"]
    assert vitsdeck(place, "delete", "anna", "--yes").returncode == 0
    assert [path.name for path in logs.iterdir()] == [".archive"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rename", "none", "anna"], "no such run"),
        (["rename", "first", "second"], "there is a run second already"),
        (["rename", "first", "../x"], "cannot be a run's name"),
        (["archive", "none", "--restore"], "no archived run none; there are: none"),
        (["delete", "none", "--yes"], "no such run"),
        (["rename", "live", "anna"], 'a live run has the name "live"'),
        (["archive", "live"], 'a live run has the name "live"'),
        (["delete", "live", "--yes"], 'a live run has the name "live"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_managed_is_refused_and_stays(
    finished: Path, tmp_path: Path, words: list[str], sentence: str
) -> None:
    place = tmp_path / "voices"
    shutil.copytree(finished, place)
    for name in ("second", "live"):
        registry.prepare(place / "logs" / name, kind="train", argv=["x"])
    registry.record(place / "logs" / "live", process=ProcessIdentity.current().to_json())
    done = vitsdeck(place, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert sorted(path.name for path in (place / "logs").iterdir()) == ["first", "live", "second"]


def test_a_run_folder_with_checkpoints_and_no_config_is_never_started_over(
    finished: Path, tmp_path: Path
) -> None:
    place = tmp_path / "voices"
    shutil.copytree(finished, place)
    (place / "logs" / "first" / "config.json").unlink()
    (place / "logs" / "first" / "run.json").unlink()
    for words in ([], ["--new"]):
        done = vitsdeck(place, "train", "-m", "first", "--steps", "9", "--detach", *words)
        assert done.returncode == 2
        assert "has checkpoints but no config.json" in done.stderr


def test_a_name_of_other_work_is_not_trained(finished: Path) -> None:
    run = finished / "logs" / "convert"
    registry.prepare(run, kind="convert", argv=["x"])
    try:
        done = vitsdeck(finished, "train", "-m", "convert", "--new", "-c", "tiny", "--steps", "1")
    finally:
        shutil.rmtree(run)
    assert done.returncode == 2 and 'the name "convert" belongs to other work: convert' in done.stderr
