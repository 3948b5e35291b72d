"""Cleaning on several processes: order, progress, and workers that die."""

import concurrent.futures
import multiprocessing
import os
import signal

import pytest

from engine.errors import InputError
from engine.text import parallel
from engine.text.cleaners.registry import clean_all
from engine.text.parallel import clean_lines

LINES = [f"Line {number} of many." for number in range(950)]


@pytest.fixture
def pool():
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as made:
        yield made


def test_a_given_executor_works_beside_this_process(pool):
    assert clean_lines(LINES, ["basic_cleaners"], executor=pool) == clean_all(LINES, ["basic_cleaners"])


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed(pool):
    worker = pool.submit(os.getpid).result(timeout=60)
    assert worker != os.getpid()
    seen = []

    def kill_once(done):
        if not seen:
            os.kill(worker, signal.SIGKILL)
        seen.append(done)

    lines = LINES * 4
    assert clean_lines(lines, ["english_cleaners2"], executor=pool, on_progress=kill_once) == clean_all(
        lines, ["english_cleaners2"]
    )
    assert seen == sorted(seen)
    assert seen[-1] == len(lines)


def test_a_fault_of_a_worker_is_told_here(pool):
    with pytest.raises(InputError, match='cannot speak "de"'):
        clean_lines(LINES, ["english_cleaners2"], "de", executor=pool)


def test_few_lines_start_no_process(monkeypatch):
    def refuse(*_args):
        raise AssertionError("a process was started")

    monkeypatch.setattr(parallel, "ProcessPoolExecutor", refuse)
    assert clean_lines(LINES, ["basic_cleaners"], workers=4) == clean_all(LINES, ["basic_cleaners"])
