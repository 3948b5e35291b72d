"""Every verdict of the issue is found in real sound that was spoilt, with its reason, and mended where it can be."""

import math
import struct

import numpy as np
import pytest
import soundfile

from engine.audio.wav import read, write_pcm16
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.issues import KINDS, Requirements
from engine.dataset.clips.judge import judge
from engine.dataset.clips.measure import measure_clips
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.lists.open_dataset import judge as judge_board
from engine.dataset.lists.open_dataset import open_source
from engine.dataset.repair import apply as repair
from engine.dataset.repair.plan import ACTIONS, Recipe, applied, plan
from engine.dataset.session import Clip
from engine.errors import InputError

RATE = 22050


@pytest.fixture(scope="module")
def speech(corpora):
    """A quarter of a minute of a voice, in clips (samples) that differ."""
    return [read(path)[0] for path in sorted((corpora / "ljspeech" / "wavs").glob("*.wav"))[1:4]]


def _spoilt(folder, speech):
    """One file for each kind of fault that a file can have."""
    folder.mkdir(exist_ok=True)
    good = speech[0]
    silence = np.zeros(RATE, np.float32)
    write_pcm16(folder / "good.wav", good, RATE)
    write_pcm16(folder / "plain.wav", speech[2], RATE)
    write_pcm16(folder / "rate.wav", good, 16000)
    soundfile.write(folder / "stereo.wav", np.stack([speech[1], speech[1]], 1), RATE)
    write_pcm16(folder / "clipped.wav", speech[1] * 8, RATE)
    write_pcm16(folder / "silent.wav", good * 0.001, RATE)
    write_pcm16(folder / "silence.wav", np.concatenate([silence, speech[2], silence]), RATE)
    write_pcm16(folder / "short.wav", good[4000:10000], RATE)
    write_pcm16(folder / "long.wav", np.tile(good, 8), RATE)
    soundfile.write(folder / "same.flac", good, RATE)
    broken = good.copy()
    broken[1000] = math.nan
    soundfile.write(folder / "nan.wav", broken, RATE, subtype="FLOAT")
    (folder / "truncated.wav").write_bytes((folder / "good.wav").read_bytes()[:-5000])
    (folder / "unreadable.wav").write_bytes(b"RIFF" + struct.pack("<I", 100) + b"junkjunk" * 12)


EXPECTED = {
    "good.wav": set(),
    "rate.wav": {"rate"},
    "stereo.wav": {"stereo"},
    "clipped.wav": {"clipped", "loudness"},
    "silent.wav": {"silent"},
    "silence.wav": {"silence"},
    "short.wav": {"short", "speaking_rate"},
    "long.wav": {"long"},
    "same.flac": {"same_audio"},
    "nan.wav": {"nan"},
    "truncated.wav": {"truncated"},
    "unreadable.wav": {"unreadable"},
    "gone.wav": {"missing"},
    "../outside.wav": {"path_outside"},
    "/nowhere/at/all.wav": {"missing", "absolute_path"},
}


def _kinds(verdicts):
    return {verdict.kind for verdict in verdicts}


def test_sound_is_judged_by_what_is_wrong_with_it(tmp_path, speech):
    _spoilt(tmp_path / "wavs", speech)
    names = [name if "/" in name else f"wavs/{name}" for name in EXPECTED]
    measure_clips(tmp_path, names)
    figures = StatsCache(tmp_path).find(names)
    clips = [
        Clip(name, None, f"sentence number {'abcdefghijklmno'[i]}", i + 1) for i, name in enumerate(names)
    ]
    found = judge(clips, figures, Requirements(), tmp_path)
    assert {name: _kinds(verdicts) for name, verdicts in zip(EXPECTED, found, strict=True)} == EXPECTED
    for verdicts in found:
        assert all(verdict.reason and verdict.kind in KINDS for verdict in verdicts)
    reasons = {
        name: " ".join(v.reason for v in verdicts) for name, verdicts in zip(EXPECTED, found, strict=True)
    }
    assert "16000 Hz, 22050 Hz is needed" in reasons["rate.wav"]
    assert "good.wav (line 1)" in reasons["same.flac"]
    assert "sample 1000" in reasons["nan.wav"]
    assert "promises" in reasons["truncated.wav"]


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("", "empty", "no text"),
        ("born in 1984", "unnormalized_text", '"1984"'),
        ("Mr. Smith went home", "unnormalized_text", '"Mr."'),
        ("ten % of it", "unnormalized_text", '"%"'),
        ("so " * 70, "text_length", "209 symbols"),
        ("a \x1b[J b", "control", "U+001B"),
        ("a \u202e b", "control", "U+202E"),
        ("He said no. She went.", None, ""),
        ("The co-operation of saints", None, ""),
    ],
)
def test_text_is_judged(text, kind, says, tmp_path):
    clip = Clip("a.wav", None, text.strip())
    [verdicts] = judge([clip], [None], Requirements(), tmp_path)
    assert _kinds(verdicts) == ({kind} if kind else set())
    assert says in " ".join(verdict.reason for verdict in verdicts)


def test_cleaned_text_is_held_to_the_table_and_to_its_clip(tmp_path, speech):
    write_pcm16(tmp_path / "a.wav", speech[0][: RATE // 2], RATE)
    measure_clips(tmp_path, ["a.wav"])
    figures = StatsCache(tmp_path).find(["a.wav"])
    limits = Requirements(cleaned=True, symbols=frozenset("abc "))
    [verdicts] = judge([Clip("a.wav", None, "abç " * 12)], figures, limits, tmp_path)
    assert {"symbols", "text_longer_than_audio"} <= _kinds(verdicts)
    assert "U+00E7" in " ".join(verdict.reason for verdict in verdicts)


def test_a_transcript_of_another_clip_is_told_by_its_pace(tmp_path, corpora):
    board = open_source([corpora / "ljspeech" / "metadata.csv"], tmp_path)
    measure_clips(tmp_path, [clip.path for clip in board.clips])
    figures = StatsCache(tmp_path).find([clip.path for clip in board.clips])
    clips = list(board.clips)
    shortest = min(range(len(clips)), key=lambda i: len(clips[i].text))
    longest = max(range(len(clips)), key=lambda i: len(clips[i].text))
    swapped = clips.copy()
    swapped[shortest] = clips[shortest]._replace(text=clips[longest].text)
    before, after = (
        judge(clips, figures, Requirements(), tmp_path),
        judge(swapped, figures, Requirements(), tmp_path),
    )
    assert "speaking_rate" not in _kinds(before[shortest])
    assert "speaking_rate" in _kinds(after[shortest])
    assert sum("speaking_rate" in _kinds(verdicts) for verdicts in before) <= 1


def test_speakers_are_held_to_the_config(tmp_path):
    clips = [
        Clip("a.wav", "anna", "one"),
        Clip("b.wav", "0", "two"),
        Clip("c.wav", "9", "three"),
        Clip("d.wav", None, "x"),
    ]
    named = judge(clips, [None] * 4, Requirements(n_speakers=2, speakers=("anna", "ben")), tmp_path)
    assert [_kinds(verdicts) for verdicts in named] == [set(), {"speaker"}, {"speaker"}, {"speaker"}]
    numbered = judge(clips, [None] * 4, Requirements(n_speakers=2), tmp_path)
    assert [_kinds(verdicts) for verdicts in numbered] == [{"speaker"}, set(), {"speaker"}, {"speaker"}]


def test_figures_are_known_again_until_a_clip_changes(tmp_path, speech):
    _spoilt(tmp_path / "wavs", speech)
    names = ["wavs/good.wav", "wavs/silence.wav"]
    assert measure_clips(tmp_path, names).measured == 2
    assert measure_clips(tmp_path, names).measured == 0
    write_pcm16(tmp_path / "wavs" / "good.wav", speech[1], RATE)
    assert StatsCache(tmp_path).find(names)[0] is None
    assert measure_clips(tmp_path, names).measured == 1


@pytest.mark.parametrize("damage", [b"not a database at all", b"", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_cache_is_put_aside_and_filled_anew(tmp_path, speech, damage):
    write_pcm16(tmp_path / "a.wav", speech[0], RATE)
    measure_clips(tmp_path, ["a.wav"])
    store = StatsCache(tmp_path)
    store.path.write_bytes(damage)
    assert store.find(["a.wav"]) == [None]
    assert measure_clips(tmp_path, ["a.wav"]).measured == 1
    assert store.find(["a.wav"])[0].rate == RATE


def _lists(folder, speech):
    _spoilt(folder / "wavs", speech)
    texts = [
        "alpha beta",
        "gamma delta",
        "epsilon zeta",
        "eta theta",
        "iota kappa",
        "lambda my",
        "ny xi",
        "omikron pi",
    ]
    names = ["good", "rate", "stereo", "silence", "truncated", "short", "clipped", "nan"]
    lines = [f"wavs/{name}.wav|{text}\n" for name, text in zip(names, texts, strict=True)]
    (folder / "train.txt").write_text("# mine\n" + "".join(lines[:6]) + "wavs/plain.wav|a\x07bell\n")
    (folder / "val.txt").write_text("".join(lines[6:]))
    return [folder / "train.txt", folder / "val.txt"]


def test_mending_makes_copies_and_undo_brings_everything_back(tmp_path, speech):
    lists = _lists(tmp_path, speech)
    originals = {path: path.read_bytes() for path in (tmp_path / "wavs").iterdir()}
    before = [path.read_bytes() for path in lists]
    validate_filelists(None, lists, tmp_path)
    done = repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None))
    assert not done.failed
    assert {path: path.read_bytes() for path in originals} == originals
    after = (tmp_path / "train.txt").read_text()
    assert after.startswith("# mine\nwavs/good.wav|alpha beta\nfixed/wavs/rate.")
    assert "wavs/plain.wav|a bell\n" in after
    assert "truncated" not in after
    assert "truncated.wav" in (tmp_path / "quarantine.txt").read_text()
    left = validate_filelists(None, lists, tmp_path)
    assert not [each for each in left.bad if each.issues[0].kind not in ("same_audio",)]
    mended = {
        path.name.split(".")[0]: read(path, RATE)[0] for path in (tmp_path / "fixed" / "wavs").iterdir()
    }
    assert set(mended) == {"rate", "stereo", "silence"}
    assert len(mended["silence"]) / RATE == pytest.approx(len(speech[2]) / RATE, abs=0.5)
    repair.undo(tmp_path, lists)
    assert [path.read_bytes() for path in lists] == before
    assert not list((tmp_path / "fixed" / "wavs").iterdir())
    with pytest.raises(InputError, match="nothing was fixed"):
        repair.undo(tmp_path, lists)


def test_undo_leaves_a_copy_that_another_list_names(tmp_path, speech):
    lists = _lists(tmp_path, speech)
    validate_filelists(None, lists, tmp_path)
    repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None))
    copies = sorted((tmp_path / "fixed" / "wavs").iterdir())
    kept = copies[0].relative_to(tmp_path)
    (tmp_path / "train.txt.cleaned").write_text(f"{kept}|wˈʌn\n")
    repair.undo(tmp_path, lists)
    assert list((tmp_path / "fixed" / "wavs").iterdir()) == copies[:1]


def test_lists_of_two_folders_are_undone_together_and_share_their_copies(tmp_path, speech):
    lists = _lists(tmp_path, speech)
    others = [tmp_path / name / "train.txt" for name in ("other", "third")]
    for path in others:
        path.parent.mkdir()
        path.write_text("wavs/rate.wav|gamma delta\n")
    validate_filelists(None, [*lists, others[0]], tmp_path)
    with pytest.raises(InputError, match="is not in the folder of"):
        repair.plan_lists(tmp_path, [lists[1], others[0]], None)
    for some in (lists, others[:1]):
        repair.apply(tmp_path, repair.plan_lists(tmp_path, some, None, only=["convert"]))
    before = others[0].read_text()
    undone = repair.undo(tmp_path, lists)
    copy = tmp_path / before.split("|", 1)[0]
    assert (others[0].read_text(), copy.is_file(), undone.not_fixed) == (before, True, [])
    repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None, only=["convert"]))
    undone = repair.undo(tmp_path, [lists[0], *others])
    assert {path.parent for path in undone.lists} == {tmp_path, others[0].parent}
    assert undone.not_fixed == [others[1]]
    assert others[0].read_text() == "wavs/rate.wav|gamma delta\n"
    assert not list((tmp_path / "fixed" / "wavs").iterdir())


def test_the_loudness_of_copies_is_measured_and_it_is_told_by_whom(tmp_path, speech):
    (tmp_path / "wavs").mkdir()
    rows = []
    for number in range(8):
        gain = 0.03 if number == 0 else 1
        write_pcm16(tmp_path / "wavs" / f"{number}.wav", gain * speech[number % 3][number * 300 :], RATE)
        rows.append(f"wavs/{number}.wav|what number {'abcdefgh'[number]} says\n")
    (tmp_path / "train.txt").write_text("".join(rows))
    lists = [tmp_path / "train.txt"]
    validate_filelists(None, lists, tmp_path)
    done = repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None, only=["normalise"]))
    assert not done.failed
    assert "fixed/wavs/0." in lists[0].read_text()


def test_undo_refuses_when_a_list_changed_since(tmp_path, speech):
    lists = _lists(tmp_path, speech)
    validate_filelists(None, lists, tmp_path)
    repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None))
    with (tmp_path / "train.txt").open("a") as file:
        file.write("wavs/new.wav|a line of mine\n")
    with pytest.raises(InputError, match="was changed after it was fixed"):
        repair.undo(tmp_path, lists)


def test_a_mend_on_the_board_is_one_step_of_undo(tmp_path, speech):
    lists = _lists(tmp_path, speech)
    board = open_source(lists, tmp_path)
    measure_clips(tmp_path, [clip.path for clip in board.clips if clip.path])
    figures = StatsCache(tmp_path).find([clip.path for clip in board.clips])
    verdicts = judge_board(board, figures, Requirements(), tmp_path)
    wanted = plan(board, verdicts, range(len(board)), Requirements(), only=("convert",), also=("normalise",))
    assert all(recipe.lufs == -23.0 for recipe in wanted.recipes.values())
    mended = applied(board, wanted, failed=[wanted.recipes[0].target])
    assert mended.clip(0) == board.clip(0)
    assert mended.clip(1).path.startswith("fixed/wavs/rate.")
    assert mended.undone().clips == board.clips
    with pytest.raises(InputError, match='no action "repair"'):
        plan(board, verdicts, [0], Requirements(), only=("repair",))
    assert {kind.fix for kind in KINDS.values()} <= {*ACTIONS, ""}


def test_copies_lie_inside_the_workspace_whatever_their_source():
    for source in (
        "/abs/olute.wav",
        "../../up.wav",
        "a/../b.wav",
        "fixed/wavs/again.1234abcd.wav",
        "wavs/ü.flac",
    ):
        target = Recipe(source, 22050).target
        assert target.startswith("fixed/")
        assert ".." not in target.split("/")
        assert target != source


def test_a_list_that_is_not_cleaned_yet_is_judged_by_what_the_cleaners_write(workspace):
    german = workspace.folder / "filelists" / "german.txt"
    lines = [
        f"wavs/clip{number}.wav|{text}"
        for number, text in enumerate(("Schöne Grüße aus Köln, immer und überall.", "Weiß (ist) es."), 1)
    ]
    workspace.write(german, lines)
    config = workspace.set(text_cleaners=("espeak:de",))
    raw = validate_filelists(config, [german], workspace.folder)
    assert "symbols" not in raw.counts
    assert raw.warnings[0] == f"{german} is not cleaned: judged by what espeak:de would write"
