"""Corrected texts land in the manifest that a transcription wrote, and nothing else in it changes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.dataset.lists import corrections, open_dataset
from engine.dataset.session import Change, DatasetState
from engine.errors import InputError

LINES = b"\xef\xbb\xbf# by hand\r\nraw/b.wav | said b\r\nraw/a.wav|said a\r\nraw/c.wav|"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "raw.txt"
    path.write_bytes(LINES)
    path.chmod(0o640)
    (tmp_path / "raw.txt.transcribed.json").write_text("{}")
    return path


def opened(manifest: Path) -> DatasetState:
    return open_dataset.open_source([manifest], manifest.parent)


def edited(board: DatasetState, **texts: str) -> DatasetState:
    names = {clip.path: index for index, clip in enumerate(board.clips)}
    return board.edited({names[f"raw/{name}.wav"]: Change(text=text) for name, text in texts.items()})


def test_only_the_corrected_lines_change(manifest: Path) -> None:
    before = opened(manifest)
    after = edited(before, a="ein Ä", c="now there is one")
    assert corrections.correct(before, after) == {manifest: 2}
    wanted = LINES.replace(b"|said a", "|ein Ä".encode()).replace(b"c.wav|", b"c.wav|now there is one")
    assert manifest.read_bytes() == wanted
    assert sys.platform == "win32" or manifest.stat().st_mode & 0o777 == 0o640
    later = edited(after, a="said a")
    assert corrections.correct(after, later) == {manifest: 1}, "what was undone goes back"
    assert corrections.correct(later, later) == {}


def test_what_somebody_else_has_changed_meanwhile_is_left_as_it_is(manifest: Path) -> None:
    before = opened(manifest)
    job = LINES.replace(b"said b", b"heard anew").replace(b"# by hand\r\n", b"")
    manifest.write_bytes(job)
    assert corrections.correct(before, edited(before, a="mine")) == {manifest: 1}
    assert manifest.read_bytes() == job.replace(b"|said a", b"|mine")
    with pytest.raises(InputError, match=r"raw.txt:1: the text of raw/b.wav has been changed meanwhile"):
        corrections.correct(before, edited(before, b="mine"))
    assert b"heard anew" in manifest.read_bytes()


def test_a_manifest_that_no_transcription_wrote_is_only_read(manifest: Path) -> None:
    (manifest.parent / "raw.txt.transcribed.json").unlink()
    before = opened(manifest)
    assert corrections.correct(before, edited(before, a="mine")) == {}
    assert manifest.read_bytes() == LINES
