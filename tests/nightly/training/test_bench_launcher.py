"""The scripts of `make bench` that start trainings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.bench_support import run_bench


@pytest.mark.timeout(900)
def test_inside_train_follows_the_steps_of_a_training(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "inside_train.py", "--batch", "2", "--turns", "1", "--steps", "1")
    assert "quiet: " in printed
    assert "beside: " in printed
    assert [row["verdict"] in ("met", "not met") for row in rows] == [True, True]


@pytest.mark.timeout(900)
def test_start_times_both_starts_and_the_memory_of_lists(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "start.py", "--clips", "30", "--lines", "20,60")
    assert "a list of 60 lines" in printed
    assert [row["name"].split(",")[-1].strip() for row in rows[:2]] == ["first start", "second start"]
    assert rows[2]["name"].startswith("memory")


@pytest.mark.timeout(900)
def test_scaling_compares_one_rank_with_two(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "scaling.py", "--rounds", "2", "--only", "clip,ranks")
    assert "clips/s" in printed
    assert len(rows) == 2
