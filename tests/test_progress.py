"""What is done of the path, step by step, and what comes next."""

import os

from engine import workspace as workspaces
from engine.progress import progress_of


def _write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_each_step_of_the_path_is_counted_and_leads_to_the_next(tmp_path):
    workspace = workspaces.init(tmp_path)
    assert progress_of(workspace).next_step == "prepare"
    assert progress_of(workspace).lists == (0, 0, 0)

    for name in ("a.wav", "sub/b.wav", "sub/c.FLAC", ".hidden.wav", "notes.txt"):
        _write(workspace.audio_dir / name)
    found = progress_of(workspace)
    assert (found.recordings, found.transcripts, found.next_step) == (3, 0, "transcribe")

    _write(workspace.audio_dir / "metadata.csv", "# mine\na|one\nb|two\n\n")
    found = progress_of(workspace)
    assert (found.transcripts, found.next_step) == (2, "prepare")

    for name, lines in (("train", 2), ("val", 1), ("test", 1)):
        _write(workspace.filelists_dir / f"{name}.txt", "x.wav|one\n" * lines)
    found = progress_of(workspace)
    assert (found.lists, found.transcripts, found.cleaned, found.next_step) == ((2, 1, 1), 4, 0, "prepare")

    for name, lines in (("train", 2), ("val", 1)):
        _write(workspace.filelists_dir / f"{name}.txt.cleaned", "x.wav|wˈʌn\n" * lines)
    assert (progress_of(workspace).cleaned, progress_of(workspace).next_step) == (3, "train")

    _write(workspace.logs_dir / "anna" / "G_2.pth")
    _write(workspace.spoken_dir / "anna.wav")
    found = progress_of(workspace)
    assert (found.trained, found.spoken, found.next_step) == (("anna",), 1, "speak")


def test_a_list_that_changed_after_it_was_cleaned_asks_for_prepare(tmp_path):
    workspace = workspaces.init(tmp_path)
    for name in ("train.txt", "val.txt"):
        _write(workspace.filelists_dir / name, "x.wav|one\n")
        _write(workspace.filelists_dir / f"{name}.cleaned", "x.wav|wˈʌn\n")
    later = (workspace.filelists_dir / "train.txt.cleaned").stat().st_mtime + 10
    os.utime(workspace.filelists_dir / "train.txt", (later, later))
    assert (progress_of(workspace).cleaned, progress_of(workspace).next_step) == (0, "prepare")
