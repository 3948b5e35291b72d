"""Work goes to processes here or to a cluster; whatever dies, each item ends exactly once."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from work_support import cluster, die_of, double, note_and_double

from engine.audio.convert import convert_folder
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.measure import measure_clips
from engine.dataset.slices import slice_files
from engine.errors import InputError
from engine.jobs.executor import WorkerLost, cluster_address, unordered, workers
from engine.text.preprocess import preprocess
from tests.runs.run_support import is_alive, wait_until


def _outcomes(executor, function, items):
    found = {}
    for index, outcome in unordered(executor, function, items):
        assert index not in found
        found[index] = outcome
    return found


def test_every_item_ends_once_in_its_value_or_its_error():
    with workers(count=2, jobs=100) as crew:
        found = _outcomes(crew, double, range(100))
    assert {i: outcome.value for i, outcome in found.items() if i != 13} == {
        i: 2 * i for i in range(100) if i != 13
    }
    with pytest.raises(ValueError, match="unlucky"):
        found[13].get()


def test_items_are_read_as_they_are_needed():
    read = []

    def items():
        for number in range(10_000):
            read.append(number)
            yield number + 20

    with workers(count=2, jobs=10_000) as crew:
        for index, _ in unordered(crew, double, items()):
            if index >= 50:
                break
    assert len(read) < 100


def test_an_item_that_kills_its_worker_is_told_and_the_others_are_done(tmp_path):
    with workers(count=2, jobs=60) as crew:
        found = _outcomes(crew, die_of, [(str(tmp_path), i, 99) for i in range(60)])
    assert {i for i, outcome in found.items() if outcome.value == i} == set(range(60)) - {7}
    assert isinstance(found[7].error, WorkerLost)


def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    with workers(count=2, jobs=60) as crew:
        found = _outcomes(crew, die_of, [(str(tmp_path), i, 1) for i in range(60)])
    assert {i: outcome.value for i, outcome in found.items()} == {i: i for i in range(60)}


def test_workers_end_with_a_parent_that_was_killed(tmp_path, root):
    code = """
        import sys
        from engine.jobs.executor import unordered, workers
        from work_support import note_and_double
        if __name__ == "__main__":
            with workers(count=2, jobs=1000) as crew:
                for _ in unordered(crew, note_and_double, [(sys.argv[1], i) for i in range(1000)]):
                    pass
    """
    (tmp_path / "main.py").write_text(textwrap.dedent(code))
    traces = tmp_path / "traces"
    traces.mkdir()
    paths = os.pathsep.join([str(root), str(root / "tests" / "jobs")])
    command = [sys.executable, str(tmp_path / "main.py"), str(traces)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}) as child:
        wait_until(lambda: len(list(traces.iterdir())) > 3)
        child.kill()
    pids = {int(path.name.split(".")[1]) for path in traces.iterdir()}
    assert child.pid not in pids
    wait_until(lambda: not any(map(is_alive, pids)))


@pytest.mark.parametrize(
    ("where", "address"),
    [
        ("dask://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("dask://localhost:1", "tcp://127.0.0.1:1"),
        ("dask://[::1]:8786", "tcp://[::1]:8786"),
        ("tls://cluster.example:8786", "tls://cluster.example:8786"),
    ],
)
def test_addresses_that_are_safe(where, address):
    assert cluster_address(where) == address


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("dask://10.0.0.5:8786", "plain tcp to another machine"),
        ("dask://0.0.0.0:8786", "plain tcp to another machine"),
        ("dask://127.0.0.1.example.org:8786", "plain tcp to another machine"),
        ("dask://localhost.example:8786", "plain tcp to another machine"),
        ("tcp://127.0.0.1:8786", "is no address"),
        ("dask://127.0.0.1", "is no address"),
        ("dask://127.0.0.1:99999", "is no address"),
        ("ray://127.0.0.1:1", "is no address"),
        ("", "is no address"),
        ("dask://127.0.0.1:9", "no dask scheduler answers"),
    ],
)
def test_addresses_that_are_refused(where, sentence, monkeypatch):
    monkeypatch.setattr("engine.jobs.executor._CLUSTER_SECONDS", 1.0)
    with pytest.raises(InputError, match=sentence), workers(where):
        pass


def test_a_cluster_loses_and_doubles_nothing_when_a_worker_is_killed(tmp_path, corpora):
    """A real scheduler, two workers; one is killed while both have work."""
    traces = tmp_path / "traces"
    traces.mkdir()
    with cluster(tmp_path / "cluster") as made, workers(made.address) as crew:
        wait_until(lambda: sum(crew._inner._client.nthreads().values()) == 2)
        tasks = [(str(traces), i) for i in range(80)]
        found = {}
        for index, outcome in unordered(crew, note_and_double, tasks):
            assert index not in found
            found[index] = outcome.value
            if len(found) == 20:
                os.kill(made.workers[0].pid, signal.SIGKILL)
        assert found == {i: 2 * i for i in range(80)}
        done_by = {path.name.split(".")[1] for path in traces.iterdir()}
        assert len(done_by) == 2  # both had worked
        again = len(list(traces.iterdir())) - 80
        assert 0 <= again <= 6  # what the dead one had, done once more
        _analyse_there(tmp_path, corpora, crew)
        _convert_slice_and_clean_there(tmp_path, corpora, crew)


def _convert_slice_and_clean_there(folder, corpora, crew):
    source = corpora / "librispeech" / "1688"
    there = convert_folder(source, folder / "there", 16000, executor=crew)
    here = convert_folder(source, folder / "here", 16000)
    assert (there.converted, there.failed) == (here.converted, {})
    for name in here.converted:
        assert (folder / "there" / name).read_bytes() == (folder / "here" / name).read_bytes()
    cut = slice_files(sorted(source.glob("*.flac"))[:2], folder / "cut", executor=crew)
    assert cut.clips == len(list((folder / "cut").glob("*.wav"))) > 2
    (folder / "list.txt").write_text("".join(f"{i}.wav|Line number {i}.\n" for i in range(500)))
    preprocess([folder / "list.txt"], 1, ["basic_cleaners"], executor=crew)
    assert (folder / "list.txt.cleaned").read_text().splitlines()[499] == "499.wav|line number 499."


def _analyse_there(folder, corpora, crew):
    paths = [str(path) for path in sorted((corpora / "kerstin_de").glob("*.flac"))[:6]]
    report = measure_clips(folder, paths, executor=crew)
    assert (report.measured, report.known) == (6, 0)
    there = StatsCache(folder).find(paths)
    measure_clips(folder / "here", paths)
    assert there == StatsCache(folder / "here").find(paths)


def test_ctrl_c_at_any_moment_leaves_no_lock_behind():
    """With `concurrent.futures.wait` in its place this hangs within its first rounds."""
    code = textwrap.dedent("""
        import time
        from concurrent.futures import ThreadPoolExecutor
        from engine.jobs.executor import unordered

        for _ in range(200):
            pool = ThreadPoolExecutor(4)
            try:
                print("now", flush=True)
                for _ in unordered(pool, time.sleep, (0.0003 for _ in range(10**6))):
                    pass
            except KeyboardInterrupt:
                pool.shutdown(wait=True, cancel_futures=True)
    """)
    dice, rounds = random.Random(1), 0
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        watch = threading.Timer(90, child.kill)
        watch.start()
        for _ in child.stdout:
            time.sleep(dice.uniform(0.001, 0.005))
            child.send_signal(signal.SIGINT)
            rounds += 1
        watch.cancel()
    assert (child.returncode, rounds) == (0, 200)
