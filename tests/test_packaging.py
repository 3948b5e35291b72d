"""What the wheel and continuous integration are made from, read from the files; `PART=packaging` builds the wheel."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.cli_support import ROOT


def test_every_folder_with_code_is_a_package() -> None:
    for path in [*ROOT.glob("engine/**/*.py"), *ROOT.glob("tui/**/*.py")]:
        assert (path.parent / "__init__.py").is_file(), f"{path.parent} would be missing from the wheel"


def test_the_bounds_that_were_measured_stand_in_the_metadata() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"torch>=2.8,<2.15", "torchaudio>=2.8,<2.12"} <= set(project["dependencies"])
    assert project["license"] == "Apache-2.0"
    assert project["requires-python"] == ">=3.11"
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert all(word in notice for word in ("phonemizer", "espeak-ng", "GPL-3.0"))


@pytest.mark.skipif(os.name == "nt", reason="continuous integration runs bash")
@pytest.mark.parametrize("variable", ["VITSDECK_CORPORA", "VITSDECK_REFERENCE"])
def test_continuous_integration_refuses_to_run_without_its_data(tmp_path: Path, variable: str) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "x").write_text("")
    env = dict.fromkeys(("VITSDECK_CORPORA", "VITSDECK_REFERENCE"), str(there)) | {
        variable: str(tmp_path / "gone")
    }
    done = subprocess.run(
        [ROOT / ".ci" / "run"], env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{tmp_path / 'gone'} is missing or empty" in done.stderr
