"""Examinations: real processes on this machine, some with libraries that hang, crash or talk."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from engine import workspace
from engine.doctor import Examination, Result, as_json, in_order
from engine.doctor.checks import disk
from engine.runs import disk_space
from engine.text.cleaners import registry
from tests.cli_support import environment
from tests.runs.run_support import is_alive, wait_until

if sys.platform == "win32":
    pytest.skip("the fakes start shell scripts", allow_module_level=True)


def shadowed(folder: Path, package: str, code: str) -> dict[str, str]:
    """An environment in which a package is this code."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(code)
    env = environment()
    return env | {"PYTHONPATH": f"{folder}:{env['PYTHONPATH']}"}


def hanging_driver(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """A driver's library that says who it is and hangs, with a child that has left its session."""
    pids = tmp_path / "pids"
    script = f"setsid sleep 600 & echo $! >> {pids}; echo $$ >> {pids}; sleep 600"
    return shadowed(tmp_path / "fakes", "pynvml", f"import os\nos.system({script!r})"), pids


def pids_in(path: Path) -> list[int]:
    """The numbers of the fake's two processes, once both have begun."""
    wait_until(lambda: path.exists() and len(path.read_text().split()) >= 2, "the fake")
    return [int(word) for word in path.read_text().split()]


def examined(
    root: Path, *names: str, env: dict[str, str] | None = None, **limits: float
) -> dict[str, Result]:
    with Examination(root, names, env=env or environment(), limits=limits) as answers:
        return {result.name: result for result in answers}


def test_real_checks_of_this_machine(tmp_path: Path) -> None:
    names = [
        "python",
        "espeak",
        "gloo",
        "disk",
        "locks",
        "files",
        "memory",
        "logout",
        "compiler",
        "driver",
        "nccl",
    ]
    found = examined(workspace.init(tmp_path / "voices").root, *names)
    assert set(found) == set(names)
    assert found["python"].verdict == "ok" and sys.executable in found["python"].seen
    assert found["gloo"].verdict == "ok" and "2 processes connected and added up in" in found["gloo"].seen, (
        found["gloo"]
    )
    assert "espeak 1." in found["espeak"].seen
    assert " free in " in found["disk"].seen and found["locks"].verdict == "ok"
    assert all(result.seconds > 0 for result in found.values())
    document = json.loads(json.dumps(as_json(found.values())))
    assert [check["name"] for check in document["checks"]] == [one.name for one in in_order(found.values())]
    assert sum(document["counts"].values()) == len(names)


def test_check_that_hangs_costs_its_own_row_and_leaves_no_process(tmp_path: Path) -> None:
    env, pids = hanging_driver(tmp_path)
    found = examined(tmp_path, "driver", "files", env=env, driver=4.0)
    assert (found["driver"].verdict, found["driver"].seen) == ("fail", "no answer within 4 s")
    assert "dmesg" in found["driver"].fix
    assert found["files"].verdict in ("ok", "warning")
    left = pids_in(pids)  # the fake and its child in another session
    wait_until(lambda: not any(map(is_alive, left)), "their end")


CUDA_MISMATCH = (
    "Detected that PyTorch and TorchAudio were compiled with different CUDA versions. PyTorch has CUDA version "
    "13.2 whereas TorchAudio has CUDA version 13.0. Please install the TorchAudio version that matches yours."
)
TALKS = """print('{"error": "mine"}')
__version__ = '2.11.0'
class functional:
    @staticmethod
    def melscale_fbanks(*_): print("loaded")
"""


@pytest.mark.parametrize(
    ("package", "code", "verdict", "seen"),
    [
        (
            "torchaudio",
            f"raise RuntimeError({CUDA_MISMATCH!r})",
            "fail",
            "torch is built for CUDA 13.2 and torchaudio for CUDA 13.0",
        ),
        (
            "torch",
            "import sys, os\nprint('illegal', file=sys.stderr, flush=True)\nos.kill(os.getpid(), 4)",
            "fail",
            "the check's process ended by SIGILL illegal",
        ),
        ("torchaudio", TALKS, "ok", "2.11.0, beside torch"),
    ],
    ids=["raises", "crashes", "talks"],
)
def test_whatever_a_library_does_while_it_loads_is_a_row(
    tmp_path: Path, package: str, code: str, verdict: str, seen: str
) -> None:
    result = examined(tmp_path, package, env=shadowed(tmp_path / "fakes", package, code))[package]
    assert result.verdict == verdict, result
    assert result.seen.startswith(seen)


def test_closed_examination_leaves_no_process(tmp_path: Path) -> None:
    env, pids = hanging_driver(tmp_path)
    with Examination(tmp_path, ["files", "driver"], env=env) as answers:
        assert next(iter(answers)).name == "files"
        found = pids_in(pids)
        assert all(map(is_alive, found))
    wait_until(lambda: not any(map(is_alive, found)), "their end")


def test_versions_are_read_from_sidecars_and_runs(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    here = registry.versions()
    sidecar = place.filelists_dir / "a.txt.cleaned.json"
    sidecar.write_text(json.dumps({"v": 1, "cleaners": [], "versions": here | {"espeak": "1.51"}}))
    for run, text in {
        "anna": json.dumps({"versions": {**here, "torch": "2.14.1"}}),
        "junk": "[" * 100_000,
    }.items():
        (place.logs_dir / run).mkdir(parents=True)
        (place.logs_dir / run / "run.json").write_text(text)
    result = examined(place.root, "phonemes")["phonemes"]
    assert result.verdict == "warning"
    assert result.seen.startswith("1 file, as filelists/a.txt.cleaned.json: made with espeak 1.51, here is")


def test_folder_that_takes_no_file_is_a_fault_however_much_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(disk.tempfile, "TemporaryFile", refuse)
    found = disk.check_disk.run(tmp_path)
    assert found.verdict == "fail" and "cannot be written to (Read-only file system)" in found.seen


def test_file_system_without_locks_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    found = disk.check_locks.run(tmp_path)
    assert found.verdict == "warning" and "cannot be locked" in found.seen


def test_saves_are_counted_from_manifests_and_junk_is_passed_over(tmp_path: Path) -> None:
    for step, size in ((100, 5), (200, 7)):
        tree = {"files": {f"G_{step}.pth": {"bytes": size}, f"D_{step}.pth": {"bytes": size}}}
        (tmp_path / f"{step}.manifest.json").write_text(json.dumps(tree))
    (tmp_path / "best_200.manifest.json").write_text(json.dumps({"files": {"best_200.pth": {"bytes": 3}}}))
    (tmp_path / "300.manifest.json").write_text('{"files": [1]}')
    (tmp_path / "400.manifest.json").write_text("{")
    assert sorted(disk_space.save_sizes(tmp_path)) == [10, 14]
