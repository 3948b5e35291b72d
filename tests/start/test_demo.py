"""The demo: real recordings made on the spot, a voice trained on them, and a wav, all without a screen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import demo, workspace
from engine.dataset.lists import filelist
from engine.demo.grammar import RUN, corpus, unseen
from engine.demo.sentences import SENTENCES, train_and_val
from engine.errors import InputError
from tests.cli_support import vitsdeck

CLIPS = 24


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace, not yet trained."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    demo.build(folder, lambda _: None, clips=CLIPS)
    return folder


def _runs(sentence: str) -> set[str]:
    """Every run of four words of a sentence."""
    words = "".join(each for each in sentence.lower() if each.isalnum() or each in " '").split()
    return {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}


def test_its_recordings_are_real_speech_at_another_rate(built: Path) -> None:
    clips = sorted((built / "recordings").glob("*.wav"))
    assert len(clips) == CLIPS
    for clip in clips:
        wave, rate = soundfile.read(clip)
        assert (rate, wave.ndim) == (44100, 1)
        assert 1 < len(wave) / rate < 10
        assert 0.02 < np.sqrt((wave**2).mean()) < 0.5
    texts = (built / "recordings" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    train, val = train_and_val(CLIPS)
    assert [line.split("|")[1] for line in texts] == train + val


def test_its_lists_name_all_clips_and_validate_on_unseen_sentences(built: Path) -> None:
    train, val = train_and_val(CLIPS)
    listed = {name: filelist.read(built / "filelists" / f"{name}.txt") for name in ("train", "val")}
    assert [entry.text for entry in listed["train"]] == train == list(SENTENCES[: len(train)])
    assert [entry.text for entry in listed["val"]] == val
    assert all((built / entry.path).is_file() for entries in listed.values() for entry in entries)
    cleaned = filelist.read(built / "filelists" / "val.txt.cleaned")
    assert [entry.path for entry in cleaned] == [entry.path for entry in listed["val"]]


def test_unseen_sentences_share_no_four_words_in_a_row_with_the_corpus() -> None:
    train, val = train_and_val(demo.CLIPS)
    assert len(train) + len(val) == demo.CLIPS == len({*train, *val})
    assert train[: len(SENTENCES)] == list(SENTENCES)
    taken = set().union(*map(_runs, train))
    assert all(_runs(sentence) for sentence in val)  # none is too short to share one
    assert [sentence for sentence in [*val, demo.SENTENCE] if _runs(sentence) & taken] == []
    assert RUN == 4


def test_a_sentence_of_the_corpus_or_a_piece_of_one_is_not_unseen() -> None:
    fresh = unseen(20, [])
    assert unseen(20, fresh[:1])[0] == fresh[1]
    piece = " ".join(fresh[1].rstrip(".,?!").split()[-4:])
    assert fresh[1] not in unseen(20, [f"we heard that {piece} too"])


def test_the_corpus_repeats_nothing_and_begins_the_same_in_every_size() -> None:
    sentences = corpus(1500)
    assert len(set(sentences)) == 1500 and sentences[:40] == corpus(40)
    assert corpus(40, seed=2) != corpus(40)
    words = {word.strip(".,?!") for sentence in sentences for word in sentence.lower().split()}
    assert len(words) > 500
    following = [pair for each in sentences for pair in pairwise(each.lower().split())]
    wrong = {b for a, b in following if a == ("an" if b[0] not in "aeiou" else "a")}
    assert wrong <= {"useful"}  # its first sound is that of "you"


def test_building_again_says_and_changes_nothing(built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    said: list[str] = []
    demo.build(built, said.append, clips=CLIPS)
    assert said == []
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "missing",
    [
        "configs/demo.json",
        "filelists/val.txt.cleaned",
        "wavs/recordings/demo-03.wav",
        "recordings/metadata.csv",
    ],
)
def test_an_interrupted_demo_is_completed(built: Path, missing: str) -> None:
    kept = (built / "recordings" / "demo-01.wav").stat().st_mtime_ns
    (built / missing).unlink()
    (built / "configs" / "demo.json").unlink(missing_ok=True)  # the last thing that is made
    ws = demo.build(built, lambda _: None, clips=CLIPS)
    assert (built / missing).is_file()
    assert ws.root == built
    assert (built / "recordings" / "demo-01.wav").stat().st_mtime_ns == kept


def test_a_workspace_of_somebodys_own_is_left_alone(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    with pytest.raises(InputError, match="not the demo's"):
        demo.build(tmp_path, lambda _: None)
    assert not (tmp_path / "recordings").exists()


def test_headless_demo_trains_and_prints_the_wav(built: Path) -> None:
    folder = built.parent
    done = vitsdeck(folder, "demo", "--headless", "--steps", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert done.json["run"]["step"] == 2
    path = Path(done.json["path"])
    wave, rate = soundfile.read(path)
    assert path.is_relative_to(built) and rate == 22050
    assert np.isfinite(wave).all() and len(wave) > 0.2 * rate and np.abs(wave).max() > 0

    # the same again trains nothing and speaks again; without --json the path is all that stdout has
    again = vitsdeck(folder, "demo", "--headless", "--steps", "2")
    assert again.returncode == 0, again.stderr
    assert (folder / again.stdout.strip()).is_file()
    assert "demo is at step 2 already" in again.stderr
