"""The wheel: it carries all that a person without the clone needs, and it builds without a compiler."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# made beside the sources, by others; at the top only, since engine/demo is code
LEFT_OUT = {".git", ".venv", "build", "demo", "learn", "logs", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


def _left_out(folder: str, names: list[str]) -> set[str]:
    made = {name for name in names if name.endswith((".so", ".pyd", ".egg-info")) or name == "__pycache__"}
    return made | (LEFT_OUT & set(names) if Path(folder) == ROOT else set())


def _wheel(folder: Path, **env: str) -> Path:
    """Build the wheel of a copy of the clone, with the tools of this environment."""
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=_left_out)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        ".",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    done = subprocess.run(
        command, cwd=source, env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("vitsdeck-*.whl")
    return wheel


def _installed(wheel: Path, folder: Path) -> Path:
    """An environment with nothing but the wheel in it that sees this one's libraries, but not the clone."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    purelib = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    # after the wheel on the path, and .pth files inside it are not read: an editable install stays out of sight
    Path(purelib, "libraries.pth").write_text(sysconfig.get_path("purelib"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        "--quiet",
    ]
    subprocess.run([*install, "--ignore-installed", str(wheel)], check=True)
    return scripts


def _run(scripts: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [scripts / "vitsdeck", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _wheel(tmp_path_factory.mktemp("wheel"))


def test_a_wheel_carries_every_config_and_nothing_of_the_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "configs").iterdir():
        assert f"engine/shipped/configs/{path.name}" in names
    for path in [*ROOT.glob("engine/**/*.py"), *ROOT.glob("tui/**/*.py"), *ROOT.glob("tui/**/*.tcss")]:
        assert path.relative_to(ROOT).as_posix() in names
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"engine", "tui"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)


def test_an_installed_wheel_makes_a_workspace_far_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    scripts = _installed(wheel, tmp_path / "env")
    done = _run(scripts, tmp_path, "init", "voices", "--json")
    assert done.returncode == 0, done.stderr
    made = {Path(path).name for path in json.loads(done.stdout)["made"]}
    assert made >= {path.name for path in (ROOT / "configs").iterdir()}
    runs = _run(scripts, tmp_path / "voices", "runs", "--json")
    assert json.loads(runs.stdout)["runs"] == []


@pytest.mark.skipif(os.name == "nt", reason="/bin/false stands for a machine without a compiler")
def test_without_a_compiler_it_builds_and_the_doctor_says_numba(tmp_path: Path) -> None:
    built = _wheel(tmp_path, CC="/bin/false", CXX="/bin/false")
    assert not [name for name in zipfile.ZipFile(built).namelist() if name.endswith(".so")]
    scripts = _installed(built, tmp_path / "env")
    done = _run(scripts, tmp_path, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["alignment"]["verdict"] == "ok", checks["alignment"]
    assert checks["alignment"]["seen"].startswith("numba")
    assert "C compiler" in checks["alignment"]["fix"]
