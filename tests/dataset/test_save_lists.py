"""Only lists with changes are written, in UTF-8; three files are saved as one, whatever is killed."""

import signal
import subprocess
import sys
import textwrap

import pytest

from engine.dataset.clips.issues import Requirements
from engine.dataset.lists.filelist import ListFile
from engine.dataset.lists.open_dataset import home_of, judge, open_source, sibling
from engine.dataset.lists.save_lists import save
from engine.dataset.session import Change
from engine.dataset.split import SplitSettings
from engine.errors import InputError
from engine.files.replace_many import recover, replace_together

FOREIGN = (
    b"\xef\xbb\xbf# Aufnahmen vom Mai\r\n"
    b"wavs/b.wav|Zweiter Satz.\r\n"
    b"\r\n"
    b"wavs/a.wav|Gr\xfc\xdfe an alle.\r\n"  # latin-1, as an old editor wrote it
    b"# wavs/x.wav|left out by hand\r\n"
    b"  wavs/c.wav | Dritter Satz.  \r\n"
    b"wavs/d.wav|Vierter Satz."  # no line end
)


FOREIGN_UTF_8 = FOREIGN.replace(b"Gr\xfc\xdfe", "Grüße".encode())


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "train.txt").write_bytes(FOREIGN)
    (tmp_path / "val.txt").write_bytes(b"wavs/e.wav|F\xc3\xbcnfter.\n")
    (tmp_path / "test.txt").write_bytes(b"wavs/f.wav|Sechster.\n")
    return tmp_path


def _index(board, path):
    return next(i for i, clip in enumerate(board.clips) if clip.path == path)


def _changes(report):
    """Added, removed and changed lines of train, val and test."""
    return [(each.added, each.removed, each.changed) for each in report.files]


def test_a_foreign_list_is_read_for_what_it_is(lists):
    file = ListFile.read(lists / "train.txt")
    assert [line.kind for line in file.lines] == [
        "comment",
        "entry",
        "blank",
        "entry",
        "comment",
        "entry",
        "entry",
    ]
    assert file.lines[3].reason.startswith("is not UTF-8 (byte 0xfc")
    assert file.lines[3].entry.text == "Grüße an alle."
    assert b"".join(line.raw for line in file.lines) == FOREIGN[3:]


def test_saving_what_was_opened_changes_no_byte(lists):
    board = open_source([lists / "train.txt"], lists)
    assert [each.clips for each in board.summary()] == [4, 1, 1, 0, 0]
    before = {path.name: path.read_bytes() for path in lists.iterdir()}
    report = save(board, lists)
    assert report.lines == 0
    assert {path.name: path.read_bytes() for path in lists.iterdir() if path.name in before} == before
    assert not list(lists.glob("*.previous"))


def test_a_moved_line_leaves_all_others_as_they_are(lists):
    board = open_source([lists / "train.txt"], lists)
    report = save(board.moved([_index(board, "wavs/b.wav")], "val"), lists)
    assert (lists / "train.txt").read_bytes() == FOREIGN_UTF_8.replace(b"wavs/b.wav|Zweiter Satz.\r\n", b"")
    assert (lists / "val.txt").read_bytes() == b"wavs/e.wav|F\xc3\xbcnfter.\nwavs/b.wav|Zweiter Satz.\n"
    assert (lists / "train.txt.previous").read_bytes() == FOREIGN
    assert _changes(report) == [(0, 1, 1), (1, 0, 0), (0, 0, 0)]
    assert not (lists / "test.txt.previous").exists()
    back = save(report.state.undone(), lists)
    assert (lists / "train.txt").read_bytes() == FOREIGN
    assert back.lines == 3


def test_a_list_with_changes_is_utf_8_as_a_whole(tmp_path):
    latin = "# Märchen\r\nwavs/a.wav|Grüße an alle.\r\n\xa0\r\nwavs/b.wav|Zwölf.\r\n"
    (tmp_path / "train.txt").write_bytes(latin.encode("latin-1"))
    (tmp_path / "val.txt").write_bytes("wavs/e.wav|Fünf.\n".encode("latin-1"))
    (tmp_path / "test.txt").write_bytes("wavs/f.wav|Sechs für uns.\n".encode("latin-1"))
    board = open_source([tmp_path / "train.txt"], tmp_path)
    index = _index(board, "wavs/a.wav")
    save(board.edited({index: Change(text="Grüße, 日本.")}), tmp_path)
    assert (tmp_path / "train.txt").read_bytes().decode() == latin.replace("Grüße an alle.", "Grüße, 日本.")
    for name, text in (("val.txt", "wavs/e.wav|Fünf.\n"), ("test.txt", "wavs/f.wav|Sechs für uns.\n")):
        assert (tmp_path / name).read_bytes() == text.encode("latin-1"), "without changes it is not touched"
    save(board.moved([index], "val"), tmp_path, force=True)
    moved = "wavs/a.wav|Grüße an alle.\n"
    assert (tmp_path / "val.txt").read_bytes().decode() == "wavs/e.wav|Fünf.\n" + moved
    assert (tmp_path / "train.txt").read_bytes().decode() == latin.replace(moved.replace("\n", "\r\n"), "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a|b.wav", "holds a bar"),
        ("a\nb.wav", "holds a line break"),
        ("#1.wav", "begins with #"),
        ("caf\udce9.wav", "is not UTF-8"),
    ],
)
def test_a_name_that_no_list_can_hold_is_out_and_never_written(name, why, tmp_path):
    for clip in (name, "1.wav", "2.wav", "3.wav"):
        (tmp_path / clip).touch()
    board = open_source([tmp_path], tmp_path)
    assert {clip.path: board.split_of(i) for i, clip in enumerate(board.clips)}[name] == "out"
    index = next(i for i, clip in enumerate(board.clips) if clip.path == name)
    kinds = [verdict.kind for verdict in judge(board, [None] * 4, Requirements(), tmp_path)[index]]
    assert "unlistable_path" in kinds
    texts = {i: Change(text="said") for i in range(4)}
    with pytest.raises(InputError, match=why):
        save(board.edited(texts).moved([index], "train"), tmp_path)


def test_lines_of_a_wide_list_stay_in_it(tmp_path):
    (tmp_path / "train.txt").write_bytes("wavs/a.wav|one\nwavs/b.wav|two\n".encode("utf-16"))
    (tmp_path / "val.txt").write_bytes(b"wavs/c.wav|three\n")
    board = open_source([tmp_path / "train.txt"], tmp_path)
    last = len(board) - 1
    for moved in (board.moved([0], "val"), board.moved([last], "train"), board.moved([0], "out")):
        with pytest.raises(InputError, match="cannot be moved or edited while a list is UTF-16"):
            save(moved, tmp_path)


def test_a_line_that_names_a_copy_from_now_on_is_one_line_that_changed(lists):
    board = open_source([lists / "train.txt"], lists)
    mended = board.edited({_index(board, "wavs/b.wav"): Change(path="fixed/wavs/b.1234.wav")}, "mend")
    report = save(mended, lists)
    assert _changes(report)[0] == (0, 0, 2), "the line in Latin-1 is UTF-8 now, too"
    index = _index(mended, "wavs/a.wav")
    again = report.state.edited({index: Change(path="fixed/a.wav")})
    later = save(again.moved([_index(board, "wavs/e.wav")], "train"), lists)
    assert _changes(later) == [(1, 0, 1), (0, 1, 0), (0, 0, 0)]
    back = later.state.undone().undone().undone()
    assert save(back, lists).lines == 4
    assert (lists / "train.txt").read_bytes() == FOREIGN


def test_the_last_line_without_an_end_gets_one_when_another_follows(lists):
    board = open_source([lists / "train.txt"], lists)
    save(board.moved([_index(board, "wavs/e.wav")], "train"), lists)
    assert (lists / "train.txt").read_bytes() == FOREIGN_UTF_8 + b"\r\nwavs/e.wav|F\xc3\xbcnfter.\r\n"


def test_a_split_that_was_saved_opens_as_it_was(tmp_path):
    rows = [f"wavs/{i:03d}.wav|s{i % 3}|number {i} said\n" for i in range(60)]
    (tmp_path / "corpus.txt").write_text("".join(rows))
    board = open_source([tmp_path / "corpus.txt"], tmp_path, settings=SplitSettings(seed=3))
    assert board.is_changed
    board = board.moved([5], "quarantine").moved([6], "out")
    report = save(board, tmp_path)
    assert not report.state.is_changed
    opened = open_source([tmp_path / "train.txt"], tmp_path)
    kept = {clip.path: board.split_of(i) for i, clip in enumerate(board.clips) if board.split_of(i) != "out"}
    assert {clip.path: opened.split_of(i) for i, clip in enumerate(opened.clips)} == kept
    assert save(opened, tmp_path).lines == 0


def test_lists_that_somebody_else_changed_are_not_written_over(lists):
    board = open_source([lists / "train.txt"], lists)
    (lists / "val.txt").write_bytes(b"wavs/e.wav|corrected elsewhere\n")
    moved = board.moved([0], "test")
    with pytest.raises(InputError, match=r"val.txt: was changed by somebody else"):
        save(moved, lists)
    assert (lists / "train.txt").read_bytes() == FOREIGN
    save(moved, lists, force=True)
    assert (lists / "val.txt.previous").read_bytes() == b"wavs/e.wav|corrected elsewhere\n"


def test_a_clip_without_text_cannot_be_listed(tmp_path):
    (tmp_path / "wavs").mkdir()
    (tmp_path / "wavs" / "a.wav").touch()
    board = open_source([tmp_path / "wavs"], tmp_path)
    assert [clip.path for clip in board.clips] == ["wavs/a.wav"]
    with pytest.raises(InputError, match="wav has no text"):
        save(board.moved([0], "train"), tmp_path)


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("train.txt", "train"),
        ("val.txt.cleaned", "val"),
        ("ljs_audio_text_test_filelist.txt", "test"),
        ("vctk_train_validation.txt", "val"),
        ("metadata.csv", None),
    ],
)
def test_lists_are_known_by_their_names(name, home, tmp_path):
    assert home_of(tmp_path / name) == home


def test_siblings_are_named_alike(tmp_path):
    path = tmp_path / "training" / "ljs_train_v2.txt.cleaned"
    assert sibling(path, "train", "val") == tmp_path / "training" / "ljs_val_v2.txt.cleaned"


def test_a_failure_in_the_middle_is_made_good_by_the_next_reader(tmp_path):
    old = {name: f"old {name}".encode() for name in ("train.txt", "val.txt", "test.txt")}
    replace_together(tmp_path, old)
    for fail_at in ("staged", "train.txt", "val.txt", "test.txt"):

        def step(name, fail_at=fail_at):
            if name == fail_at:
                raise OSError(28, "No space left on device")

        with pytest.raises(InputError, match="No space left"):
            replace_together(tmp_path, dict.fromkeys(old, b"new"), step)
        assert recover(tmp_path) == (fail_at != "staged")
        if fail_at != "staged":
            assert {(tmp_path / name).read_bytes() for name in old} == {b"new"}
            assert {name: (tmp_path / f"{name}.previous").read_bytes() for name in old} == old
        replace_together(tmp_path, old)


KILLED = """
    import os, signal, sys
    from engine.files.replace_many import replace_together
    folder, after = sys.argv[1], int(sys.argv[2])
    def step(name):
        global after
        after -= 1
        if after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    names = ("train.txt", "val.txt", "test.txt")
    replace_together(folder, {name: b"new " + name.encode() for name in names}, step)
"""


def test_a_kill_between_any_two_steps_leaves_no_mixture(tmp_path, root):
    """Steps: staged, three lists, three former ones, done."""
    names = ("train.txt", "val.txt", "test.txt")
    old = {name: f"old {name}".encode() for name in names}
    new = {name: f"new {name}".encode() for name in names}
    seen = []
    for after in range(1, 10):
        folder = tmp_path / str(after)
        replace_together(folder, old)
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(folder), str(after)]
        done = subprocess.run(command, cwd=root, check=False, timeout=60)
        interrupted = recover(folder)
        found = {name: (folder / name).read_bytes() for name in names}
        assert found in (old, new)
        if found == new:
            assert {name: (folder / f"{name}.previous").read_bytes() for name in names} == old
        replace_together(folder, new)  # and the next save finds nothing in its way
        assert not [path for path in folder.iterdir() if path.is_dir()]
        seen.append((done.returncode, interrupted, found == new))
    assert seen[0] == (-signal.SIGKILL, False, False)
    assert (-signal.SIGKILL, True, True) in seen
    assert seen[-1] == (0, False, True)
