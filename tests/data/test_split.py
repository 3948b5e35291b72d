"""The same corpus, ratios and seed give the same three lists."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.wav import write_pcm16
from engine.data import filelist
from engine.data.filelist import Entry
from engine.data.layouts import recognise
from engine.data.split import counts, parse_ratios, split, write_splits
from engine.errors import InputError
from tests.cli_support import vitsdeck


def _corpus(n, speakers=None):
    return [
        Entry(f"wavs/{i:04d}.wav", str(i % speakers) if speakers else None, f"text {i}", i + 1)
        for i in range(n)
    ]


@given(st.integers(3, 300), st.integers(0, 5), st.randoms(use_true_random=False))
def test_line_order_does_not_matter_and_no_clip_is_lost_or_shared(n, seed, dice):
    corpus = _corpus(n)
    first = split(corpus, (70, 25, 5), seed)
    shuffled = corpus[:]
    dice.shuffle(shuffled)
    assert split(shuffled, (70, 25, 5), seed) == first
    together = [entry for _, part in first for entry in part]
    assert sorted(entry.path for entry in together) == [entry.path for entry in corpus]
    assert all(part for _, part in first)


def test_another_seed_gives_another_split():
    corpus = _corpus(100)
    assert split(corpus, (70, 25, 5), 1).test != split(corpus, (70, 25, 5), 2).test


def test_the_split_is_the_same_in_every_process():
    """A value computed once: neither Python's hash seed nor its version may move a clip."""
    names = [Path(entry.path).stem for entry in split(_corpus(40), (70, 25, 5), 1234).test]
    assert names == ["0006", "0024"]


def test_correcting_a_text_or_adding_clips_moves_few():
    corpus = _corpus(200)
    before = {entry.path for entry in split(corpus, (70, 25, 5), 7).train}
    corrected = [Entry(entry.path, None, entry.text + "!", entry.line) for entry in corpus]
    assert {entry.path for entry in split(corrected, (70, 25, 5), 7).train} == before
    grown = {entry.path for entry in split(_corpus(210), (70, 25, 5), 7).train}
    assert len(before - grown) <= 10


@pytest.mark.parametrize(
    ("total", "expected"),
    [(3, (1, 1, 1)), (4, (2, 1, 1)), (6, (3, 2, 1)), (20, (14, 5, 1)), (24, (17, 6, 1)), (100, (70, 25, 5))],
)
def test_every_list_gets_a_clip_and_the_rest_is_by_ratio(total, expected):
    assert counts(total, (70, 25, 5)) == expected


@given(st.integers(3, 5000), st.integers(1, 98), st.data())
def test_counts_add_up_and_stay_near_the_ratios(total, train, data):
    val = data.draw(st.integers(1, 99 - train))
    ratios = (train, val, 100 - train - val)
    sizes = counts(total, ratios)
    assert sum(sizes) == total
    assert min(sizes) >= 1
    assert all(abs(size - total * ratio / 100) < 3 for size, ratio in zip(sizes, ratios, strict=True))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("70,25", "are 2, not 3"),
        ("70,25,5,0", "are 4, not 3"),
        ("70,30,0", "must all be above 0"),
        ("70,-10,40", "must all be above 0"),
        ("nan,50,50", "must all be above 0"),
        ("70,20,5", "add to 95, not 100"),
        ("a,b,c", "are not numbers"),
    ],
)
def test_bad_ratios_are_refused_in_one_sentence(text, sentence):
    with pytest.raises(InputError, match=sentence):
        split(_corpus(10), parse_ratios(text), 1)


def test_fractions_that_add_to_100_are_fine():
    assert parse_ratios("33.3,33.3,33.4") == (33.3, 33.3, 33.4)


def test_too_few_clips_and_doubles_are_refused():
    with pytest.raises(InputError, match="2 clips cannot fill train, val and test"):
        split(_corpus(2), (70, 25, 5), 1)
    with pytest.raises(InputError, match="stands on lines 1 and 1"):
        split([*_corpus(5), Entry("wavs/0000.wav", None, "again", 1)], (70, 25, 5), 1)


def test_faults_of_a_manifest_name_it_and_the_line():
    with pytest.raises(InputError, match=r"^corpus.txt:1: 1 clip cannot fill"):
        split(_corpus(1), (70, 25, 5), 1, "corpus.txt")
    with pytest.raises(InputError, match=r"^corpus.txt:9: wavs/0000.wav stands on lines 1 and 9"):
        split([*_corpus(5), Entry("wavs/0000.wav", None, "again", 9)], (70, 25, 5), 1, "corpus.txt")


def test_every_speaker_is_trained():
    for seed in range(10):
        parts = split(_corpus(40, speakers=20), (70, 25, 5), seed)
        assert {entry.speaker for entry in parts.train} == {str(i) for i in range(20)}


def test_lists_are_written_as_filelists(tmp_path):
    parts = split(_corpus(20, speakers=2), (70, 25, 5), 1)
    written = write_splits(parts, tmp_path / "lists")
    assert [path.name for path in written] == ["train.txt", "val.txt", "test.txt"]
    for path, (_, entries) in zip(written, parts, strict=True):
        assert [(e.path, e.speaker, e.text) for e in filelist.read(path)] == [
            (e.path, e.speaker, e.text) for e in entries
        ]


def test_a_failed_write_leaves_the_older_lists_as_they_were(tmp_path, monkeypatch):
    write_splits(split(_corpus(20), (70, 25, 5), 1), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    replace = Path.replace

    def full_disk(self, target):
        if Path(target).name == "test.txt":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(InputError, match="No space left"):
        write_splits(split(_corpus(30), (70, 25, 5), 2), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file"):
        write_splits(split(_corpus(20), (70, 25, 5), 1), tmp_path / "file")


def test_real_corpus_splits(corpora):
    entries = list(recognise(corpora / "ljspeech" / "metadata.csv").entries)
    random.Random(1).shuffle(entries)
    parts = split(entries, (70, 25, 5), 1234)
    assert [len(part) for _, part in parts] == [17, 6, 1]


def test_the_command_says_when_groups_cannot_be_divided_like_that(tmp_path):
    (tmp_path / "wavs").mkdir()
    lines = []
    for number in range(20):
        write_pcm16(tmp_path / "wavs" / f"{number}.wav", np.zeros(2205, np.float32), 22050)
        lines.append(f"wavs/{number}.wav|{'anna' if number < 17 else f'guest {number}'}|number {number}\n")
    (tmp_path / "m.txt").write_text("".join(lines))
    done = vitsdeck(tmp_path, "split", "m.txt", "--group", "speaker", "--stratify", "--json")
    assert done.json["clips"] == {"train": 17, "val": 2, "test": 1}
    assert "85.0, 10.0, 5.0 per cent of the clips: the groups are too large for 70,25,5" in done.stderr
    assert "speakers stay whole" in done.stderr
    assert "warning" not in vitsdeck(tmp_path, "split", "m.txt", "--json").stderr
