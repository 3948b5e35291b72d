"""The dashboard's helper hands out sound while it makes it, by the runtime and precision that were chosen."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from engine.errors import InputError
from engine.runs.processes.helper import Helper
from tests.train.conftest import TINY, write_run

TEXT = "The quick brown fox jumps over the lazy dog. It does so again."


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_run(tmp_path / "logs" / "anna", TINY)
    return tmp_path / "logs" / "anna"


@pytest.fixture
def helper() -> Iterator[Helper]:
    with Helper([sys.executable, "-m", "engine.speak.server"]) as helper:
        yield helper


def speak(helper: Helper, run: Path, out: Path, **args: Any) -> dict[str, Any]:
    return helper.ask("speak", timeout_s=200, text=TEXT, run=str(run), seed=4, out=str(out), **args)


def test_pieces_that_are_handed_out_are_the_wav_file(helper: Helper, run: Path, tmp_path: Path) -> None:
    pieces: list[dict[str, Any]] = []
    reply = speak(helper, run, tmp_path / "live.wav", play=True, on_report=pieces.append)
    assert len(pieces) > 2 and {piece["rate"] for piece in pieces} == {22050}
    wave, _rate = soundfile.read(tmp_path / "live.wav", dtype="int16")
    assert b"".join(base64.b64decode(piece["sound"]) for piece in pieces) == wave.tobytes()
    assert 0 < reply["first_s"] < reply["took_s"] and "sound" not in reply


def test_nothing_is_handed_out_unasked(helper: Helper, run: Path, tmp_path: Path) -> None:
    pieces: list[dict[str, Any]] = []
    speak(helper, run, tmp_path / "quiet.wav", on_report=pieces.append)
    assert pieces == []


def test_the_answer_names_the_runtime_and_precision(helper: Helper, run: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for runtime, precision in (("torch", "fp32"), ("onnx", "fp32")):
        reply = speak(helper, run, tmp_path / "out.wav", runtime=runtime, precision=precision)
        assert (reply["runtime"], reply["precision"]) == (runtime, precision)
    with pytest.raises(InputError, match="torch has no precision int8; choose one of auto, fp32, bf16"):
        speak(helper, run, tmp_path / "out.wav", runtime="torch", precision="int8")
