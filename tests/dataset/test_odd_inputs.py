"""Corrupt and odd inputs: each ends in a reason, none takes a second, none 64 MB beyond its size."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

INPUTS = Path(__file__).with_name("odd_inputs.py")


@pytest.mark.promise("D1", "corrupt and odd inputs end in a reason within a second and 64 MB")
@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
def test_odd_inputs_end_in_a_reason_soon_and_small(tmp_path, root, count):
    number = count(500, 10_000)
    with (tmp_path / "told").open("wb") as told, (tmp_path / "said").open("wb") as said:
        done = subprocess.run(
            [sys.executable, str(INPUTS), str(tmp_path), "0", str(number)],
            env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdout=told,
            stderr=said,
            check=False,
            timeout=280,
        )
    lines = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    # what a library crashed on is the input after the last that was told
    assert done.returncode == 0, (len(lines), (tmp_path / "said").read_text()[-2000:])
    assert len(lines) == number
    assert [line for line in lines if line["fault"]] == []
    assert [line for line in lines if not line["reason"]] == []
    assert [line for line in lines if line["cpu_s"] > 1.0] == []
    sounds = [line["reason"] for line in lines if line["name"].endswith(".wav")]
    kinds = Counter(reason.split(" ")[0] for reason in sounds)
    assert kinds["is"] > number / 20  # cut short, and the like
    assert kinds["cannot"] > number / 20  # be read, be decoded
    assert len(kinds) > 5
