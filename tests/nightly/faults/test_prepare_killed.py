"""`vitsdeck prepare` killed with -9 at any of its steps: the next run goes on and ends as one that was not killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import workspace as workspaces
from engine.prepare import prepare
from tests.cli_support import environment

MOMENTS: dict[str, Callable[[Path], bool]] = {
    "converting": lambda root: len(list(root.glob("wavs/**/*.wav"))) >= 2,
    "split": lambda root: (root / "filelists" / "train.txt").exists(),
    "cleaning": lambda root: (root / "filelists" / "train.txt.cleaned").exists(),
    "voice.json": lambda root: (root / "voice.json").exists(),
}
RESULTS = ("voice.json", *(f"filelists/{name}.txt.cleaned" for name in ("train", "val", "test")))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_preparation_goes_on_and_ends_as_one_that_was_not(
    moment: str, tmp_path: Path, corpora: Path
) -> None:
    recordings = tmp_path / "recordings"
    shutil.copytree(corpora / "kerstin_de", recordings)
    whole, killed = (workspaces.init(tmp_path / name, language="de") for name in ("whole", "killed"))
    prepare(whole, [recordings])
    command = [sys.executable, "-m", "tui.cli", "prepare", str(recordings)]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=killed.root, env=environment(), stdout=said, stderr=said)
        while process.poll() is None and not MOMENTS[moment](killed.root):
            time.sleep(0.005)
        process.kill()
        assert process.wait() != 0, "it had ended before it was killed"
    prepare(killed, [recordings])
    for name in RESULTS:
        assert (killed.root / name).read_bytes() == (whole.root / name).read_bytes()
    leftovers = [path for path in killed.root.rglob("*") if path.name.endswith((".tmp", ".new", ".old"))]
    assert not leftovers
