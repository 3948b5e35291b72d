"""Filelists and manifests: every fault named by file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dataset.lists import filelist
from engine.dataset.lists.filelist import Entry
from engine.errors import InputError
from engine.text.rows import write_rows

_COLUMN = st.text(
    alphabet=st.characters(exclude_characters="|\n\r\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda text: text == text.strip() and text and not text.startswith("\ufeff"))


def _written(tmp_path, content, name="list.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@given(st.lists(st.tuples(_COLUMN, _COLUMN, _COLUMN), min_size=1, max_size=8), st.booleans())
def test_what_was_written_reads_back(tmp_path_factory, rows, with_speakers):
    path = tmp_path_factory.mktemp("lists") / "list.txt"
    rows = [(a.replace("#", "x"), b, c) for a, b, c in rows]  # a line that begins with # is a comment
    entries = [Entry(a, b if with_speakers else None, c, i) for i, (a, b, c) in enumerate(rows, 1)]
    write_rows(path, ((a, b, c) if with_speakers else (a, c) for a, b, c in rows))
    assert filelist.read(path) == entries


def test_comments_are_passed_over_and_never_written_by_accident(tmp_path):
    path = _written(tmp_path, "# mine\nwavs/a.wav|one\n  # wavs/b.wav|left out|by hand\nwavs/c.wav|three\n")
    assert [(entry.path, entry.line) for entry in filelist.read(path)] == [
        ("wavs/a.wav", 2),
        ("wavs/c.wav", 4),
    ]
    with pytest.raises(InputError, match="read back as a comment"):
        write_rows(path, [("#1.wav", "one")])
    with pytest.raises(InputError, match="holds comments only"):
        filelist.read(_written(tmp_path, "# nothing\n"))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path_factory, data):
    path = _written(tmp_path_factory.mktemp("lists"), data)
    try:
        entries = filelist.read(path)
    except InputError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        assert all(entry.path and entry.text for entry in entries)


def test_line_separators_of_unicode_end_no_line(tmp_path):
    path = _written(tmp_path, "a.wav|one\u2028two\x85three\n")
    assert len(filelist.read(path)) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"list.txt: is empty"),
        (b"\n \n", r"list.txt: is empty"),
        (b"a.wav|one\n\nb.wav|two\n", r"list.txt:2: is blank"),
        (b"a.wav|one\nb.wav\nc.wav|three\n", r"list.txt:2: has 1 column where 2 are needed"),
        (b"a.wav|one\nb.wav|two|or three\nc.wav|x\n", r"list.txt:2: has 3 columns .* cannot hold a bar"),
        (b"a.wav|0|one\nb.wav|1|two\nc.wav|x\n", r"list.txt:3: has 2 columns where 3 are needed"),
        (b"a|b|c|d\n", r"list.txt:1: has 4 columns where 2 or 3 are needed"),
        (b"a.wav|ok\nb.wav|caf\xe9\n", r"list.txt:2: is not UTF-8 \(byte 0xe9 at position 10 of the line\)"),
        ("a.wav|one\n".encode("utf-16-le"), r"list.txt:1: is not UTF-8 \(byte 0x00"),
        ("a.wav|one\n".encode("utf-16"), r"list.txt:1: is UTF-16 or UTF-32, not UTF-8; save the file"),
        (b"a.wav\tone\n", r"list.txt:1: has 1 column .* seem to be separated by tabs; bars must"),
        (b"a.wav,one\n", r"list.txt:1: has 1 column .* seem to be separated by commas; bars must"),
        (b"a.wav|one\n|two\n", r"list.txt:2: has an empty path"),
        (b"a.wav|one\nb.wav| \n", r"list.txt:2: has an empty text"),
        (b"a.wav||one\n", r"list.txt:1: has an empty speaker"),
        (
            b"audio_file|text|speaker_name\na.wav|one|anna\n",
            r"list.txt:1: is a header line \(audio_file\|text\|sp",
        ),
    ],
)
def test_faults_are_named_by_file_and_line(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence):
        filelist.read(_written(tmp_path, content))


def test_further_lines_of_a_fault_are_details(tmp_path):
    path = _written(tmp_path, "\n".join(["a.wav|x"] * 3 + [""] * 40 + ["b.wav|y"]))
    with pytest.raises(InputError, match=r":4: is blank") as caught:
        filelist.read(path)
    assert caught.value.details[0] == f"{path}:5: also here"
    assert caught.value.details[-1] == "and 19 more"


@pytest.mark.parametrize(
    ("name", "sentence"), [("none.txt", r"none.txt: no such file"), (".", "cannot be read")]
)
def test_missing_and_unreadable_lists_are_named(tmp_path, name, sentence):
    with pytest.raises(InputError, match=sentence):
        filelist.read(tmp_path / name)


def test_a_bar_in_a_text_is_never_written(tmp_path):
    path = _written(tmp_path, "a.wav|old\n")
    with pytest.raises(InputError, match=r"list.txt:2: cannot hold"):
        write_rows(path, [("a.wav", "fine"), ("b.wav", "one|two")])
    assert path.read_text(encoding="utf-8") == "a.wav|old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_example_lists_are_of_the_familys_format(root):
    names = {"example_speakers": {"0", "1"}, "example_train": {None}, "example_val": {None}}
    for name, speakers in names.items():
        assert {entry.speaker for entry in filelist.read(root / "filelists" / f"{name}.txt")} == speakers
