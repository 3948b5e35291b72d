"""Several ranks: one machine's by --devices, several machines' by torchrun; where they listen, what they agree on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]
import pytest

from engine.errors import InputError
from engine.runs import commands
from engine.train.ranks import ranks
from engine.train.ranks.ranks import Place
from engine.train.seeds import step_seed
from tests.train.conftest import TINY, metrics, with_train, write_lists

ROOT = Path(__file__).resolve().parents[2]
CONFIG = with_train(TINY, batch_size=1, eval_interval=3)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def wait_for(
    condition: Callable[[], object], child: subprocess.Popen[bytes], log: Path, seconds: float = 150
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert child.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def told(run: Path) -> dict[int, float]:
    return metrics(run) if (run / "events.jsonl").exists() else {}


# what can be known without a process


@pytest.mark.parametrize(
    ("platform", "asked", "on_gpus", "has_nccl", "expected"),
    [
        ("linux", None, True, True, "nccl"),
        ("linux", None, True, False, "gloo"),
        ("linux", None, False, True, "gloo"),
        ("linux", "gloo", True, True, "gloo"),
        ("linux", "nccl", True, True, "nccl"),
        ("win32", None, True, True, "gloo"),
        ("darwin", None, False, False, "gloo"),
    ],
)
def test_nccl_is_chosen_where_it_exists_and_gloo_everywhere_else(
    platform: str, asked: str | None, on_gpus: bool, has_nccl: bool, expected: str
) -> None:
    assert ranks.backend_for(platform, asked=asked, on_gpus=on_gpus, has_nccl=has_nccl) == expected


def test_a_backend_that_cannot_be_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="this torch has none"):
        ranks.backend_for("win32", asked="nccl", on_gpus=True, has_nccl=False)
    with pytest.raises(InputError, match="there is no GPU"):
        ranks.backend_for("linux", asked="nccl", on_gpus=False, has_nccl=True)
    with pytest.raises(InputError, match="nccl, gloo"):
        ranks.backend_for("linux", asked="mpi", on_gpus=True, has_nccl=True)


def test_ranks_listen_on_loopback_and_those_of_windows_without_libuv() -> None:
    linux, windows = (ranks.rank_environment(name, 1, 2, threads=3) for name in ("linux", "win32"))
    assert (linux["GLOO_SOCKET_IFNAME"], linux["NCCL_SOCKET_IFNAME"]) == ("lo", "lo")
    assert "USE_LIBUV" not in linux and windows["USE_LIBUV"] == "0"
    assert not [name for name in windows if name.endswith("_IFNAME")]
    assert windows["OMP_NUM_THREADS"] == "3"
    assert ranks.rank_options("linux") == {}, "they stay in the run's process group"
    assert ranks.rank_options("win32")["creationflags"] & 0x200, "Ctrl+C for rank 0 is not theirs"


def test_place_comes_from_arguments_or_from_torchrun() -> None:
    torchrun = {"TORCHELASTIC_RUN_ID": "x", "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}
    assert ranks.place_of(1, None, None, {}) == Place()
    assert ranks.place_of(2, None, None, {}).starts_others
    child = ranks.place_of(2, 1, Path("store"), {})
    assert (child.rank, child.world, child.starts_others) == (1, 2, False)
    assert ranks.place_of(1, None, None, torchrun) == Place(3, 4, 1, is_elastic=True)
    # another tool's RANK means nothing here
    assert ranks.place_of(1, None, None, {"RANK": "3", "WORLD_SIZE": "4"}) == Place()
    with pytest.raises(InputError, match="nproc_per_node"):
        ranks.place_of(2, None, None, torchrun)


def test_more_ranks_than_gpus_are_refused_and_more_than_cores_warned_of() -> None:
    assert ranks.check_count(2, gpus=2, cores=1) is None
    assert ranks.check_count(2, gpus=0, cores=2) is None
    assert "2 processor cores" in str(ranks.check_count(3, gpus=0, cores=2))
    with pytest.raises(InputError, match="there is 1 GPU"):
        ranks.check_count(2, gpus=1, cores=64)
    with pytest.raises(InputError, match="above 0"):
        ranks.check_count(0, gpus=0, cores=2)


def test_ranks_draw_different_noise_and_the_leader_what_one_process_alone_would() -> None:
    import torch

    from engine.train.seeds import seed_step

    drawn = []
    for rank in (0, 1, 2):
        seed_step(1234, 7, rank=rank)
        drawn.append(float(torch.rand(())))
    torch.manual_seed(step_seed(1234, 7))
    assert drawn[0] == float(torch.rand(()))
    assert len(set(drawn)) == 3


# real processes


@posix
def test_two_ranks_listen_on_the_loopback_alone_answer_and_stop_together(tmp_path: Path) -> None:
    write_lists(tmp_path, CONFIG)
    run, log = tmp_path / "run", tmp_path / "log"
    (run / ".ranks-of-a-killed-run").write_bytes(b"stale")
    command = [sys.executable, "-m", "engine.train", "--run", "run", "--devices", "2", "--steps", "100000"]
    asked = environment() | {ranks.BACKEND_VARIABLE: "gloo"}
    with log.open("wb") as output:
        child = subprocess.Popen(command, cwd=tmp_path, env=asked, stdout=output, stderr=output)
    try:
        wait_for(lambda: told(run), child, log)
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        assert len(family) == 2
        listening = [
            connection.laddr.ip
            for process in family
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        ]
        assert len(listening) >= 2, "each rank listens for the other"
        assert set(listening) <= {"127.0.0.1", "::1"}
        assert not (run / ".ranks-of-a-killed-run").exists()

        reply = commands.wait_reply(run, commands.send(run, "free_memory"), timeout_s=60)
        assert reply is not None
        assert [one["rank"] for one in reply["processes"]] == [0, 1]
        assert {one["pid"] for one in reply["processes"]} == {process.pid for process in family}
        assert {one["what"] for one in reply["processes"]} == {"resident"}
        for key in ("before_bytes", "after_bytes"):
            assert reply[key] == sum(one[key] for one in reply["processes"]) > 0

        commands.send(run, "stop")
        assert child.wait(timeout=120) == 0, log.read_text()
    finally:
        child.kill()
        child.wait()
    state = json.loads((run / "state.json").read_text())
    assert state["state"] == "stopped"
    assert state["step_seconds"] > 0
    assert (run / f"{state['step']}.manifest.json").exists()
    assert not [process for process in family if process.is_running() and process.status() != "zombie"]
    assert list(run.glob(".ranks-*")) == []
    assert "Traceback" not in log.read_text()
