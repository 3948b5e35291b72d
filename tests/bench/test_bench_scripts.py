"""The scripts of `make bench` run and give their rows; those that start trainings are tried at night."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.operations import Counter
from engine.audio.mel import linear_spectrogram
from tests.bench.bench_support import run_bench


def test_training_step_compares_both_forms(tmp_path: Path) -> None:
    words = ["--batch", "2", "--threads", "1", "--rounds", "2", "--noise"]
    printed, rows = run_bench(tmp_path, "training_step.py", *words)
    assert "batch 2, 1 threads, ours" in printed
    names = [row["name"] for row in rows]
    assert len(names) == 5
    losses = next(row for row in rows if row["name"].startswith("losses of the first step"))
    assert losses["verdict"] == "met"


def test_limits_gives_a_floor_of_each_part(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "limits.py", "--batch", "2", "--rounds", "1", "--size", "128")
    for part in ("text encoder", "decoder", "period discriminators (5)", "losses", "optimisers"):
        assert f"\n{part} " in printed
    assert len(rows) == 3


def test_scaling_prints_the_model(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "scaling.py", "--only", "", "--step-seconds", "1")
    ethernet = next(line for line in printed.splitlines() if line.startswith("1 Gbit Ethernet"))
    gains = [float(word) for word in ethernet.replace(" x", "").split()[-3:]]
    assert gains == sorted(gains)
    assert 1 < gains[0] < 2
    assert rows == []


@pytest.mark.parametrize("groups", [1, 4])
def test_operations_of_a_grouped_convolution_and_its_gradients(groups: int) -> None:
    conv = torch.nn.Conv1d(8, 16, 5, padding=2, groups=groups)
    given = torch.randn(3, 8, 20, requires_grad=True)
    forward = 2 * 3 * 20 * 16 * 5 * 8 / groups
    with Counter() as counter:
        out = conv(given)
    assert counter.operations == forward
    with Counter() as counter:
        out.sum().backward()
    assert counter.operations == 2 * forward


def test_bytes_of_a_product_are_its_operands() -> None:
    left, right = torch.randn(4, 6), torch.randn(6, 8)
    with Counter() as counter:
        left @ right
    assert counter.bytes == 4 * (4 * 6 + 6 * 8 + 4 * 8)
    with Counter() as counter:
        linear_spectrogram(torch.randn(1, 4096), 1024, 256, 1024)
    assert counter.operations == 0
    assert counter.all_bytes > 0
