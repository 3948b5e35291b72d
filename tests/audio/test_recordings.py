"""Which recordings are found below a folder."""

import pytest

from engine.audio.recordings import files_below, recordings_below
from engine.dataset.slices import recordings
from engine.errors import InputError


@pytest.fixture
def folder(tmp_path):
    for name in ("b.wav", "a/2.FLAC", "a/1.mp3", "a/notes.txt", ".hidden/x.wav", ".x.wav", "clips/c.ogg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "a" / "round").symlink_to(tmp_path, target_is_directory=True)
    return tmp_path


def test_recordings_are_found_once_in_order_without_what_is_hidden(folder):
    names = [path.relative_to(folder).as_posix() for path in recordings_below(folder)]
    assert names == ["a/1.mp3", "a/2.FLAC", "b.wav", "clips/c.ogg"]
    assert folder / "a" / "notes.txt" in list(files_below(folder))


def test_a_folder_is_left_out_where_the_clips_go(folder):
    assert recordings([folder, folder / "b.wav"], folder / "clips") == [
        folder / "a" / "1.mp3",
        folder / "a" / "2.FLAC",
        folder / "b.wav",
        folder / "b.wav",
    ]


def test_no_folder_and_no_recordings_are_said(folder):
    with pytest.raises(InputError, match="no such folder"):
        recordings_below(folder / "nowhere")
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="holds no recording"):
        recordings_below(folder / "empty")
