"""The path of a first voice on real recordings, by the commands alone: convert, split, preprocess, train, speak."""

from __future__ import annotations

import json
import statistics
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.first_voice import RUN, STEPS, vitsdeck
from tests.train.conftest import metrics

C_MEL = 45.0
pytestmark = pytest.mark.slow


@pytest.mark.timeout(1800)
def test_first_voice_from_real_recordings(
    corpora: Path,  # skips without them
    first_voice: tuple[subprocess.Popen[str], Path],
) -> None:
    process, folder = first_voice
    told, _ = process.communicate()
    assert process.returncode == 0, told

    mel = metrics(folder / "logs" / RUN, "loss/g/mel")
    start = statistics.mean(mel[step] for step in range(1, 11)) / C_MEL
    end = statistics.mean(mel[step] for step in range(STEPS - 9, STEPS + 1)) / C_MEL
    print(f"raw mel L1: {start:.3f} over the first 10 steps, {end:.3f} over the last 10: {end / start:.2f}")
    assert end <= 0.6 * start

    spoken = ["speak", "A voice of one's own.", "-m", RUN, "-o", "out.wav", "--seed", "1", "--json"]
    said = json.loads(vitsdeck(folder, *spoken))
    wave, rate = soundfile.read(folder / "out.wav")
    assert rate == 22050
    assert len(wave) > 0.2 * rate
    assert np.isfinite(wave).all()
    assert said["seconds"] == pytest.approx(len(wave) / rate, abs=0.01)
