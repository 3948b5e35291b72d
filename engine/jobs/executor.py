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
from engine.cores import cores
from engine.errors import InputError
from engine.futures import Submitted, interrupts_held
from engine.i18n import _

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

_WORTH_PROCESSES = 24  # items; below it starting a process costs more than it saves
_AHEAD = 3  # items under way for each worker: one at work, two so that none waits for us
_DIED_TWICE = _("the process that worked on it died, twice; it may be damaged, or too large for the memory")
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


class WorkerPool(Executor):
    """An executor that works on `size` items at the same time, and can be made anew when its workers died."""

    def __init__(self, make: Callable[[], Executor], size: int) -> None:
        self._make = make
        self._inner = make()
        self.size = size

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """As `Executor.submit`."""
        try:
            return self._inner.submit(fn, *args, **kwargs)
        except BrokenExecutor as error:  # reported as for an item that was under way
            lost: Future[R] = Future()
            lost.set_exception(error)
            return lost

    def renew(self) -> None:
        """Replace workers that died by new ones."""
        self._inner.shutdown(wait=False, cancel_futures=True)
        self._inner = self._make()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As `Executor.shutdown`."""
        self._inner.shutdown(wait=wait, cancel_futures=cancel_futures)


class _SameThread(Executor):
    """Runs each item at once in this thread: for a few items."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        done: Future[R] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the item's error, as from another process
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
        with _cluster(where) as pool:
            yield pool
        return
    size = max(1, min(count or cores(), jobs or cores()))
    if jobs is not None and (jobs <= _WORTH_PROCESSES or size == 1):
        yield WorkerPool(_SameThread, 1)
        return
    pool = WorkerPool(lambda: _processes(size), size)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def requested_workers(where: str | None, count: int | None = None) -> Iterator[Executor | None]:
    """As `workers`; None without a request, for functions that start processes themselves where that is faster."""
    if not where and not count:
        yield None
        return
    with workers(where, count) as executor:
        yield executor


def unordered(
    executor: Executor, function: Callable[[T], R], items: Iterable[T]
) -> Iterator[tuple[int, Outcome[R]]]:
    """Every item's place in `items` and its outcome, as they end. `items` is read as it is needed.

    Raises:
        InputError: the cluster went away.
    """
    size = getattr(executor, "size", None) or getattr(executor, "_max_workers", None) or cores()
    most = size * _AHEAD if size > 1 else 1
    waiting = iter(enumerate(items))
    submitted: Submitted[R] = Submitted()
    under_way: dict[Future[R], tuple[int, T]] = {}
    suspects: deque[tuple[int, T]] = deque()  # under way when a worker died: each is tried once more, alone
    suspected: set[int] = set()
    try:
        while True:
            while following := _next(waiting, suspects, len(under_way), most):
                under_way[submitted.submit(executor, function, following[1])] = following
            if not under_way:
                return
            ended = [future for future in submitted.wait() if future in under_way]
            if is_broken := any(isinstance(_error_of(future), BrokenExecutor) for future in ended):
                ended = list(under_way)  # a pool that breaks fails all that it had
            for future in ended:
                index, item = under_way.pop(future)
                outcome = _outcome(future, is_last_try=index in suspected)
                if outcome is not None:
                    yield index, outcome
                else:
                    suspected.add(index)
                    suspects.append((index, item))
            if is_broken:
                if not isinstance(executor, WorkerPool):
                    raise BrokenExecutor("the workers are gone")
                executor.renew()
    finally:
        with interrupts_held():
            for future in under_way:
                future.cancel()


def _next(
    waiting: Iterator[tuple[int, T]], suspects: deque[tuple[int, T]], under_way: int, most: int
) -> tuple[int, T] | None:
    """The item to submit now, if any. Suspects run alone, so that the one that kills its worker is known."""
    if suspects:
        return None if under_way else suspects.popleft()
    return next(waiting, None) if under_way < most else None


def _outcome(future: Future[R], *, is_last_try: bool) -> Outcome[R] | None:
    """How an item ended; None: its worker died, and it is tried once more."""
    error = _error_of(future, _SETTLE_SECONDS)
    if error is None:
        return Outcome(future.result())
    if not isinstance(error, BrokenExecutor):
        return Outcome(error=_engine_error(error))
    return Outcome(error=WorkerLost(_DIED_TWICE)) if is_last_try else None


def _engine_error(error: BaseException) -> Exception:
    """An error of the cluster's library as one of the engine; all others as they are."""
    name = type(error).__name__
    if name in ("CommClosedError", "TimeoutError", "FutureCancelledError"):
        raise InputError(
            _("the cluster went away"), fix=_("start its scheduler again and repeat the command")
        )
    if isinstance(error, Exception) and name != "KilledWorker":
        return error
    return WorkerLost(str(error))


def _error_of(future: Future[Any], wait_s: float = 0) -> BaseException | None:
    """What the function raised; BrokenExecutor: it was cancelled, or has not ended in time."""
    try:
        with interrupts_held():
            return future.exception(wait_s)
    except (concurrent.futures.CancelledError, concurrent.futures.TimeoutError):
        return BrokenExecutor("cancelled")


def _processes(count: int) -> Executor:
    # spawn: a forked copy of a threaded parent may hang
    context = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(count, context, _begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl+C to the parent, and end when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


@contextlib.contextmanager
def _cluster(where: str) -> Iterator[WorkerPool]:
    address = cluster_address(where)
    try:
        dask: Any = importlib.import_module("distributed")
    except ImportError:
        what = _("--executor {address} needs dask's distributed").format(address=where)
        raise InputError(what, fix=_("pip install 'vitsdeck[distributed]'")) from None
    try:
        # a client that fails to connect can hang later
        host, _unused, port = address.partition("://")[2].rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), _CLUSTER_SECONDS).close()
        security = dask.Security(require_encryption=True) if address.startswith("tls") else None
        client = dask.Client(address, timeout=_CLUSTER_SECONDS, security=security, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        what = _("no dask scheduler answers at {address} ({error})")
        fix = _("start one with `dask scheduler`, and workers with `dask worker`")
        raise InputError(what.format(address=address, error=type(error).__name__), fix=fix) from None
    try:
        yield _checked_pool(client, address)
    finally:
        client.close(timeout=5)


def cluster_address(where: str) -> str:
    """The scheduler's address of `dask://HOST:PORT` or `tls://HOST:PORT`.

    Raises:
        InputError: neither, or plain tcp to another machine: whoever can speak to a scheduler can run code.
    """
    scheme, _unused, rest = where.partition("://")
    host, _unused, port = rest.rpartition(":")
    host = host.strip("[]")
    if scheme not in ("dask", "tls") or not host or not (port.isdecimal() and 0 < int(port) < 65536):
        what = _('--executor "{address}" is no address').format(address=where)
        raise InputError(what, fix=_("write dask://127.0.0.1:8786"))
    shown = f"[{host}]" if ":" in host else host
    if scheme == "tls":
        return f"tls://{shown}:{port}"
    if host not in _LOOPBACK:
        what = _(
            "--executor {address} is plain tcp to another machine: anyone there can read and run anything"
        )
        fix = _("use tls://{host}:{port}, or a tunnel to 127.0.0.1").format(host=shown, port=port)
        raise InputError(what.format(address=where), fix=fix)
    return f"tcp://{'127.0.0.1' if host == 'localhost' else shown}:{port}"


def _checked_pool(client: Any, address: str) -> WorkerPool:
    try:
        client.wait_for_workers(1, timeout=_CLUSTER_SECONDS)
        threads = sum(client.nthreads().values())
        look = client.submit(_worker_facts, str(Path.cwd()), pure=False)
        is_fit = look.result(_CLUSTER_SECONDS) == (__version__, True)
    except TimeoutError:
        what = _("the scheduler at {address} has no workers").format(address=address)
        raise InputError(what, fix=_("start some with `dask worker`")) from None
    except ImportError as error:
        what = _("the workers of {address} cannot work ({error})").format(address=address, error=error)
        raise InputError(what, fix=_("install the same vitsdeck there")) from None
    if not is_fit:
        what = _("the workers of {address} have another vitsdeck, or do not see this folder")
        fix = _("install the same version there, and work in a folder shared under the same path")
        raise InputError(what.format(address=address), fix=fix)
    return WorkerPool(lambda: client.get_executor(pure=False), threads)


def _worker_facts(folder: str) -> tuple[str, bool]:
    return __version__, os.path.isdir(folder)  # noqa: PTH112
