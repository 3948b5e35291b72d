"""bench/speech.py gives its rows, and what is exact is so."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_support import run_bench


def test_cells_compare_every_form_with_the_plain_pass(tmp_path: Path) -> None:
    words = ["--only", "cells", "--seconds", "1", "--threads", "1", "--rounds", "1"]
    printed, rows = run_bench(tmp_path, "speech.py", *words)
    for form in ("plain", "torch", "onnx", "int8", "first"):
        assert f"1 s, 1 threads, {form}" in printed
    by_name = {row["name"]: row for row in rows}
    assert by_name["speech, fp32, samples, worst cell"]["verdict"] == "met"
    assert "int8, signal over noise" in "".join(by_name)


def test_command_by_onnx_loads_no_torch(tmp_path: Path) -> None:
    printed, rows = run_bench(tmp_path, "speech.py", "--only", "command", "--rounds", "1")
    assert "--runtime onnx" in printed
    assert {row["name"]: row["verdict"] for row in rows}["torch is loaded to speak by onnx"] == "met"
