"""`vitsdeck prompts`: a list to read from, which `prepare` takes together with the takes."""

from __future__ import annotations

import shutil

import pytest
import soundfile

from engine import workspace as workspaces
from engine.dataset.lists import filelist
from tests.cli_support import vitsdeck

COUNT = 8


@pytest.fixture
def voices(tmp_path):
    """A workspace of German."""
    return workspaces.init(tmp_path / "voices", language="de")


def _take(corpora, folder):
    """Recordings in the place of takes: what is said in them does not matter here."""
    folder.mkdir(exist_ok=True)
    clips = sorted((corpora / "kerstin_de").glob("*.flac"))[:COUNT]
    for number, clip in enumerate(clips, 1):
        soundfile.write(folder / f"{number:04}.wav", *soundfile.read(clip))


@pytest.mark.parametrize("where", ["beside", "elsewhere"])
def test_prepare_takes_the_list_with_takes_of_its_names(where, voices, corpora, tmp_path):
    done = vitsdeck(voices.root, "prompts", "-n", str(COUNT))
    assert (done.returncode, done.stdout) == (0, "prompts/metadata.csv\n"), done.stderr
    assert f"{COUNT} sentences, about " in done.stderr
    assert "47 of 47 phonemes" in done.stderr
    written = (voices.root / "prompts" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    assert [line.partition("|")[0] for line in written] == [f"{n:04}.wav" for n in range(1, COUNT + 1)]

    if where == "beside":
        assert done.stderr.splitlines()[-1].endswith("then `vitsdeck prepare prompts`")
        _take(corpora, voices.root / "prompts")
        prepared = vitsdeck(voices.root, "prepare", "prompts", "--json")
    else:
        _take(corpora, tmp_path / "takes")
        words = ("prepare", str(tmp_path / "takes"), "--transcripts", "prompts/metadata.csv", "--json")
        prepared = vitsdeck(voices.root, *words)
    assert prepared.returncode == 0, prepared.stderr
    assert sum(prepared.json["clips"].values()) == COUNT
    texts = {entry.text for path in voices.split_lists if path.is_file() for entry in filelist.read(path)}
    assert texts == {line.partition("|")[2] for line in written}


def test_a_text_of_ones_own_gives_the_sentences_and_json_the_coverage(tmp_path, corpora):
    text = corpora / "kerstin_de" / "metadata.csv"
    words = ("prompts", "--language", "de", "-n", "12", "--from", str(text), "--out", "list.txt", "--json")
    done = vitsdeck(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    answer = done.json
    assert (answer["list"], answer["sentences"], answer["left_out"]) == ("list.txt", 12, {})
    assert answer["coverage"]["missing"] == [] and 0.8 < answer["coverage"]["share"] < 1
    assert "then `vitsdeck prepare FOLDER --transcripts list.txt`" in done.stderr
    theirs = text.read_text(encoding="utf-8")
    assert all(line.partition("|")[2] in theirs for line in (tmp_path / "list.txt").read_text().splitlines())


def test_a_list_that_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "metadata.csv").write_text("mine\n")
    done = vitsdeck(tmp_path, "prompts", "--language", "de")
    what = "error: prompts/metadata.csv: is there already; name another file with --out, or delete it\n"
    assert (done.returncode, done.stderr) == (2, what)
    assert (tmp_path / "prompts" / "metadata.csv").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--language", "fr"], "sentences in de, en only, not in fr; give a text with --from FILE"),
        (["--from", "gone.txt"], "gone.txt: no such file"),
        (["--from", "german.txt"], "german.txt: the texts are not English; is this German? --language de"),
        (["-n", "0"], "Invalid value for '-n'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence_and_nothing_is_written(
    words, sentence, tmp_path, corpora
):
    shutil.copy(corpora / "kerstin_de" / "metadata.csv", tmp_path / "german.txt")
    done = vitsdeck(tmp_path, "prompts", *words)
    assert done.returncode == 2 and sentence in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "prompts").exists()


def test_a_short_text_gives_fewer_and_says_so(tmp_path):
    (tmp_path / "short.txt").write_text("The cat sat on the mat. It was 1912 then. The dog slept on.\n")
    done = vitsdeck(tmp_path, "prompts", "--from", "short.txt")
    assert done.returncode == 0
    assert "there are 2 to choose from, not 100; a longer text has more: --from FILE" in done.stderr
    assert "short.txt: 2 sentences; left out: 1 digits, which people read in several ways" in done.stderr
