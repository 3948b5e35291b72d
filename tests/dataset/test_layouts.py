"""What a folder or a list is taken for: each layout by its name, with the audio of every text found."""

from pathlib import Path

import pytest

from engine.dataset.lists.filelist import Entry
from engine.dataset.lists.layouts import recognise
from engine.dataset.lists.open_dataset import open_source
from engine.errors import InputError


def _made(folder: Path, files: dict[str, str | bytes]) -> Path:
    """A folder with these files; audio is empty, since its name alone is read."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _clips(folder: Path, source: Path) -> list[tuple[str, str | None, str]]:
    """Every clip as (path below the folder, speaker, text)."""
    entries = recognise(source).entries
    return [(Path(each.path).relative_to(folder).as_posix(), each.speaker, each.text) for each in entries]


TWO = [("wavs/a.wav", None, "one"), ("wavs/b.wav", None, "two")]
OF_TWO = [("wavs/a.wav", "anna", "one"), ("wavs/b.wav", "ben", "two"), ("wavs/c.wav", "anna", "three")]
AB = {"wavs/a.wav": "", "wavs/b.wav": ""}
ABC = {**AB, "wavs/c.wav": ""}
HASHES = ["0" * 120 + "a" * 8, "1" * 120 + "b" * 8]
LAYOUTS: dict[str, tuple[dict[str, str | bytes], str, list[tuple[str, str | None, str]]]] = {
    "LJ Speech": (
        {"metadata.csv": "a|1|one\nb|No. 2|two\n", **AB},
        "LJ Speech's metadata.csv (id|text|normalised text), 2 clips",
        TWO,
    ),
    "LJ Speech without normalised texts": (
        {"metadata.csv": "a|one|\nb|two|\n", **AB},
        "LJ Speech's metadata.csv (id|text|normalised text), 2 clips",
        TWO,
    ),
    "two columns": (
        {"metadata.csv": "wavs/a.wav|one\nwavs/b.wav|two\n", **AB},
        "a list of path|text, 2 clips",
        TWO,
    ),
    "file names decomposed on the disk, as on macOS": (
        {"metadata.csv": "wavs/\u00e4.wav|one\nb|two\n", "wavs/a\u0308.wav": "", "wavs/b.wav": ""},
        "a list of path|text, 2 clips, 1 under another spelling of its name",
        [("wavs/a\u0308.wav", None, "one"), ("wavs/b.wav", None, "two")],
    ),
    "file names in another letter case": (
        {"metadata.csv": "Wavs/A.WAV|one\nB|two\n", **AB},
        "a list of path|text, 2 clips, 2 under another spelling of their names",
        TWO,
    ),
    "three columns with a speaker": (
        {"metadata.csv": "a|anna|one\nb|ben|two\nc|anna|three\n", **ABC},
        "a list of path|speaker|text, 3 clips of 2 speakers",
        OF_TWO,
    ),
    "three columns with the speaker last": (
        {"metadata.csv": "a|one|anna\nb|two|ben\nc|three|anna\n", **ABC},
        "a list of path|text|speaker, 3 clips of 2 speakers",
        OF_TWO,
    ),
    "header of another toolkit": (
        {
            "metadata.csv": "audio_file|text|speaker_name|emotion\na|one|anna|\nb|two|ben|\nc|three|anna|sad\n",
            **ABC,
        },
        "a list with a header line (audio_file is the audio, text is the text, speaker_name is the speaker), "
        "3 clips of 2 speakers",
        OF_TWO,
    ),
    "a language for each text": (
        {
            "metadata.csv": "path|speaker|language|text\na|anna|de|one\nb|ben||two\nc|anna|German|three\n",
            **ABC,
        },
        "a list with a header line (path is the audio, text is the text, speaker is the speaker, language is the "
        "language), 3 clips of 2 speakers",
        [
            ("wavs/a.wav", "anna", "[de: one]"),
            ("wavs/b.wav", "ben", "two"),
            ("wavs/c.wav", "anna", "[de: three]"),
        ],
    ),
    "line ends of CR alone": ({"metadata.csv": b"a|one\rb|two\r", **AB}, "a list of path|text, 2 clips", TWO),
    "byte order mark and CRLF": (
        {"metadata.csv": b"\xef\xbb\xbfa|one\r\nb|two\r\n", **AB},
        "a list of path|text, 2 clips",
        TWO,
    ),
    "Windows paths": (
        {"metadata.csv": "wavs\\a.wav|one\nC:\\data\\wavs\\b.wav|two\n", **AB},
        "a list of path|text, 2 clips",
        TWO,
    ),
    "absolute paths of another machine": (
        {"metadata.csv": "/home/her/wavs/a.wav|one\n/home/her/b.wav|two\n", **AB},
        "a list of path|text, 2 clips",
        TWO,
    ),
    "Common Voice": (
        {
            "validated.tsv": "client_id\tpath\tsentence\tup_votes\n"
            f"{HASHES[0]}\ta.mp3\tone\t2\n{HASHES[1]}\tb.mp3\ttwo\t2\n",
            "clips/a.mp3": "",
            "clips/b.mp3": "",
        },
        "Common Voice's list (path is the audio, sentence is the text, client_id is the speaker), "
        "2 clips of 2 speakers",
        [("clips/a.mp3", "00000000", "one"), ("clips/b.mp3", "11111111", "two")],
    ),
    "VCTK": (
        {
            "txt/p225/p225_001.txt": "one\n",
            "txt/p226/p226_001.txt": "two\n",
            "wav48_silence_trimmed/p225/p225_001_mic1.flac": "",
            "wav48_silence_trimmed/p225/p225_001_mic2.flac": "",
            "wav48_silence_trimmed/p226/p226_001_mic2.flac": "",
        },
        "VCTK's layout (a folder for each speaker), recordings in wav48_silence_trimmed/, their texts in txt/, "
        "2 clips of 2 speakers",
        [
            ("wav48_silence_trimmed/p225/p225_001_mic1.flac", "p225", "one"),
            ("wav48_silence_trimmed/p226/p226_001_mic2.flac", "p226", "two"),
        ],
    ),
    "wav and txt": (
        {"wav/a.wav": "", "wav/b.wav": "", "txt/a.txt": "one\r\n", "txt/b.txt": b"\xef\xbb\xbftwo"},
        "recordings in wav/, their texts in txt/, 2 clips",
        [("wav/a.wav", None, "one"), ("wav/b.wav", None, "two")],
    ),
    "text files beside recordings": (
        {"x/a.wav": "", "x/a.lab": "one\nmore", "x/b.flac": "", "x/b.txt": "two", "README.txt": "of mine"},
        "a text file beside each recording, 2 clips",
        [("x/a.wav", None, "one more"), ("x/b.flac", None, "two")],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_recognised_and_named(name, tmp_path):
    files, said, clips = LAYOUTS[name]
    folder = _made(tmp_path, files)
    assert recognise(folder).layout == said
    assert _clips(tmp_path, folder) == clips
    opened = [(clip.path, clip.speaker, clip.text) for clip in open_source([folder], tmp_path).clips]
    assert sorted(opened) == sorted(clips), "as the dataset pane opens it"


@pytest.mark.parametrize(
    ("lines", "speakers"),
    [
        # a speaker repeats in half of the lines and has no spaces
        (["a|anna|good", "b|ben|good day", "c|anna|so"], ["anna", "ben", "anna"]),
        (["a|1|早上好", "b|2|你好", "c|1|好", "d|2|再见"], ["1", "2", "1", "2"]),
        (["a|Jane Doe|the sun is up already", "b|Jane Doe|nobody saw it come"], ["Jane Doe"] * 2),
        # a text: the same twice, or about as long as its normalised form
        (["a|Yes|Yes", "b|Yes|Yes", "c|Yes|Yes"], [None] * 3),
        (["a|It is 5.|It is five.", "b|It is 5.|It is five.", "c|It is 6.|It is six."], [None] * 3),
        (["a|早上好|早上好", "b|你好 3|你好三"], [None] * 2),
    ],
)
def test_a_middle_column_is_a_speaker_or_a_text(lines, speakers, tmp_path):
    _made(tmp_path, {f"{line[0]}.wav": "" for line in lines} | {"metadata.csv": "\n".join(lines)})
    assert [entry.speaker for entry in recognise(tmp_path).entries] == speakers


def test_a_speaker_is_known_by_a_folder_of_that_name(tmp_path):
    _made(tmp_path, {"metadata.csv": "a|anna marie|hello\n", "anna marie/a.wav": ""})
    assert _clips(tmp_path, tmp_path) == [("anna marie/a.wav", "anna marie", "hello")]


@pytest.mark.parametrize(
    ("corpus", "layout", "first"),
    [
        ("ljspeech", "LJ Speech's metadata.csv (id|text|normalised text), 24 clips", "wavs/LJ001-0001.wav"),
        ("librispeech", "a list of path|speaker|text, 50 clips of 5 speakers", "1688/1688-142285-0000.flac"),
        ("kerstin_de", "a list of path|text, 24 clips", "de_rhasspy-0004.flac"),
    ],
)
def test_real_corpora_are_recognised(corpus, layout, first, corpora):
    found = recognise(corpora / corpus)
    assert found.layout == layout
    assert found.entries[0].path == str(corpora / corpus / first)


def test_recordings_without_a_text_are_told_apart(tmp_path):
    _made(tmp_path, {"a.wav": "", "b.wav": "", "a.txt": "one"})
    found = recognise(tmp_path)
    assert ([Path(entry.path).name for entry in found.without_text], len(found.entries)) == (["b.wav"], 1)
    (tmp_path / "a.txt").unlink()
    assert recognise(tmp_path).layout == "2 recordings without transcripts"


def test_a_list_elsewhere_finds_its_audio_in_the_folders_of_the_recordings(tmp_path):
    _made(tmp_path, {"lists/all.txt": "a|one\nsub/b|two\n", "rec/a.flac": "", "rec/sub/b.wav": ""})
    found = recognise(tmp_path / "lists" / "all.txt", [tmp_path / "rec"])
    assert [entry.path for entry in found.entries] == [
        str(tmp_path / "rec" / "a.flac"),
        str(tmp_path / "rec" / "sub" / "b.wav"),
    ]


def test_paths_that_exist_stay_as_given(tmp_path, monkeypatch):
    _made(tmp_path, {"data/a.wav": "", "list.txt": "data/a.wav|one\n"})
    monkeypatch.chdir(tmp_path)
    assert recognise("list.txt").entries == (Entry("data/a.wav", None, "one", 1),)


def test_missing_audio_is_listed_by_line(tmp_path):
    _made(tmp_path, {"wavs/a.wav": "", "metadata.csv": "a|one\nb|two\nc|three\n"})
    path = tmp_path / "metadata.csv"
    with pytest.raises(InputError, match=r"metadata.csv:2: no audio for b, nor for 1 other clip") as caught:
        recognise(path).check_audio()
    assert caught.value.details == (f"{path}:3: c",)
    assert [entry.path for entry in recognise(path).missing] == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("metadata.csv", "a,one\nb,two\n", r"metadata.csv:1: has 1 column .* separated by commas; bars must"),
        ("metadata.csv", "a|b|c|d\n", r"metadata.csv:1: has 4 columns where 2 or 3 are needed"),
        ("metadata.csv", "|one\n", r"metadata.csv:1: has an empty path"),
        (
            "metadata.csv",
            "a||one\na|x|one two three\na|x|three four\n",
            r"metadata.csv:1: has an empty speaker",
        ),
        ("metadata.csv", "audio_file|text\n", r"metadata.csv:1: is a header line without a clip below it"),
        ("metadata.csv", "path|language|text\na|klingon|one\n", r"metadata.csv:2: no language is called"),
        ("metadata.csv", "path|language|text\na|de|[x]\n", r"metadata.csv:2: .*cannot hold square brackets"),
        ("train.tsv", "a\tone\n", r"train.tsv:1: has no header line with path and sentence"),
        ("a.lab", "0 2500000 sil\n2500000 3000000 a\n", r"a.lab:1: holds times and phones, not a text"),
        ("a.txt", "one|two", r"a.txt: holds a bar"),
        ("a.txt", b"caf\xe9", r"a.txt: is not UTF-8 \(byte 3\)"),
    ],
)
def test_a_wrong_layout_is_refused_in_one_sentence(name, content, sentence, tmp_path):
    _made(tmp_path, {"a.wav": "", name: content})
    with pytest.raises(InputError, match=sentence):
        recognise(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no recording"):
        recognise(tmp_path)
