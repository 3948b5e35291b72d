"""The demo: real recordings made on the spot, a voice trained on them, and a wav, all without a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import demo, workspace
from engine.demo.sentences import SENTENCES
from engine.errors import InputError
from tests.cli_support import vitsdeck


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace, not yet trained."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    demo.build(folder, lambda _: None)
    return folder


def test_its_recordings_are_real_stereo_speech_at_another_rate(built: Path) -> None:
    clips = sorted((built / "recordings").glob("*.wav"))
    assert len(clips) == len(SENTENCES) == 24
    for clip in clips:
        wave, rate = soundfile.read(clip)
        assert (rate, wave.shape[1]) == (44100, 2)
        assert 1 < len(wave) / rate < 10
        assert 0.02 < np.sqrt((wave**2).mean()) < 0.5
    texts = (built / "recordings" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split("|")[1] for line in texts] == list(SENTENCES)


def test_building_again_says_and_changes_nothing(built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    said: list[str] = []
    demo.build(built, said.append)
    assert said == []
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "missing",
    [
        "configs/demo.json",
        "filelists/val.txt.cleaned",
        "wavs/recordings/demo-03.wav",
        "recordings/metadata.csv",
    ],
)
def test_an_interrupted_demo_is_completed(built: Path, missing: str) -> None:
    kept = (built / "recordings" / "demo-01.wav").stat().st_mtime_ns
    (built / missing).unlink()
    (built / "configs" / "demo.json").unlink(missing_ok=True)  # the last thing that is made
    ws = demo.build(built, lambda _: None)
    assert (built / missing).is_file()
    assert ws.root == built
    assert (built / "recordings" / "demo-01.wav").stat().st_mtime_ns == kept


def test_a_workspace_of_somebodys_own_is_left_alone(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    with pytest.raises(InputError, match="not the demo's"):
        demo.build(tmp_path, lambda _: None)
    assert not (tmp_path / "recordings").exists()


def test_headless_demo_trains_and_prints_the_wav(built: Path) -> None:
    folder = built.parent
    done = vitsdeck(folder, "demo", "--headless", "--steps", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert done.json["run"]["step"] == 2
    path = Path(done.json["path"])
    wave, rate = soundfile.read(path)
    assert path.is_relative_to(built) and rate == 22050
    assert np.isfinite(wave).all() and len(wave) > 0.2 * rate and np.abs(wave).max() > 0

    # the same again trains nothing and speaks again; without --json the path is all that stdout has
    again = vitsdeck(folder, "demo", "--headless", "--steps", "2")
    assert again.returncode == 0, again.stderr
    assert (folder / again.stdout.strip()).is_file()
    assert "demo is at step 2 already" in again.stderr
