"""Every issue is found in real sound that was spoilt, with its reason; `check` and the dataset pane say the same."""

import math
import sqlite3
import struct

import numpy as np
import pytest
import soundfile

from engine.audio.wav import write_pcm16
from engine.dataset import model_text
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.issues import KINDS, Requirements
from engine.dataset.clips.judge import judge
from engine.dataset.clips.measure import measure_clip, measure_clips
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.lists.open_dataset import judge as judge_board
from engine.dataset.lists.open_dataset import open_source
from engine.dataset.repair import apply as repair
from engine.dataset.session import Clip
from engine.errors import InputError
from tests.dataset.conftest import kinds

RATE = 22050


def spoilt(folder, speech):
    """One file for each kind of fault that a file can have."""
    folder.mkdir(exist_ok=True)
    good, silence = speech[0], np.zeros(RATE, np.float32)
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
REASONS = {
    "rate.wav": "16000 Hz, 22050 Hz is needed",
    "same.flac": "good.wav (line 1)",
    "nan.wav": "sample 1000",
    "truncated.wav": "promises",
}


def _kinds(issues):
    return {issue.kind for issue in issues}


def _stats(folder, names):
    measure_clips(folder, names)
    return StatsCache(folder).find(names)


def test_sound_is_judged_by_what_is_wrong_with_it(tmp_path, speech):
    spoilt(tmp_path / "wavs", speech)
    names = [name if "/" in name else f"wavs/{name}" for name in EXPECTED]
    clips = [Clip(name, None, f"sentence {'abcdefghijklmno'[i]}", i + 1) for i, name in enumerate(names)]
    found = judge(clips, _stats(tmp_path, names), Requirements(), tmp_path)
    assert {name: _kinds(issues) for name, issues in zip(EXPECTED, found, strict=True)} == EXPECTED
    assert all(issue.reason and issue.kind in KINDS for issues in found for issue in issues)
    reasons = {name: " ".join(i.reason for i in issues) for name, issues in zip(EXPECTED, found, strict=True)}
    assert [name for name, reason in REASONS.items() if reason not in reasons[name]] == []


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
    [issues] = judge([Clip("a.wav", None, text.strip())], [None], Requirements(), tmp_path)
    assert _kinds(issues) == ({kind} if kind else set())
    assert says in " ".join(issue.reason for issue in issues)


def test_a_transcript_of_another_clip_is_told_by_its_speaking_rate(tmp_path, corpora):
    clips = list(open_source([corpora / "ljspeech" / "metadata.csv"], tmp_path).clips)
    stats = _stats(tmp_path, [clip.path for clip in clips])
    by_length = sorted(range(len(clips)), key=lambda i: len(clips[i].text))
    shortest, longest = by_length[0], by_length[-1]
    before = judge(clips, stats, Requirements(), tmp_path)
    assert sum("speaking_rate" in _kinds(issues) for issues in before) <= 1
    assert "speaking_rate" not in _kinds(before[shortest])
    clips[shortest] = clips[shortest]._replace(text=clips[longest].text)
    assert "speaking_rate" in _kinds(judge(clips, stats, Requirements(), tmp_path)[shortest])


@pytest.mark.parametrize(("names", "known"), [(("anna", "ben"), 0), (None, 1)])
def test_speakers_are_held_to_the_config(tmp_path, names, known):
    clips = [Clip(f"{i}.wav", name, "word" * (i + 1)) for i, name in enumerate(("anna", "0", "9", None))]
    found = judge(clips, [None] * 4, Requirements(n_speakers=2, speakers=names), tmp_path)
    assert [i for i, issues in enumerate(found) if _kinds(issues) != {"speaker"}] == [known]


def test_a_clip_is_measured_once_until_it_changes(tmp_path, speech):
    names = ["good.wav", "other.wav"]
    for name, samples in zip(names, speech, strict=False):
        write_pcm16(tmp_path / name, samples, RATE)
    assert [measure_clips(tmp_path, names).measured for _ in range(2)] == [2, 0]
    write_pcm16(tmp_path / "good.wav", speech[1], RATE)
    assert StatsCache(tmp_path).find(names)[0] is None
    report = measure_clips(tmp_path, names)
    assert (report.measured, report.known) == (1, 1)


@pytest.mark.parametrize(
    "damage", [b"not a database at all", b"", b"SQLite format 3\x00" + b"\xff" * 5000, None]
)
def test_a_cache_that_is_damaged_or_of_another_version_is_put_aside_and_filled_anew(tmp_path, speech, damage):
    write_pcm16(tmp_path / "a.wav", speech[0], RATE)
    cache = StatsCache(tmp_path)
    cache.path.parent.mkdir()
    if damage is None:
        with sqlite3.connect(cache.path) as database:
            database.executescript("CREATE TABLE figures (content); PRAGMA user_version = 2;")
        database.close()
    else:
        cache.path.write_bytes(damage)
    assert cache.find(["a.wav"]) == [None]
    assert measure_clips(tmp_path, ["a.wav"]).measured == 1
    assert cache.find(["a.wav"])[0].rate == RATE


@pytest.mark.parametrize(
    ("gain", "top", "is_clipped"),
    [
        pytest.param(2.0, np.inf, False, id="float wav above 1.0"),
        pytest.param(2.0, 1.0, True, id="cut off at full scale before"),
        pytest.param(4.0, 1.5, True, id="cut off beyond full scale"),
    ],
)
def test_floats_are_judged_by_where_they_are_cut_off(tmp_path, speech, gain, top, is_clipped):
    loud = np.clip(gain * speech[0] / np.abs(speech[0]).max(), -top, top)
    soundfile.write(tmp_path / "a.wav", loud, RATE, subtype="FLOAT")
    assert (measure_clip(tmp_path / "a.wav").clipped > 0) == is_clipped


def test_stereo_of_opposite_phase_is_not_taken_for_silence(tmp_path, speech):
    soundfile.write(tmp_path / "a.wav", np.stack([speech[0], -speech[0]], axis=1), RATE)
    soundfile.write(tmp_path / "b.wav", speech[0], RATE)
    opposite, plain = measure_clip(tmp_path / "a.wav"), measure_clip(tmp_path / "b.wav")
    assert (opposite.silence, opposite.lead_s) == (plain.silence, plain.lead_s)


# whole lists


def _judged(lists, workspace, config):
    """The issues of each clip as the dataset pane finds them."""
    board = open_source(lists, workspace.folder)
    stats = StatsCache(workspace.folder).find([clip.path for clip in board.clips])
    texts = model_text.of_dataset(board, config)
    return board, judge_board(board, stats, Requirements.of(config), workspace.folder, model_texts=texts)


def test_what_most_clips_have_is_said_once_and_takes_none_of_them_out(workspace):
    """German cleaned as Korean, recordings in another folder: the list is at fault, not its clips."""
    for number in range(1, 7):
        workspace.cut(number, 9000)
    lists, config = [workspace.train, workspace.val], workspace.set(max_text_len=1000)
    told = validate_filelists(config, lists, workspace.folder)
    (fault,) = told.list_faults.values()
    assert "4 of 4 clips: more symbols than the clip has frames; are language and cleaner right" in str(fault)
    own = [(each.list, len(each.own)) for each in told.clips]
    assert own == [(workspace.train, 0)] * 4 + [(workspace.val, 1)] * 2, "two are no majority"
    assert repair.plan_lists(workspace.folder, [workspace.train], config).plan.moves == {}
    error = workspace.refused(r"train.txt.cleaned: 4 of 4 clips: .*cleaner right for these texts", config)
    assert len(error.details) == 2
    for number in (1, 2, 3):
        workspace.clip(number).unlink()
    fault = validate_filelists(config, lists, workspace.folder).list_faults[workspace.train, "missing"]
    assert "3 of 4 clips: path missing; are the recordings in the folder" in str(fault)


def test_pane_check_and_fix_judge_raw_lists_alike(workspace):
    """By the phonemes, not by the letters."""
    lists = [workspace.folder / "filelists" / f"german_{name}.txt" for name in ("train", "val")]
    texts = ["Weiß (ist) es nicht, œuvre und Grüße!", "Viel " * 38 + "mehr", "Ein Satz wie viele."]
    workspace.write(lists[0], [f"wavs/clip{i}.wav|{text}" for i, text in enumerate(texts, 1)])
    workspace.write(lists[1], ["wavs/clip5.wav|Noch ein Satz."])
    config = workspace.set(text_cleaners=("espeak:de",), max_text_len=190)
    told = validate_filelists(config, lists, workspace.folder)
    assert told.warnings[0] == f"{lists[0]} is not cleaned: judged by what espeak:de would write"
    assert "symbols" not in told.counts
    _, found = _judged(lists, workspace, config)
    assert found == [each.issues for each in told.clips]
    assert found == repair.plan_lists(workspace.folder, lists, config).issues
    [length] = [issue.reason for issues in found for issue in issues if issue.kind == "text_length"]
    symbols = len(told.clips[1].model_text)
    assert f"{symbols} symbols" in length and symbols != len(texts[1])


def test_text_that_is_not_utf8_is_no_phonemes(workspace):
    raw = workspace.folder / "filelists" / "raw.txt"
    lines = b"wavs/clip1.wav|Caf\xe9 f\xfcr alle\nwavs/clip2.wav|Printing, in the only sense\n"
    raw.write_bytes(lines)
    before = kinds(validate_filelists(workspace.config, [raw], workspace.folder))
    raw.write_bytes(lines.decode("latin-1").encode())
    after = kinds(validate_filelists(workspace.config, [raw], workspace.folder))
    assert "encoding" in before[1] and before[1] - {"encoding"} == after[1]
    assert "symbols" not in after[1]


@pytest.mark.parametrize("end", ["", ".cleaned"])
def test_long_clips_are_left_out_of_training_only(workspace, end):
    """Whichever of the two, raw or cleaned, is checked: to validate on, a clip may be long."""
    config = workspace.set(max_frames=100)
    for listed, is_left_out in ((workspace.train, True), (workspace.val, False)):
        path = listed.with_name(listed.name.removesuffix(".cleaned") + end)
        assert ("long" in validate_filelists(config, [path], workspace.folder).counts) == is_left_out


def test_a_manifest_with_a_line_that_is_no_clip_is_refused_by_its_line(tmp_path):
    (tmp_path / "odd.txt").write_text("wavs/a.wav|One.\none column\n")
    with pytest.raises(InputError, match=r"odd.txt:2: has 1 column where 2 are needed"):
        open_source([tmp_path / "odd.txt"], tmp_path)
    (tmp_path / "odd.txt").write_text("wavs/a.wav|One.\n../gone.wav|Not ours.\n")
    board = open_source([tmp_path / "odd.txt"], tmp_path)
    assert [clip.path for clip in board.clips] == ["wavs/a.wav", "../gone.wav"], "it keeps its name"


def test_a_path_that_climbs_out_is_not_opened(tmp_path, speech):
    """Neither measured nor looked for: what lies there is nobody's business."""
    folder = tmp_path / "voices"
    folder.mkdir()
    write_pcm16(tmp_path / "secret.wav", speech[0], RATE)
    (tmp_path / "secret.txt").write_text("no sound at all")
    names = ("../secret.wav|one", "../secret.txt|two", "wavs/../../secret.txt|three", "../gone|x")
    (folder / "train.txt").write_text("\n".join(names) + "\n")
    told = validate_filelists(None, [folder / "train.txt"], folder)
    assert all([issue.kind for issue in each.issues] == ["path_outside"] for each in told.clips)
    assert not StatsCache(folder).path.exists(), "nothing was measured"
    planned = repair.plan_lists(folder, [folder / "train.txt"], None, only=("convert",))
    assert not planned.plan.recipes
    report = measure_clips(folder, ["../secret.wav"])
    assert (report.measured, report.known, report.missing) == (0, 0, 1)


def test_without_a_config_clips_are_held_to_the_rate_of_the_workspace(workspace):
    assert "rate" not in validate_filelists(None, [workspace.train], workspace.folder).counts
    judged = validate_filelists(None, [workspace.train], workspace.folder, rate=44100)
    assert judged.counts["rate"] == len(judged.clips)
    made = repair.plan_lists(workspace.folder, [workspace.train], None, rate=44100).plan
    assert {recipe.rate for recipe in made.recipes.values()} == {44100}


def test_german_text_with_the_korean_cleaner_is_named_once_for_the_list(workspace):
    """Before anything is measured; a typed language says that it is right all the same."""
    german = "Der Hund ist nicht in dem Haus, und wir haben keine Zeit."
    for path in (workspace.train, workspace.val):
        names = [line.split("|")[0] for line in workspace.lines(path)]
        workspace.write(path.with_suffix(""), [f"{name}|{german}" for name in names])
    lists = {"training_files": "filelists/train.txt", "validation_files": "filelists/val.txt"}
    config = workspace.set(text_cleaners=("korean_cleaners",), cleaned_text=False, **lists)
    sentence = r"train.txt: the texts are not Korean; is this German\? --language de"
    assert workspace.refused(sentence, config).details == ()
    assert not StatsCache(workspace.folder).path.exists()
    workspace.refused(r"cannot be trained on|can be trained on", config, any_language=True)


def test_a_list_that_other_cleaners_have_cleaned_is_refused(workspace):
    config = workspace.set(text_cleaners=("espeak:de",))
    sentence = r"was cleaned by english_cleaners2 .*; clean it again with `vitsdeck preprocess"
    workspace.refused(sentence, config)
    with pytest.raises(InputError, match=sentence):
        validate_filelists(config, [workspace.train], workspace.folder)
