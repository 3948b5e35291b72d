"""The path of a first voice on real recordings, by the commands alone: convert, split, preprocess, train, speak."""

from __future__ import annotations

import json
import shutil
import statistics
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli_support import vitsdeck_process
from tests.train.conftest import metrics

STEPS = 300
C_MEL = 45.0


def vitsdeck(folder: Path, *words: str) -> str:
    """Run one command that must succeed; what it printed."""
    done = vitsdeck_process(folder, *words, timeout=1800)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(2400)
def test_first_voice_from_real_recordings(corpora: Path, tmp_path: Path) -> None:
    vitsdeck(tmp_path, "init", "voice")
    folder = tmp_path / "voice"
    vitsdeck(folder, "convert", "--in_path", str(corpora / "ljspeech" / "wavs"), "--out_path", "wavs")
    shutil.copyfile(corpora / "ljspeech" / "metadata.csv", folder / "wavs" / "metadata.csv")
    ratios = ["--ratios", "70,25,5", "--seed", "1"]
    vitsdeck(folder, "split", "wavs/metadata.csv", "--out_dir", "filelists", *ratios)
    lists = ["filelists/train.txt", "filelists/val.txt"]
    options = ["--text_index", "1", "--text_cleaners", "english_cleaners2", "--filelists", *lists]
    vitsdeck(folder, "preprocess", *options)
    vitsdeck(folder, "train", "-c", "configs/small_cpu.json", "-m", "first", "--steps", str(STEPS))

    mel = metrics(folder / "logs" / "first", "loss/g/mel")
    start = statistics.mean(mel[step] for step in range(1, 11)) / C_MEL
    end = statistics.mean(mel[step] for step in range(STEPS - 9, STEPS + 1)) / C_MEL
    print(f"raw mel L1: {start:.3f} over the first 10 steps, {end:.3f} over the last 10: {end / start:.2f}")
    assert end <= 0.6 * start

    spoken = ["speak", "A voice of one's own.", "-m", "first", "-o", "out.wav", "--seed", "1", "--json"]
    said = json.loads(vitsdeck(folder, *spoken))
    wave, rate = soundfile.read(folder / "out.wav")
    assert rate == 22050
    assert len(wave) > 0.2 * rate
    assert np.isfinite(wave).all()
    assert said["seconds"] == pytest.approx(len(wave) / rate, abs=0.01)
