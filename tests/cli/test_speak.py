"""The command speak: runtimes without torch, sound to a pipe, lines of a text as files."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import workspace
from engine.audio.wav import Recording
from tests.cli_support import environment, vitsdeck
from tests.train.conftest import TINY, write_run

TEXT = "Hello there, this is a sentence. And another one."


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a voice."""
    workspace.init(tmp_path)
    write_run(tmp_path / "logs" / "anna", TINY)
    return tmp_path


def piped(place: Path, *words: str) -> bytes:
    """What the command writes into a pipe, with onnxruntime and the seed 1."""
    command = [sys.executable, "-m", "tui.cli", "speak", TEXT, "-m", "anna", "--seed", "1", *words]
    done = subprocess.run(
        command, cwd=place, env=environment(None), capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_onnxruntime_speaks_without_torch_as_torch_does(place: Path) -> None:
    words = ["speak", TEXT, "-m", "anna", "--seed", "1", "--json", "-o"]
    made = vitsdeck(place, *words, "onnx.wav", "--runtime", "onnx")
    assert made.returncode == 0 and "once for this checkpoint" in made.stderr
    assert (made.json["runtime"], made.json["precision"]) == ("onnx", "fp32")
    assert 0 < made.json["first_s"] <= made.json["took_s"]
    code = "import sys; from tui.cli import main\ntry: main()\nfinally: print('torch' in sys.modules)"
    again = subprocess.run(
        [sys.executable, "-c", code, *words[:-2], "-o", "again.wav"],
        cwd=place,
        env=environment(None),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.stdout.splitlines() == ["again.wav", "False"], again.stderr
    assert (place / "again.wav").read_bytes() == (place / "onnx.wav").read_bytes()
    assert vitsdeck(place, *words, "torch.wav", "--runtime", "torch", "--precision", "fp32").returncode == 0
    one, other = (soundfile.read(place / name, dtype="int16")[0] for name in ("onnx.wav", "torch.wav"))
    assert one.shape == other.shape
    assert np.abs(one.astype(int) - other).max() <= 2


def test_streamed_sound_is_that_of_the_file(place: Path) -> None:
    words = ["--runtime", "torch", "--precision", "fp32"]
    assert (
        vitsdeck(place, "speak", TEXT, "-m", "anna", "--seed", "1", "-o", "file.wav", *words).returncode == 0
    )
    whole = soundfile.read(place / "file.wav", dtype="int16")[0].astype(int)
    stream, raw = piped(place, "--stream", *words), piped(place, "--stream", "--raw", *words)
    assert stream[44:] == raw
    with wave.open(io.BytesIO(stream)) as head:
        assert (head.getframerate(), head.getnchannels(), head.getsampwidth()) == (22050, 1, 2)
    samples = np.frombuffer(raw, "<i2").astype(int)
    assert samples.shape == whole.shape and np.abs(samples - whole).max() <= 1


def test_listener_who_leaves_ends_the_stream(place: Path) -> None:
    command = [sys.executable, "-m", "tui.cli", "speak", TEXT * 50, "-m", "anna", "--stream"]
    child = subprocess.Popen(
        command, cwd=place, env=environment(None), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.read(50)
    child.stdout.close()
    assert child.wait(60) == 141
    assert child.stderr is not None
    assert b"error" not in child.stderr.read()
    child.stderr.close()


def test_lines_of_a_text_become_files_and_one_whole(place: Path) -> None:
    (place / "book.txt").write_text("One here.\n\nTwo there.\n☃\n")
    words = [
        "speak",
        "--file",
        "book.txt",
        "-m",
        "anna",
        "--seed",
        "1",
        "--out_dir",
        "book",
        "-o",
        "book.flac",
    ]
    first = vitsdeck(place, *words, "--json")
    assert first.returncode == 1
    assert "book.txt:4: there is nothing to say" in first.json["error"]["message"]
    assert first.json["spoken"] == 2 and first.json["unread"] == ["☃"]
    assert sorted(path.name for path in (place / "book").iterdir()) == [
        "0001.wav",
        "0003.wav",
        "spoken.jsonl",
    ]
    seconds = sum(Recording(path).head.seconds for path in (place / "book").glob("*.wav"))
    assert soundfile.info(place / "book.flac").duration == pytest.approx(seconds)
    (place / "book.txt").write_text("One here.\n\nTwo there.\nThree.\n")
    again = vitsdeck(place, *words)
    assert again.returncode == 0
    assert again.stdout == "book.flac\n" and "3 lines, 1 of them spoken now" in again.stderr


def test_interrupt_keeps_the_lines_that_are_done(place: Path) -> None:
    (place / "book.txt").write_text("A line of a long book, which goes on and on.\n" * 2000)
    command = [
        sys.executable,
        "-m",
        "tui.cli",
        "speak",
        "--file",
        "book.txt",
        "-m",
        "anna",
        "--out_dir",
        "book",
    ]
    child = subprocess.Popen(command, cwd=place, env=environment(None), stderr=subprocess.PIPE, text=True)
    while len(list((place / "book").glob("*.wav"))) < 3:
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _out, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "the lines that are done are kept, and the same command continues" in errors
    assert len((place / "book" / "spoken.jsonl").read_text().splitlines()) >= 3


def test_stream_into_a_file_has_its_length(place: Path) -> None:
    with (place / "stream.wav").open("wb") as file:
        command = [sys.executable, "-m", "tui.cli", "speak", TEXT, "-m", "anna", "--stream"]
        subprocess.run(command, cwd=place, env=environment(None), stdout=file, check=True, timeout=60)
    size = (place / "stream.wav").stat().st_size
    assert soundfile.info(place / "stream.wav").frames == (size - 44) // 2 > 22050 // 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["hi", "--raw"], "--raw belongs to --stream"),
        (["hi", "--out_dir", "x"], "--out_dir takes the lines of a file; name it with --file"),
        (["hi", "--stream", "-o", "x.wav"], "--stream writes to standard output, so -o cannot be used"),
        (["--file", "x.txt", "--out_dir", "d", "-o", "d/a.wav"], "d/a.wav: -o lies in --out_dir, among the"),
        (["hi", "--stream", "--json"], "so --json cannot be used"),
        (["hi", "--runtime", "torch", "--precision", "int8"], "torch has no precision int8; choose one of"),
        (["hi", "--length_scale", "0"], "length_scale is 0.0; choose one from 0.05 to 20"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(place: Path, words: list[str], sentence: str) -> None:
    done = vitsdeck(place, "speak", *words, "-m", "anna")
    assert done.returncode == 2
    assert sentence in done.stderr


def test_sound_is_not_written_to_a_terminal(place: Path) -> None:
    ours, theirs = os.openpty()
    child = subprocess.run(
        [sys.executable, "-m", "tui.cli", "speak", "hi", "-m", "anna", "--stream"],
        cwd=place,
        env=environment(None),
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(ours)
    os.close(theirs)
    assert child.returncode == 2
    assert "pipe it into a player" in child.stderr
