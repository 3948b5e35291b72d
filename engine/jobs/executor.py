"""Where work over many files runs: processes here, or the workers of a dask cluster.

Whatever takes a `concurrent.futures.Executor` runs on either. `unordered` keeps a bounded number of items under way, so
memory does not grow with the corpus, and gives items whose worker died to another one: each item ends exactly once, in
a value or in the error that it raised. Functions and items must be picklable, and doing an item twice must do no harm.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import importlib
import multiprocessing
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from engine import __version__
from engine.errors import InputError
from engine.futures import Submitted, interrupts_held

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

_WORTH_PROCESSES = 24  # items; below it starting a process costs more than it saves
_AHEAD = 3  # items under way for each worker: one at work, two so that none waits for us
_ALONE = 2  # how often an item may take its worker with it before it is given up
_SETTLE_SECONDS = 5.0  # until a pool that broke has told each of its futures
_CLUSTER_SECONDS = 20.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WorkerLost(Exception):  # noqa: N818 - what happened, not whose error it is
    """The process that had an item died, again and again: out of memory, or a library that crashed on it."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """How an item ended: its value, or what its function raised (WorkerLost: it never came to an end)."""

    value: R | None = None
    error: Exception | None = None

    def get(self) -> R:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # None is a value where R allows it


class Crew(Executor):
    """An executor that knows its size and can be made anew when its workers died.

    Attributes:
        size: how many items are worked on at the same time.
        place: where, in words.
    """

    def __init__(self, make: Callable[[], Executor], size: int, place: str) -> None:
        self._make = make
        self._inner = make()
        self.size = size
        self.place = place

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """As `Executor.submit`."""
        try:
            return self._inner.submit(fn, *args, **kwargs)
        except BrokenExecutor as error:  # found out here: the same news as from an item that was under way
            lost: Future[R] = Future()
            lost.set_exception(error)
            return lost

    def renew(self) -> None:
        """Replace workers that died."""
        self._inner.shutdown(wait=False, cancel_futures=True)
        self._inner = self._make()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As `Executor.shutdown`."""
        self._inner.shutdown(wait=wait, cancel_futures=cancel_futures)


class _Here(Executor):
    """Does each item at once, in this thread: for a handful."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        done: Future[R] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as in another process: the item's, not ours
            done.set_exception(error)
        return done


@contextlib.contextmanager
def workers(
    where: str | None = None, count: int | None = None, jobs: int | None = None
) -> Iterator[Executor]:
    """An executor for the time of a `with` block; what has not begun when it is left is cancelled.

    Args:
        where: None: processes on this machine; `dask://HOST:PORT` of this machine, or `tls://HOST:PORT` of any.
        count: processes; None or 0: one a core.
        jobs: how many items there will be; for a few no process is started.

    Raises:
        InputError: an address that is no such address or not safe, no `distributed` installed, nobody there, no
            workers, or workers of another version.
    """
    if where is not None:
        with _cluster(where) as crew:
            yield crew
        return
    size = max(1, min(count or cores(), jobs or cores()))
    if jobs is not None and (jobs <= _WORTH_PROCESSES or size == 1):
        yield Crew(_Here, 1, "this process")
        return
    crew = Crew(lambda: _processes(size), size, f"{size} process{'es' * (size > 1)} here")
    try:
        yield crew
    finally:
        crew.shutdown(wait=True, cancel_futures=True)


def unordered(
    executor: Executor, function: Callable[[T], R], items: Iterable[T]
) -> Iterator[tuple[int, Outcome[R]]]:
    """Every item's place in `items` and its outcome, as they end. `items` is read as it is needed.

    Raises:
        InputError: the cluster went away.
    """
    run = _Run(executor, function, items)
    try:
        yield from run.outcomes()
    finally:
        run.cancel()


class _Run(Generic[T, R]):
    """One pass over items: what is under way, and what has lost its worker and is tried alone."""

    def __init__(self, executor: Executor, function: Callable[[T], R], items: Iterable[T]) -> None:
        self.executor = executor
        self.function = function
        self.items = iter(enumerate(items))
        size = getattr(executor, "size", None) or getattr(executor, "_max_workers", None) or cores()
        self.most = max(1, size * _AHEAD if size > 1 else 1)
        self.submitted: Submitted[R] = Submitted()
        self.under_way: dict[Future[R], tuple[int, T]] = {}
        self.suspects: deque[tuple[int, T]] = deque()
        self.deaths: dict[int, int] = {}

    def outcomes(self) -> Iterator[tuple[int, Outcome[R]]]:
        while True:
            self._fill()
            if not self.under_way:
                return
            done = [future for future in self.submitted.wait() if future in self.under_way]
            broken: list[tuple[int, T]] = []
            alone = len(self.under_way) == 1
            for future in done:
                index, item = self.under_way.pop(future)
                error = _error_of(future)
                if isinstance(error, BrokenExecutor):
                    broken.append((index, item))
                elif error is None:
                    yield index, Outcome(future.result())
                else:
                    yield index, Outcome(error=_told(error))
            if broken:
                yield from self._recover(broken, alone)

    def cancel(self) -> None:
        with interrupts_held():
            for future in self.under_way:
                future.cancel()

    def _fill(self) -> None:
        """Items that were there when a worker died go alone, so that the one to blame shows itself."""
        if self.suspects:
            if not self.under_way:
                self._submit(*self.suspects.popleft())
            return
        while len(self.under_way) < self.most:
            following = next(self.items, None)
            if following is None:
                return
            self._submit(*following)

    def _submit(self, index: int, item: T) -> None:
        self.under_way[self.submitted.submit(self.executor, self.function, item)] = (index, item)

    def _recover(self, broken: list[tuple[int, T]], alone: bool) -> Iterator[tuple[int, Outcome[R]]]:
        # a pool that breaks fails all that it had, those too that only waited
        for future in list(self.under_way):
            index, item = self.under_way.pop(future)
            error = _error_of(future, _SETTLE_SECONDS)
            if error is None:
                yield index, Outcome(future.result())
            elif isinstance(error, BrokenExecutor):
                broken.append((index, item))
            else:
                yield index, Outcome(error=_told(error))
        if not isinstance(self.executor, Crew):
            raise BrokenExecutor("the workers are gone")
        self.executor.renew()
        for index, item in broken:
            self.deaths[index] = self.deaths.get(index, 0) + alone
            if self.deaths[index] >= _ALONE:
                reason = "the process that worked on it died, twice; it may be damaged, or too large for the memory"
                yield index, Outcome(error=WorkerLost(reason))
            else:
                self.suspects.append((index, item))


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _error_of(future: Future[Any], wait_s: float = 0) -> BaseException | None:
    """What its function raised; BrokenExecutor: it was cancelled, or has not ended in time."""
    try:
        with interrupts_held():
            return future.exception(wait_s)
    except (concurrent.futures.CancelledError, concurrent.futures.TimeoutError):
        return BrokenExecutor("cancelled")


def _told(error: BaseException) -> Exception:
    """The cluster's own errors in our words; all others as they are."""
    name = type(error).__name__
    if name == "KilledWorker":
        return WorkerLost("the workers that had it died, one after the other")
    if name in ("CommClosedError", "TimeoutError", "FutureCancelledError"):
        raise InputError("the cluster went away", fix="start its scheduler again and repeat the command")
    return error if isinstance(error, Exception) else WorkerLost(str(error))


def _processes(count: int) -> Executor:
    # spawn: a forked copy of a threaded parent may hang
    context = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(count, context, _begin_worker)


def _begin_worker() -> None:
    """Ctrl+C is the parent's affair; a parent that was killed takes its workers with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


@contextlib.contextmanager
def _cluster(where: str) -> Iterator[Crew]:
    address = cluster_address(where)
    try:
        dask: Any = importlib.import_module("distributed")
    except ImportError:
        fix = "pip install 'vitsdeck[distributed]'"
        raise InputError(f"--executor {where} needs dask's distributed", fix=fix) from None
    try:
        host, _, port = address.partition("://")[2].rpartition(
            ":"
        )  # a client that fails to connect can hang later
        socket.create_connection((host.strip("[]"), int(port)), _CLUSTER_SECONDS).close()
        security = dask.Security(require_encryption=True) if address.startswith("tls") else None
        client = dask.Client(address, timeout=_CLUSTER_SECONDS, security=security, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        what = f"no dask scheduler answers at {address} ({type(error).__name__})"
        raise InputError(
            what, fix="start one with `dask scheduler`, and workers with `dask worker`"
        ) from None
    try:
        yield _hired(client, address)
    finally:
        client.close(timeout=5)


def cluster_address(where: str) -> str:
    """The scheduler's address of `dask://HOST:PORT` or `tls://HOST:PORT`.

    Raises:
        InputError: neither, or plain tcp to another machine: whoever can speak to a scheduler can run code.
    """
    scheme, _, rest = where.partition("://")
    host, _, port = rest.rpartition(":")
    host = host.strip("[]")
    if scheme not in ("dask", "tls") or not host or not (port.isdecimal() and 0 < int(port) < 65536):
        raise InputError(f'--executor "{where}" is no address', fix="write dask://127.0.0.1:8786")
    shown = f"[{host}]" if ":" in host else host
    if scheme == "tls":
        return f"tls://{shown}:{port}"
    if host not in _LOOPBACK:
        what = (
            f"--executor {where} is plain tcp to another machine: who listens there can read and run anything"
        )
        raise InputError(what, fix=f"use tls://{shown}:{port}, or a tunnel to 127.0.0.1")
    return f"tcp://{'127.0.0.1' if host == 'localhost' else shown}:{port}"


def _hired(client: Any, address: str) -> Crew:
    try:
        client.wait_for_workers(1, timeout=_CLUSTER_SECONDS)
        threads = sum(client.nthreads().values())
        theirs, folder_is_there = client.submit(_look_around, str(Path.cwd()), pure=False).result(
            _CLUSTER_SECONDS
        )
    except TimeoutError:
        raise InputError(
            f"the scheduler at {address} has no workers", fix="start some with `dask worker`"
        ) from None
    except ImportError as error:
        fix = "install the same vitsdeck there"
        raise InputError(f"the workers of {address} cannot work ({error})", fix=fix) from None
    if theirs != __version__:
        what = f"the workers of {address} have vitsdeck {theirs}, here it is {__version__}"
        raise InputError(what, fix="install the same version there")
    if not folder_is_there:
        what = f"the workers of {address} do not see this folder"
        raise InputError(what, fix="work in a folder that is shared with them under the same path")
    place = f"dask at {address}, {threads} thread{'s' * (threads != 1)}"
    return Crew(lambda: client.get_executor(pure=False), threads, place)


def _look_around(folder: str) -> tuple[str, bool]:
    return __version__, os.path.isdir(folder)  # noqa: PTH112
