"""The command convert-voice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from engine import workspace
from tests.cli_support import environment, vitsdeck
from tests.train.conftest import TINY, TWO, write_clip, write_run


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a voice of two speakers, one of a single speaker, and a recording."""
    workspace.init(tmp_path)
    write_run(tmp_path / "logs" / "pair", TWO)
    write_run(tmp_path / "logs" / "alone", TINY)
    write_clip(tmp_path / "in.wav", 2.0, 1, 16000)
    return tmp_path


def test_names_and_numbers_of_speakers_give_the_same_file(place: Path) -> None:
    words = ["convert-voice", "in.wav", "-m", "pair", "--seed", "1"]
    done = vitsdeck(place, *words, "--from_speaker", "anna", "--to_speaker", "ben", "-o", "out.wav", "--json")
    assert done.returncode == 0, done.stderr
    info = soundfile.info(place / "out.wav")
    assert info.samplerate == done.json["rate"] == 22050
    assert info.frames / 22050 == pytest.approx(done.json["seconds"])
    assert info.duration == pytest.approx(2.0, abs=256 / 22050)
    assert done.json["checkpoint"].endswith("G_1.pth") and done.json["warnings"] == []
    numbers = vitsdeck(place, *words, "--from-speaker", "0", "--to-speaker", "1")
    assert numbers.stdout.startswith("spoken/pair-") and "times real time" in numbers.stderr
    assert (place / numbers.stdout.strip()).read_bytes() == (place / "out.wav").read_bytes()


@pytest.mark.parametrize(
    ("model", "recording", "ben", "sentence"),
    [
        ("alone", "in.wav", "0", "this voice has one speaker, and nobody to convert to; choose a run that"),
        ("pair", "in.wav", "zoe", "there is no speaker zoe; choose one from 0 to 1 or one of anna, ben"),
        ("pair", "in.wav", "2", "there is no speaker 2; choose one from 0 to 1 or one of anna, ben"),
        ("pair", "voice.wav", "ben", "voice.wav: no such file"),
        ("pair", "vitsdeck.toml", "ben", "vitsdeck.toml: cannot be read as audio"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    place: Path, model: str, recording: str, ben: str, sentence: str
) -> None:
    words = ["--from_speaker", "0", "--to_speaker", ben, "-o", "out.wav"]
    done = vitsdeck(place, "convert-voice", recording, "-m", model, *words)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1
    assert not list(place.glob("*out.wav*"))


@pytest.mark.skipif(os.name == "nt", reason="SIGINT to one process")
def test_ctrl_c_leaves_nothing_half_written(place: Path) -> None:
    write_clip(place / "long.wav", 1200.0, 1)
    words = ["long.wav", "-m", "pair", "--from_speaker", "0", "--to_speaker", "1", "-o", "out.wav"]
    with subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "convert-voice", *words],
        cwd=place,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            until = time.monotonic() + 300
            while not list(place.glob(".out.wav.*.partial")):
                assert child.poll() is None and time.monotonic() < until
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            _, said = child.communicate(timeout=200)
        finally:
            child.kill()
    assert child.returncode == 130, said
    assert "interrupted: no file is written" in said
    assert not list(place.glob("*out.wav*")) + list(place.glob(".out.wav*"))
