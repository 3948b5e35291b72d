"""Who speaks how much: sentences that a person can read, lines that are no clips told with their place."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine import config as configs
from engine.audio.wav import write_pcm16
from engine.dataset.clips.clip_stats import seconds_of
from engine.dataset.session import Clip
from engine.dataset.speakers import name_speakers, of_lists, tally, warnings
from engine.errors import InputError
from engine.workspace import shipped_configs
from tests.cli_support import vitsdeck


def _clips(*speakers: str | None) -> list[Clip]:
    return [Clip(f"{i}.wav", speaker, "words") for i, speaker in enumerate(speakers)]


@pytest.mark.parametrize(
    ("speakers", "seconds", "said"),
    [
        (
            ["anna", "ben"],
            [3600.0, 360.0],
            ["anna has 10 times as much as ben: the voices will differ in quality"],
        ),
        (["anna", "ben"], [3600.0, 1800.0], []),
        (["3080", "1", "2"], [3600.0, None, 1800.0], ["no clip can be read of 1"]),
        (["3080", "1", "2"], [3600.0, None, None], ["no clip can be read of 1, 2"]),
        (
            [None, "a"],
            [600.0, 3600.0],
            ["a has 6 times as much as (no speaker): the voices will differ in quality"],
        ),
        (["a", "b", "c"], [60.0, 60.0, 3000.0], ["c has 50 times", "there are less than 5 minutes of a, b"]),
        (["a"], [60.0], []),
        (["a", "a", "a", "a", "a", "a", "b"], [None] * 7, ["a has 6 times as much as b"]),
        ([], [], []),
    ],
)
def test_balance_is_told_in_sentences(
    speakers: list[str | None], seconds: list[float | None], said: list[str]
) -> None:
    found = warnings(tally(_clips(*speakers), seconds))
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True)), found


def test_a_line_that_is_no_clip_is_nobodys() -> None:
    clips = [*_clips("anna", "ben"), Clip("", None, "a|b|c|d", fault="has 4 columns")]
    assert [(each.name, each.share) for each in tally(clips)] == [("anna", 0.5), ("ben", 0.5)]


def test_nobody_needs_a_name_for_one_voice_but_all_do_when_one_has_it() -> None:
    config = configs.load(shipped_configs() / "ljs_mini_mb_istft_vits.json")
    assert name_speakers(config, [""]) is config
    with pytest.raises(InputError, match=r"^val.txt:7: names no speaker, and others do; write path\|speaker"):
        name_speakers(config, ["anna", ""], nameless=("val.txt", 7))
    several = name_speakers(config, ["ben", "anna"])
    assert (several.speakers, several.data.n_speakers) == (("anna", "ben"), 2)
    with pytest.raises(InputError, match=r"^a.txt:1: names no speaker, and the config has several"):
        name_speakers(several, [""], nameless=("a.txt", 1))


def test_lines_that_are_no_clips_are_told_and_never_written(tmp_path: Path) -> None:
    (tmp_path / "wavs").mkdir()
    for name in ("a", "b"):
        write_pcm16(tmp_path / "wavs" / f"{name}.wav", np.zeros(22050, np.float32), 22050)
    lines = ["wavs/a.wav|one", "wavs/a.wav|anna|one", "wavs/b.wav|ben|two", "a|b|c|d", "wavs/c.wav|ben|three"]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    done = vitsdeck(tmp_path, "speakers", "train.txt")
    assert done.returncode == 1
    assert "error: train.txt:1: has 2 columns where 3 are needed" in done.stderr
    assert "error: train.txt:4: has 4 columns where 3 are needed" in done.stderr
    assert "warning: 1 clip cannot be read" in done.stderr
    config = shipped_configs() / "ljs_mini_mb_istft_vits.json"
    (tmp_path / "mini.json").write_bytes(config.read_bytes())
    refused = vitsdeck(tmp_path, "speakers", "train.txt", "-c", "mini.json", "--write")
    assert (refused.returncode, (tmp_path / "mini.json").read_bytes()) == (2, config.read_bytes())
    assert "train.txt:1: has 2 columns" in refused.stderr


def test_what_is_no_list_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)).replace(b"|", b"") * 12)
    with pytest.raises(InputError, match=r"noise.txt: has no clip in it") as raised:
        of_lists([tmp_path / "noise.txt"], tmp_path)
    assert any(":1: has 1 column" in line for line in raised.value.details)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_or_a_folder_that_a_list_names_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "train.txt").write_text("pipe.wav|anna|one\nfolder.wav|ben|two\n")
    assert seconds_of([tmp_path / "pipe.wav", tmp_path / "folder.wav"]) == [None, None]
    assert of_lists([tmp_path / "train.txt"], tmp_path).unread == 2
    judged = vitsdeck(tmp_path, "check", "train.txt")
    assert judged.stdout.count("no such file") == 2
