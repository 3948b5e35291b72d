"""A machine of several dies and comes back: torchrun on two nodes that are both this machine."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from tests.promises import WORKERS_AND_RANKS
from tests.train.conftest import write_lists
from tests.train.test_ranks import CONFIG, environment, posix, told, wait_for


@posix
@WORKERS_AND_RANKS
def test_a_killed_machine_comes_back_and_training_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    """Two nodes on this machine, each with its own copy of the workspace; the commands of docs/several_machines.md."""
    nodes = {name: tmp_path / name for name in ("first", "second")}
    nodes["first"].mkdir()
    write_lists(nodes["first"], CONFIG)
    shutil.copytree(nodes["first"], nodes["second"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    agents = {}
    try:
        agents = {name: torchrun(folder, port, is_host=name == "first") for name, folder in nodes.items()}
        run, log = nodes["first"] / "run", nodes["first"] / "log"
        wait_for(lambda: len(told(run)) > 3, agents["first"], log)
        kill_all(agents["second"])
        before = told(run)
        agents["second"] = torchrun(nodes["second"], port, is_host=False)
        for name, agent in agents.items():
            assert agent.wait(timeout=200) == 0, (nodes[name] / "log").read_text()
    finally:
        for agent in agents.values():
            kill_all(agent)
    text = log.read_text()
    assert "2 ranks on several machines talk through gloo" in text
    assert "resuming from G_" in text
    assert json.loads((run / "state.json").read_text())["state"] == "finished"
    assert sorted(told(run)) == list(range(1, 31))
    assert all(told(run)[step] == loss for step, loss in before.items()), "the same steps, to the bit"
    assert list((nodes["second"] / "run").glob("*.pth")) == [], (
        "rank 0 alone writes, and shares what it loads"
    )


def torchrun(folder: Path, port: int, *, is_host: bool) -> subprocess.Popen[bytes]:
    # what differs from the commands of the page: one machine plays both, and a node counts as dead sooner
    only_here = ["--local-addr=127.0.0.1", f"--rdzv-conf=is_host={int(is_host)},keep_alive_interval=1"]
    with (folder / "log").open("ab") as output:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1"),
                *("--rdzv-id=anna", "--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{port}"),
                *("--max-restarts=100", "--signals-to-handle=SIGTERM,SIGINT", *only_here),
                *("-m", "engine.train", "--folder", "run", "--steps", "30"),
            ],
            cwd=folder,
            env=environment() | {"GLOO_SOCKET_IFNAME": "lo", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill_all(agent: subprocess.Popen[bytes]) -> None:
    """The whole node, as a power cut would."""
    if agent.poll() is not None:
        return
    family = psutil.Process(agent.pid).children(recursive=True)
    agent.send_signal(signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    agent.wait()
