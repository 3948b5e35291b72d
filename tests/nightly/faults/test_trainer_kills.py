"""kill -9 of the real trainer: what it had learnt is resumed exactly, and no checkpoint is ever half of one."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.files import atomic
from engine.runs import checkpoints
from engine.runs.disk_space import KEPT
from engine.train.checkpoints import checkpoint
from tests.nightly.faults.saver import mark, marks, small_state
from tests.nightly.faults.zygote import Child, Zygote
from tests.runs.run_support import wait_until
from tests.train.conftest import TINY, metrics, with_train, write_lists

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="signals and fork of POSIX"),
]
STEPS = 16
FAULTS = with_train(TINY, eval_interval=4)
Count = Callable[[int, int], int]


@pytest.fixture(scope="module")
def unbroken(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a training that nobody disturbed."""
    folder = tmp_path_factory.mktemp("unbroken")
    write_lists(folder, FAULTS)
    trainer = start(zygote, folder)
    assert trainer.wait() == 0, trainer.output
    return folder / "run"


def start(zygote: Zygote, folder: Path) -> Child:
    argv = ["--run", "run", "--steps", str(STEPS)]
    return zygote.start("engine.train.__main__:main", argv, folder)


def weights(run: Path) -> dict[str, torch.Tensor]:
    """Every tensor of the last checkpoint: both networks and both optimisers' moments."""
    found = {}
    for side in "GD":
        tree = torch.load(run / f"{side}_{STEPS}.pth", weights_only=True)
        found |= {f"{side} {name}": tensor for name, tensor in tree["model"].items()}
        for number, moments in tree["optimizer"]["state"].items():
            found |= {f"{side} {number} {name}": torch.as_tensor(moments[name]) for name in moments}
    return found


def assert_equal_to(unbroken: Path, run: Path) -> None:
    assert metrics(run) == metrics(unbroken)
    expected, got = weights(unbroken), weights(run)
    assert expected.keys() == got.keys()
    differing = [name for name in expected if not torch.equal(expected[name], got[name])]
    assert differing == []


@pytest.mark.promise(
    "R1", "kill -9 of the trainer: resumes at the last checkpoint, losses and weights bit-equal"
)
def test_killed_trainer_resumes_bit_equal(
    zygote: Zygote, unbroken: Path, tmp_path: Path, count: Count
) -> None:
    dice, kills, voices = random.Random(1), count(10, 40), 0
    while kills:
        folder = tmp_path / f"voice{voices}"
        folder.mkdir()
        write_lists(folder, FAULTS)
        voices += 1
        trainer = start(zygote, folder)
        run = folder / "run"
        # a few kills a voice, at any moment: loading, in a step, evaluating, saving
        for _ in range(min(kills, dice.randint(4, 6))):
            saved = len(checkpoints.candidates(run))
            late = time.monotonic() + dice.uniform(0.2, 4)
            wait_until(
                lambda now=late, child=trainer: time.monotonic() > now or not child.is_alive(), "the moment"
            )
            if not trainer.is_alive():
                break
            trainer.kill()
            kills -= 1
            assert len(checkpoints.candidates(run)) >= min(saved, KEPT)
            trainer = start(zygote, folder)
        assert trainer.wait() == 0, trainer.output
        assert_equal_to(unbroken, run)
        assert atomic.remove_stale_temporaries(run) == []
        shutil.rmtree(folder)


@pytest.mark.promise(
    "R3", "a checkpoint is never half-written, and what a kill left is removed at the next start"
)
def test_kills_while_saving_leave_whole_checkpoints_only(
    zygote: Zygote, tmp_path: Path, count: Count
) -> None:
    dice, state, newest, partial = random.Random(3), small_state(), 0, 0
    (tmp_path / "run").mkdir()
    run = tmp_path / "run"
    for _ in range(count(10, 40)):
        saver = zygote.start("tests.nightly.faults.saver:save_for_ever", ["run", str(newest + 1)], tmp_path)
        lines = dice.randint(2, 4)
        wait_until(lambda child=saver, n=lines: child.output.count("\n") > n, "a save")
        time.sleep(dice.uniform(0, 0.1))
        assert saver.kill() == -9
        reported = int(saver.output.split()[-1])
        partial += len(checkpoint.remove_leftovers(run))
        found, passed_over = checkpoint.restore(state, run)
        assert found is not None
        assert passed_over == []
        assert found.step >= reported, "a save that was reported complete is there"
        assert marks(state) == {found.step}
        assert all(not path.name.startswith(".") for path in run.iterdir())
        newest = found.step
    assert partial, "no kill hit a save: the test proves nothing"


@pytest.mark.promise("R6", "G, D, optimisers, scaler and step are one unit: a kill between any two writes")
def test_kill_between_every_pair_of_writes(
    zygote: Zygote, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    # four saves: the fifth also prunes, so kills between deletions are tried too
    for step in (1, 2, 3, 4):
        child = zygote.start(
            "tests.nightly.faults.saver:save_and_die", [str(whole), str(step), "100000"], tmp_path
        )
        assert child.wait() == 0, child.output
    state, outcomes, deadly = small_state(), [], 0
    while True:
        run = tmp_path / f"run{deadly}"
        shutil.copytree(whole, run)
        child = zygote.start(
            "tests.nightly.faults.saver:save_and_die", [str(run), "5", str(deadly)], tmp_path
        )
        code = child.wait()
        checkpoint.remove_leftovers(run)
        found, passed_over = checkpoint.restore(state, run)
        assert found is not None
        assert passed_over == []
        assert marks(state) == {found.step}
        outcomes.append(found.step)
        shutil.rmtree(run)
        if code == 0:
            break
        assert code == -9, child.output
        deadly += 1
    record_property("count", deadly)
    # the new one counts from one certain call on, and never less afterwards
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {4, 5}
    assert deadly > 12, "three files and a manifest are opened, synced and renamed, an old unit deleted"


def damage(path: Path, dice: random.Random) -> str:
    """Hurt one file in one of many ways; returns how. The content always differs afterwards."""
    data = bytearray(path.read_bytes())
    kind = dice.choice(["flip", "flip", "cut", "zero", "swap"])
    at = dice.randrange(len(data))
    if kind == "flip":
        data[at] ^= 1 << dice.randrange(8)
    elif kind == "cut":
        del data[at:]
    elif kind == "zero":
        size = dice.choice([1, 512, 4096])
        old = bytes(data[at : at + size])
        data[at : at + size] = bytes(len(old)) if any(old) else b"\xff" * len(old)
    else:
        other = dice.randrange(len(data))
        data[at], data[other] = data[other], data[at] ^ 0x55
        if bytes(data) == path.read_bytes():
            data[at] ^= 1
    path.write_bytes(data)
    return f"{kind} at {at} of {path.name}"


@pytest.mark.promise("R4", "any corruption is detected and the older checkpoint used, loudly")
def test_corruption_is_never_silent(tmp_path: Path, count: Count) -> None:
    dice, state = random.Random(4), small_state(token_voice=True)
    for step in (1, 2):
        mark(state, step)
        checkpoint.save(state, tmp_path, {"loss/val/mel": 1.0 + step})
    names = ["G_2.pth", "D_2.pth", "S_2.pth", "2.manifest.json"]
    for _ in range(count(300, 1000)):
        path = tmp_path / dice.choice(names)
        genuine = path.read_bytes()
        how = damage(path, dice)
        found, passed_over = checkpoint.restore(state, tmp_path)
        assert found is not None, how
        assert found.step == 1, how
        assert marks(state) == {1}, how
        assert len(passed_over) == 1, how
        assert path.name in passed_over[0], how
        path.write_bytes(genuine)


@pytest.mark.promise("R5", "all checkpoints bad: stops with the list, no silent restart, nothing overwritten")
def test_a_run_whose_checkpoints_are_all_bad_stops_with_the_list(
    zygote: Zygote, unbroken: Path, tmp_path: Path
) -> None:
    write_lists(tmp_path, FAULTS)
    run = tmp_path / "run"
    dice = random.Random(5)
    steps = [found.step for found in checkpoints.candidates(unbroken)]
    assert len(steps) >= 2
    for path in unbroken.iterdir():
        if path.name.endswith((".pth", ".manifest.json")):
            shutil.copyfile(path, run / path.name)
    for step in steps:
        damage(run / f"{dice.choice('GDS')}_{step}.pth", dice)
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.suffix in (".pth", ".json")}
    trainer = start(zygote, tmp_path)
    assert trainer.wait() == 2
    errors = [line for line in trainer.output.splitlines() if "SHA-256" in line]
    assert len(errors) == len(steps)
    assert "none of the checkpoints can be used" in trainer.output
    assert "Traceback" not in trainer.output
    after = {name: (run / name).read_bytes() for name in before if name not in ("run.json", "state.json")}
    assert after == {name: data for name, data in before.items() if name in after}
    assert json.loads((run / "state.json").read_text())["state"] == "failed"
    assert metrics(run) == {} if (run / "events.jsonl").exists() else True
