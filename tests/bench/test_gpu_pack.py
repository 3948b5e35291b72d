"""bench/gpu.py: its folder is small and runs with torch, numpy and the standard library alone."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.gpu_box import pack, page
from bench.gpu_box.box import Box
from bench.gpu_box.kernels import _union
from bench.gpu_box.parts import run
from bench.gpu_box.score import error_rate
from engine.errors import InputError

# torch, numpy, and what torch itself needs
ALONE = (
    "torch",
    "torchgen",
    "functorch",
    "numpy",
    "numpy.libs",
    "typing_extensions.py",
    "sympy",
    "mpmath",
    "networkx",
)
ALONE += ("jinja2", "markupsafe", "filelock", "fsspec", "triton", "nvidia", "cuda", "setuptools")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of eight clips."""
    made = tmp_path_factory.mktemp("box") / "pack"
    assert pack.make(made, clips=8) < pack.LARGEST_BYTES
    return made


def python_alone(place: Path) -> str:
    """A Python that finds torch and numpy and no other package; its path."""
    packages = place / "packages"
    packages.mkdir()
    spec = importlib.util.find_spec("torch")
    assert spec is not None and spec.origin is not None
    site = Path(spec.origin).parent.parent
    for name in (*ALONE, *(path.name for path in site.glob("torch-*.dist-info"))):
        if (site / name).exists():
            (packages / name).symlink_to(site / name)
    venv.create(place / "venv", symlinks=True)
    (found,) = (place / "venv").glob("lib/python*/site-packages")
    (found / "alone.pth").write_text(f"{packages}\n")
    return str(place / "venv" / "bin" / "python")


def test_pack_trains_with_torch_and_numpy_alone(folder: Path, tmp_path: Path) -> None:
    command = [
        python_alone(tmp_path),
        "bench/gpu.py",
        "free_memory",
        "--device",
        "cpu",
        "--quick",
        "--seconds",
        "200",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    part = json.loads((folder / "out" / "gpu.json").read_text())["parts"]["free_memory"]
    assert part["status"] == "done", (folder / "work" / "free_memory.log").read_text()
    assert [row["what"] for row in part["rows"]][-1] == "goes on"
    assert "## Freeing memory by message" in (folder / "out" / "gpu.md").read_text()


def test_pack_holds_sound_as_the_engine_reads_it(folder: Path) -> None:
    place = Path(pack.__file__).parent / "stand_ins" / "soundfile.py"
    spec = importlib.util.spec_from_file_location("stand_in", place)
    assert spec is not None and spec.loader is not None
    stand_in = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stand_in)
    wavs = sorted((folder / "data" / "wavs").rglob("*.wav"))
    assert len(wavs) == 8
    expected, rate = soundfile.read(wavs[0], dtype="float32", always_2d=True)
    with stand_in.SoundFile(str(wavs[0])) as file:
        found = file.read(10**9, dtype="float32", always_2d=True)
    assert rate == 22050
    assert np.array_equal(found, expected)


def test_folder_with_files_or_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("text")
    with pytest.raises(InputError, match="is not empty"):
        pack.make(tmp_path)
    assert pack.checked_size(tmp_path) == 4
    monkeypatch.setattr(pack, "LARGEST_BYTES", 3)
    with pytest.raises(InputError, match="more than 40"):
        pack.checked_size(tmp_path)


def test_part_out_of_time_is_reported_and_ends(tmp_path: Path) -> None:
    box = Box("machine", "cpu", quick=True, seconds=0.3, work=tmp_path, out=tmp_path)
    assert run(box) == "out of time after 0 s"
    page.collect(tmp_path, tmp_path)
    page.write(tmp_path)
    assert "**out of time after 0 s**" in (tmp_path / "gpu.md").read_text()


def test_failed_part_is_reported_by_its_last_line(tmp_path: Path) -> None:
    box = Box("no such part", "cpu", quick=True, seconds=60, work=tmp_path, out=tmp_path)
    assert run(box) == "failed: KeyError: 'no such part'"


def test_without_clips_it_says_how_to_make_them() -> None:
    done = subprocess.run(
        [sys.executable, "bench/gpu.py"], cwd=Path(pack.ROOT), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--pack DIR" in done.stdout


def test_kernel_time_counts_overlapping_kernels_once() -> None:
    assert _union([("a", 0.0, 2.0), ("b", 1.0, 2.0), ("c", 1.5, 0.1), ("d", 5.0, 1.0)]) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("text", "heard", "rate"),
    [
        ("The rope, twice.", "the rope twice", 0.0),
        ("abcd", "abd", 0.25),
        ("ab", "", 1.0),
        ("ab", "xaby", 1.0),
    ],
)
def test_error_rate_counts_characters(text: str, heard: str, rate: float) -> None:
    assert error_rate(text, heard) == rate
