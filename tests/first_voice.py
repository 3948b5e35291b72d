"""The path of a first voice up to its training, by the commands alone: `python -m tests.first_voice CORPORA FOLDER`.

300 steps take minutes, so the test session starts this as a process of low priority before its first test: it trains
in the time that the other tests spend waiting. What it proves is read by the last test, tests/test_first_voice.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = 300
RUN = "first"


def vitsdeck(folder: Path, *arguments: str) -> str:
    """Run one command in `folder` and return what it printed; AssertionError with all of it when it fails."""
    result = subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def train(corpora: Path, folder: Path) -> None:
    """From recordings to a trained voice in the new workspace `folder`."""
    vitsdeck(folder.parent, "init", folder.name)
    vitsdeck(folder, "convert", "--in_path", str(corpora / "ljspeech" / "wavs"), "--out_path", "wavs")
    shutil.copyfile(corpora / "ljspeech" / "metadata.csv", folder / "wavs" / "metadata.csv")
    ratios = ["--ratios", "70,25,5", "--seed", "1"]
    vitsdeck(folder, "split", "wavs/metadata.csv", "--out_dir", "filelists", *ratios)
    lists = ["filelists/train.txt", "filelists/val.txt"]
    options = ["--text_index", "1", "--text_cleaners", "english_cleaners2", "--filelists", *lists]
    vitsdeck(folder, "preprocess", *options)
    vitsdeck(folder, "train", "-c", "configs/small_cpu.json", "-m", RUN, "--steps", str(STEPS))


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]))
