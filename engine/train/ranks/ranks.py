"""Starts the ranks of a training and watches them.

    one machine        supervisor -> rank 0 (the worker) -> rank 1, rank 2, ...     `vitsdeck train --devices N`
                       They meet in a file of the run folder, under a fresh name each time, and talk over the
                       loopback interface alone: torch's own TCP store would listen on every interface.
    several machines   torchrun -> one rank for each device of its machine     docs/guide/several_machines.md

A rank that dies ends the training at once, with its last output as the reason; the supervisor then restarts it from
the last checkpoint. Otherwise the others would wait in a collective until the time limit.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import torch
import torch.distributed as dist

from engine.cores import cores
from engine.errors import InputError
from engine.i18n import _, plural
from engine.runs.logs.log_summary import summarize_output
from engine.runs.processes.detach import CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW
from engine.runs.supervisor.exit_status import signal_name
from engine.runs.supervisor.restart import EXIT_BAD_INPUT, EXIT_HOPELESS
from engine.train.ranks.collectives import ALONE, Group, Peers

BACKENDS = ("nccl", "gloo")
BACKEND_VARIABLE = "PL_TORCH_DISTRIBUTED_BACKEND"  # the name that users of other trainers know
_STORE_PREFIX = ".ranks-"
# How long a rank waits for the others: for rank 0's evaluation, or a disk that is full over the weekend. Ranks
# that died are not waited for; their end is seen elsewhere.
_PATIENCE = timedelta(days=30)
_GRACE_SECONDS = 5.0  # for the exception that a lost peer usually raises in the main thread
_LAST_LINES = 60
EXIT_FAULT = 1
_FINAL_CODES = (EXIT_BAD_INPUT, EXIT_HOPELESS)


class RankLostError(Exception):
    """A rank ended before the training did; the message says how.

    `code` is the exit code that this process should end with too: that of the rank, if the rank knew that another start
    would end the same way.
    """

    def __init__(self, reason: str, code: int = EXIT_FAULT) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Which of how many ranks this process is.

    Attributes:
        rank, world: counted over all machines.
        local_rank: counted on this machine; chooses the GPU.
        store: the file in which the ranks of one machine meet; None for rank 0 of them, which names it, for one
            process alone, and under torchrun.
        is_elastic: torchrun started this process.
    """

    rank: int = 0
    world: int = 1
    local_rank: int = 0
    store: Path | None = None
    is_elastic: bool = False

    @property
    def starts_others(self) -> bool:
        """Whether this process is rank 0 of one machine, which starts the other ranks."""
        return self.world > 1 and self.rank == 0 and not self.is_elastic


def place_of(devices: int, rank: int | None, store: Path | None, environ: Mapping[str, str]) -> Place:
    """Where this process stands: by its arguments, or by what torchrun has put into its environment.

    Raises:
        InputError: torchrun and --devices both say how many ranks there are.
    """
    if rank is not None:
        return Place(rank, devices, rank, store)
    if "TORCHELASTIC_RUN_ID" not in environ:
        return Place(world=devices)
    if devices != 1:
        raise InputError(
            _("torchrun and --devices {devices} both start ranks").format(devices=devices),
            fix=_("give torchrun --nproc_per_node instead"),
        )
    rank, world, local_rank = (int(environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return Place(rank, world, local_rank, is_elastic=True)


def backend_for(platform: str, *, asked: str | None, on_gpus: bool, has_nccl: bool) -> str:
    """What the ranks talk through: NCCL where it exists, else Gloo.

    Args:
        platform: as `sys.platform`.
        asked: --backend or the environment's wish; None chooses.

    Raises:
        InputError: an unknown backend, or NCCL where there is none.
    """
    can_nccl = on_gpus and has_nccl and platform != "win32"
    if asked is None:
        return "nccl" if can_nccl else "gloo"
    if asked not in BACKENDS:
        raise InputError(
            _("there is no backend {asked!r}").format(asked=asked),
            fix=_("choose one of {backends}").format(backends=", ".join(BACKENDS)),
        )
    if asked == "nccl" and not can_nccl:
        why = "there is no GPU" if not on_gpus else "this torch has none"
        raise InputError(
            _("the backend nccl cannot be used: {why}").format(why=why), fix=_("leave it out, or choose gloo")
        )
    return asked


def backend_here(asked: str | None) -> str:
    """`backend_for` this machine; raises InputError as it does."""
    has_nccl = dist.is_available() and dist.is_nccl_available()
    return backend_for(sys.platform, asked=asked, on_gpus=gpus() > 0, has_nccl=has_nccl)


def rank_environment(platform: str, rank: int, world: int, *, threads: int) -> dict[str, str]:
    """What the environment of one rank of this machine must hold, rank 0's own included.

    Args:
        platform: as `sys.platform`.
        threads: of torch, for this rank.
    """
    found = {"OMP_NUM_THREADS": str(threads), "VITSDECK_RANK": f"{rank}/{world}"}
    if platform == "win32":
        # Torch for Windows is built without libuv; there Gloo has no interface names, and finds the loopback by itself.
        return found | {"USE_LIBUV": "0"}
    loopback = "lo" if platform == "linux" else "lo0"  # Gloo and NCCL listen there and nowhere else
    return found | {"GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}


def rank_options(platform: str) -> dict[str, Any]:
    """What `subprocess.Popen` needs for a rank: on POSIX it stays in the run's process group."""
    if platform == "win32":
        return {"creationflags": CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP}
    return {}


def check_count(devices: int, gpus: int, cores: int) -> str | None:
    """A warning, or None, about `devices` ranks on a machine with so many GPUs and processor cores.

    Raises:
        InputError: more ranks than GPUs where there are any, or less than one.
    """
    if devices < 1:
        raise InputError(_("--devices is {devices}").format(devices=devices), fix=_("it must be above 0"))
    if gpus and devices > gpus:
        raise InputError(
            plural(
                "--devices is {devices}, but there is {n} GPU",
                "--devices is {devices}, but there are {n} GPUs",
                gpus,
                devices=devices,
            ),
            fix=_("give at most --devices {n}").format(n=gpus),
        )
    if not gpus and devices > cores:
        return _("{devices} ranks share {cores} processor cores: fewer would be as fast").format(
            devices=devices, cores=cores
        )
    return None


def gpus() -> int:
    """GPUs that torch can use."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


class Ranks:
    """The other ranks of this machine, started and watched by rank 0.

    Args:
        on_loss: called in a watching thread with the loss, if this process has not ended `_GRACE_SECONDS` after a
            rank did: its main thread is then stuck in a sum that will never come, and only the process's end helps.
    """

    def __init__(self, on_loss: Callable[[RankLostError], None]) -> None:
        self._on_loss = on_loss
        self._loss: Future[RankLostError] = Future()  # the first one
        self._closing = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, world: int, command: Sequence[str], store: Path) -> None:
        """Start ranks 1, 2, ... in this order; their output goes to ours, each line behind the rank's number.

        Threads and interfaces of this process, rank 0, are set as theirs.
        """
        threads = torch.get_num_threads() if "OMP_NUM_THREADS" in os.environ else max(1, cores() // world)
        torch.set_num_threads(threads)
        for number in range(world):
            environment = rank_environment(sys.platform, number, world, threads=threads)
            if number == 0:
                os.environ.update(environment)
                continue
            # Nothing is written to their stdin: its end means that rank 0 is gone.
            process = subprocess.Popen(
                [*command, "--rank", str(number), "--store", str(store)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                **rank_options(sys.platform),
            )
            self._processes.append(process)
            threading.Thread(
                target=self._watch, args=(number, process), name=f"rank {number}", daemon=True
            ).start()

    def wait_for_loss(self, seconds: float) -> RankLostError | None:
        """The first rank that was lost, if one was or is within some seconds."""
        with contextlib.suppress(TimeoutError):
            return self._loss.result(seconds)
        return None

    def let_end(self) -> None:
        """From now on a rank that ends is no loss."""
        self._closing.set()

    def close(self, wait_s: float = 0.0) -> None:
        """Let ranks that are about to end do so for `wait_s` seconds, then end them."""
        self.let_end()
        deadline = time.monotonic() + wait_s
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _watch(self, number: int, process: subprocess.Popen[bytes]) -> None:
        tail: deque[bytes] = deque(maxlen=_LAST_LINES)
        assert process.stdout is not None  # noqa: S101 - for the type checker
        reader = threading.Thread(target=_pass_on, args=(number, process.stdout, tail), daemon=True)
        reader.start()
        code = process.wait()
        reader.join(timeout=1.0)  # a loader worker of it may hold the pipe a moment longer
        if self._closing.is_set():
            return
        how = f"was killed by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        words = summarize_output(b"\n".join(tail))
        reason = f"rank {number} {how}" + (f": {words}" if words else "")
        with contextlib.suppress(InvalidStateError):  # another rank was first
            self._loss.set_result(RankLostError(reason, code if code in _FINAL_CODES else EXIT_FAULT))
        if not self._closing.wait(_GRACE_SECONDS):
            self._on_loss(self._loss.result())


def _pass_on(number: int, output: IO[bytes], tail: deque[bytes]) -> None:
    with output:
        for line in output:
            tail.append(line.rstrip(b"\r\n"))
            with contextlib.suppress(OSError):  # a full disk takes no log; the rank must not wait for it
                print(f"[rank {number}] {tail[-1].decode('utf-8', 'replace')}", flush=True)  # noqa: T201


@contextlib.contextmanager
def joined(
    place: Place, folder: Path, backend: str, command: Sequence[str], on_loss: Callable[[RankLostError], None]
) -> Iterator[Peers]:
    """The peers of this rank, for as long as the block runs. One process alone gets `ALONE` and no group.

    Args:
        command: this process's own command line without rank and store, from which those of the others are made.
        on_loss: see `Ranks`.

    Raises:
        RankLostError: instead of the error that the loss of a rank has raised inside the block.
    """
    if place.world == 1:
        yield ALONE
        return
    others = Ranks(on_loss)
    store = place.store
    try:
        if place.starts_others:
            store = folder / f"{_STORE_PREFIX}{secrets.token_hex(8)}"
            others.start(place.world, command, store)
        _join(place, backend, store)
        peers = Group(place.rank, place.world)
        yield peers
        peers.wait()
        others.let_end()
        dist.destroy_process_group()
        others.close(wait_s=30.0)
    except RuntimeError as error:  # what torch raises when the other end of a connection is gone
        if loss := others.wait_for_loss(_GRACE_SECONDS if place.starts_others else 0.0):
            raise loss from error
        if place.is_elastic and (isinstance(error, dist.DistError) or "gloo" in str(error)):
            raise RankLostError(f"a rank on another machine is gone: {str(error).splitlines()[0]}") from error
        raise
    finally:
        others.close()
        if place.starts_others and store is not None:
            store.unlink(missing_ok=True)


def _join(place: Place, backend: str, store: Path | None) -> None:
    # Flags and JSON are on the processor, whatever the gradients are on.
    name = "cpu:gloo,cuda:nccl" if backend == "nccl" else backend
    if place.is_elastic:
        dist.init_process_group(name, timeout=_PATIENCE)
        return
    meeting = dist.FileStore(str(store), place.world)  # type: ignore[attr-defined]
    dist.init_process_group(name, store=meeting, rank=place.rank, world_size=place.world, timeout=_PATIENCE)


def remove_stale_stores(folder: Path) -> None:
    """Remove the meeting places of ranks that were killed; the caller holds the run folder."""
    for path in folder.glob(f"{_STORE_PREFIX}*"):
        path.unlink(missing_ok=True)
