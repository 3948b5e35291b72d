"""One split for command, pane and prepare: seeded, grouped, every speaker first in train."""

import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import workspace as workspaces
from engine.audio.wav import write_pcm16
from engine.dataset.lists import filelist
from engine.dataset.lists.filelist import Entry
from engine.dataset.lists.layouts import recognise
from engine.dataset.lists.open_dataset import split_corpus
from engine.dataset.split import (
    SplitSettings,
    assign_splits,
    counts,
    parse_group,
    parse_ratios,
    sentence_of,
    source_of,
)
from engine.errors import InputError
from tests.cli_support import vitsdeck
from tui.panes.dataset import session

NAMES = ("train.txt", "val.txt", "test.txt")
KEYS = {
    "speaker": lambda clip: clip.speaker,
    "source": lambda clip: source_of(clip.path),
    "sentence": lambda clip: sentence_of(clip.text),
}


def _corpus(n, speakers=None, sentences=None):
    return [
        Entry(
            f"wavs/{i // 20:02d}-{i:04d}.wav",
            f"s{i % speakers}" if speakers else None,
            f"text {i % (sentences or n)}",
            i + 1,
        )
        for i in range(n)
    ]


def _by_path(clips, settings):
    return dict(zip((clip.path for clip in clips), assign_splits(clips, settings), strict=True))


clips_of_any_kind = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from("abcde"), st.integers(0, 60)),
    min_size=12,
    max_size=120,
    unique_by=lambda clip: clip[0],
).map(lambda rows: [Entry(f"wavs/{name}x.wav", speaker, f"text {text}", 0) for name, speaker, text in rows])


@given(clips_of_any_kind, st.integers(0, 5), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_neither_order_nor_spelling_of_texts_moves_a_clip(clips, seed, dice):
    assume(len({clip.text for clip in clips}) >= 3)
    wanted = SplitSettings(seed=seed)
    first = _by_path(clips, wanted)
    assert set(first.values()) == {0, 1, 2}
    shuffled = [Entry(clip.path, clip.speaker, f"{clip.text.upper()}!", 0) for clip in clips]
    dice.shuffle(shuffled)
    assert _by_path(shuffled, wanted) == first


@given(clips_of_any_kind, st.integers(0, 5), st.sets(st.sampled_from(["source", "sentence"]), min_size=1))
@settings(max_examples=60)
def test_no_group_is_in_two_lists_and_every_speaker_is_in_train(clips, seed, group):
    wanted = SplitSettings(seed=seed, group=parse_group(",".join(group)))
    assume(len({clip.text for clip in clips}) >= 15)
    places = assign_splits(clips, wanted)
    for name in group:
        homes = defaultdict(set)
        for clip, place in zip(clips, places, strict=True):
            homes[KEYS[name](clip)].add(place)
        assert all(len(lists) == 1 for lists in homes.values())
    trained = {clip.speaker for clip, place in zip(clips, places, strict=True) if place == 0}
    assert trained == {clip.speaker for clip in clips}


@given(
    st.lists(st.integers(1, 60), min_size=3, max_size=60),
    st.sampled_from([(70, 25, 5), (80, 10, 10), (34, 33, 33), (98, 1, 1)]),
    st.integers(0, 3),
)
@settings(max_examples=80)
def test_groups_of_any_size_keep_the_ratios_as_whole_groups_can(sizes, ratios, seed):
    speakers = [f"s{k}" for k, size in enumerate(sizes) for _ in range(size)]
    clips = [Entry(f"{i}.wav", speaker, f"t{i}", 0) for i, speaker in enumerate(speakers)]
    places = assign_splits(clips, SplitSettings(ratios, seed, ("speaker",)))
    assert len(set(zip(speakers, places, strict=True))) == len(sizes)
    found = Counter(places)
    assert set(found) == {0, 1, 2}
    for place, size in enumerate(counts(len(clips), ratios)):
        assert found[place] - size < max(sizes)
        assert size - found[place] < 2 * max(sizes)


def test_groups_that_overlap_stay_together_through_each_other():
    clips = [Entry(f"a-{i}.wav", None, f"t{i}", 0) for i in range(4)]
    clips += [Entry(f"b-{i}.wav", None, f"t{i + 3}", 0) for i in range(4)]
    clips += [Entry(f"c{i}x.wav", None, f"u{i}", 0) for i in range(12)]
    assert len(set(assign_splits(clips, SplitSettings(group=("source", "sentence")))[:8])) == 1


@pytest.mark.parametrize("n", [3, 4, 5, 10])
@pytest.mark.parametrize("group", [(), ("sentence",), ("source",)])
def test_a_handful_of_clips_leaves_no_list_empty(n, group):
    for seed in range(8):
        clips = [Entry(f"a{i}x.wav", f"s{i % 2}", f"t{min(i, max(2, n - 2))}", 0) for i in range(n)]
        assert set(assign_splits(clips, SplitSettings(seed=seed, group=group))) == {0, 1, 2}


def test_speakers_of_few_clips_are_trained_without_leaving_the_ratios():
    """As in Common Voice: a thousand people with one to three clips, some sentences read by several."""
    dice = random.Random(3)
    speakers = [f"s{k}" for k in range(1000) for _ in range(dice.randint(1, 3))]
    total = len(speakers)
    clips = [
        Entry(f"a{i}x.wav", speaker, f"t{dice.randrange(2 * total)}", 0) for i, speaker in enumerate(speakers)
    ]
    places = assign_splits(clips, SplitSettings())
    found = Counter(places)
    assert [found[place] for place in range(3)] == pytest.approx(counts(total, (70, 25, 5)), abs=total // 100)
    assert {speaker for speaker, place in zip(speakers, places, strict=True) if place == 0} == set(speakers)


def test_another_seed_gives_another_split_and_a_seed_the_same_in_every_process():
    """Values computed once: neither Python's hash seed nor its version may move a clip."""
    test_lists = [
        [i for i, place in enumerate(assign_splits(_corpus(40), SplitSettings(seed=seed))) if place == 2]
        for seed in (1234, 7)
    ]
    assert test_lists == [[24, 29], [29, 34]]


@given(st.integers(3, 5000), st.integers(1, 98), st.data())
def test_counts_add_up_and_stay_near_the_ratios(total, train, data):
    val = data.draw(st.integers(1, 99 - train))
    ratios = (train, val, 100 - train - val)
    sizes = counts(total, ratios)
    assert sum(sizes) == total
    assert min(sizes) >= 1
    assert all(abs(size - total * ratio / 100) < 3 for size, ratio in zip(sizes, ratios, strict=True))


@pytest.mark.parametrize(
    "text", ["70,25", "70,25,5,0", "70,30,0", "70,-10,40", "nan,50,50", "70,20,5", "a,b,c"]
)
def test_ratios_are_three_numbers_that_add_to_100(text):
    with pytest.raises(InputError, match=f"ratios {text} are not three numbers above 0 that add to 100"):
        parse_ratios(text)
    assert parse_ratios("33.3,33.3,33.4") == (33.3, 33.3, 33.4)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("wavs/LJ001-0001.wav", "wavs/LJ001"),
        ("./wavs//LJ001_02.wav", "wavs/LJ001"),
        ("wavs\\LJ001 3.flac", "wavs/LJ001"),
        ("LJ001-0001", "LJ001"),
        ("wavs/0001.wav", "wavs/0001"),
        ("/data/a.b-1.wav", "/data/a.b"),
        ("wavs/.hidden", "wavs/.hidden"),
    ],
)
def test_a_recording_is_known_by_the_names_of_its_clips(path, source):
    assert source_of(path) == source


@given(st.text(max_size=40))
def test_a_sentence_is_compared_without_case_and_marks_whatever_its_letters(text):
    assert sentence_of(text) == re.sub(r"[\W_]+", " ", text.casefold()).strip()


def test_too_few_clips_or_groups_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="2 clips cannot fill train, val and test"):
        assign_splits(_corpus(2), SplitSettings())
    with pytest.raises(InputError, match="grouped by speaker, there are only 2 to divide into 3 lists"):
        assign_splits(_corpus(40, 2), SplitSettings(group=("speaker",)))
    with pytest.raises(InputError, match="no clip names its speaker"):
        assign_splits(_corpus(9), SplitSettings(group=("speaker",)))
    with pytest.raises(InputError, match="add to 100"):
        assign_splits(_corpus(40), SplitSettings((70, 20, 5)))
    with pytest.raises(InputError, match='cannot group by "room"'):
        parse_group("speaker,room")
    assert parse_group("sentence, speaker") == ("speaker", "sentence")
    assert parse_group("none") == ()


def _homes(folder):
    return {
        entry.path: name
        for name in NAMES
        if (folder / name).exists()
        for entry in filelist.read(folder / name)
    }


@given(st.integers(6, 40), st.integers(1, 40), st.integers(0, 3))
@settings(max_examples=25)
def test_clips_in_lists_stay_where_they_are_and_new_ones_join_their_group(tmp_path_factory, n, more, seed):
    folder = tmp_path_factory.mktemp("lists")
    split_corpus(_corpus(n), folder, SplitSettings(seed=1), folder)
    before = {name: (folder / name).read_bytes() for name in NAMES}
    grown = [*_corpus(n), *(Entry(f"wavs/n{i}.wav", None, f"text {i}", 0) for i in range(more))]
    report = split_corpus(grown, folder, SplitSettings((50, 25, 25), seed), folder)
    assert (report.added, report.kept) == (more, n)
    assert all((folder / name).read_bytes().startswith(before[name]) for name in NAMES)
    homes = _homes(folder)
    texts = {entry.path: entry.text for entry in grown}
    assert len(homes) == n + more
    assert len({(texts[path], home) for path, home in homes.items()}) == len(set(texts.values()))


def test_new_clips_bring_the_lists_back_to_their_shares(tmp_path):
    split_corpus(_corpus(100), tmp_path, SplitSettings((90, 5, 5)), tmp_path)
    report = split_corpus(_corpus(1000), tmp_path, SplitSettings(), tmp_path)
    assert report.clips == {"train": 700, "val": 250, "test": 50}


def test_quarantine_and_edited_texts_survive_a_second_split_and_anew_takes_the_manifest(tmp_path):
    split_corpus(_corpus(30), tmp_path, SplitSettings(), tmp_path)
    lines = (tmp_path / "train.txt").read_text().splitlines(keepends=True)
    quarantined, edited = lines[0], lines[1].replace("text", "another text")
    (tmp_path / "quarantine.txt").write_text(quarantined)
    (tmp_path / "train.txt").write_text("".join([edited, *lines[2:]]))
    report = split_corpus(_corpus(30), tmp_path, SplitSettings(seed=9), tmp_path)
    assert (report.added, report.kept, report.other_texts) == (0, 30, 1)
    assert (tmp_path / "train.txt").read_text() == "".join([edited, *lines[2:]])
    anew = split_corpus(_corpus(30), tmp_path, SplitSettings(seed=9), tmp_path, anew=True)
    assert (anew.added, anew.kept) == (29, 1)
    assert "another" not in (tmp_path / "train.txt").read_text()
    assert quarantined.split("|")[0] not in _homes(tmp_path)
    assert (tmp_path / "train.txt.previous").read_text() == "".join([edited, *lines[2:]])


def test_command_and_pane_split_alike(tmp_path, corpora):
    """The same manifest and seed: by `split`, opened in the dataset pane, and divided there again."""
    assert vitsdeck(tmp_path, "init", ".").returncode == 0
    for entry in recognise(corpora / "librispeech" / "metadata.csv").entries:
        path = tmp_path / "wavs" / Path(entry.path).relative_to(corpora / "librispeech")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".wav").touch()
    manifest = corpora / "librispeech" / "metadata.csv"
    done = vitsdeck(tmp_path, "split", str(manifest), "--json")
    assert done.json["clips"] == {"train": 35, "val": 13, "test": 2}, done.stderr
    homes = _homes(tmp_path / "filelists")
    pane = session.open_session([manifest], workspaces.find(tmp_path)).opened
    lists = session.open_session([tmp_path / "filelists" / "train.txt"], workspaces.find(tmp_path)).opened
    again = lists.moved(range(10), "test").split(lists.split_settings)
    for board in (pane, lists, again):
        assert {clip.path: f"{board.split_of(i)}.txt" for i, clip in enumerate(board.clips)} == homes


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file"):
        split_corpus(_corpus(20), tmp_path / "file", SplitSettings(), tmp_path)


def test_the_command_says_what_stays_and_when_groups_cannot_be_divided_like_that(tmp_path):
    (tmp_path / "wavs").mkdir()
    lines = []
    for number in range(20):
        write_pcm16(tmp_path / "wavs" / f"{number}.wav", np.zeros(2205, np.float32), 22050)
        lines.append(f"wavs/{number}.wav|{'anna' if number < 17 else f'guest {number}'}|number {number}\n")
    (tmp_path / "m.txt").write_text("".join(lines))
    done = vitsdeck(tmp_path, "split", "m.txt", "--group", "speaker", "--json")
    assert done.json["clips"] == {"train": 17, "val": 2, "test": 1}
    assert "the lists hold 85.0, 10.0, 5.0 per cent of the clips, not 70,25,5" in done.stderr
    kept = vitsdeck(tmp_path, "split", "m.txt", "--json")
    assert kept.json["clips"] == {"train": 17, "val": 2, "test": 1} and kept.json["kept"] == 20
    assert "20 clips stay in the lists; --anew divides all again" in kept.stderr
    anew = vitsdeck(tmp_path, "split", "m.txt", "--anew", "--json")
    assert anew.json["clips"] == {"train": 14, "val": 5, "test": 1} and "warning" not in anew.stderr


def test_a_corpus_in_another_language_is_named_before_it_is_split(tmp_path, corpora):
    assert vitsdeck(tmp_path, "init", ".").returncode == 0
    manifest = str(corpora / "kerstin_de" / "metadata.csv")
    done = vitsdeck(tmp_path, "split", manifest)
    assert (done.returncode, "is this German? --language de" in done.stderr) == (2, True)
    assert not (tmp_path / "filelists" / "train.txt").exists()
    assert vitsdeck(tmp_path, "split", manifest, "--language", "en").returncode == 0
