"""Fixing clips: the mildest action, in copies; lists point to them, and undo brings everything back."""

import json

import numpy as np
import pytest
import soundfile

from engine.audio.wav import read, write_pcm16
from engine.dataset.clips.issues import KINDS, Issue, Requirements
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.lists.open_dataset import open_source
from engine.dataset.repair import apply as repair
from engine.dataset.repair.plan import ACTIONS, GENTLE, Recipe, applied, plan
from engine.dataset.session import ALL_SPLITS, Clip, DatasetState
from engine.errors import InputError
from tests.cli_support import vitsdeck
from tests.dataset.test_issues import RATE, spoilt

WORDS = [
    "alpha beta",
    "gamma delta",
    "epsilon zeta",
    "eta theta",
    "iota kappa",
    "lambda my",
    "ny xi",
    "omikron",
]


@pytest.fixture
def lists(tmp_path, speech):
    """Lists of spoilt clips, measured."""
    spoilt(tmp_path / "wavs", speech)
    names = ("good", "rate", "stereo", "silence", "truncated", "short", "clipped", "nan")
    lines = [f"wavs/{name}.wav|{text}\n" for name, text in zip(names, WORDS, strict=True)]
    (tmp_path / "train.txt").write_text("# mine\n" + "".join(lines[:6]) + "wavs/plain.wav|a\x07bell\n")
    (tmp_path / "val.txt").write_text("".join(lines[6:]))
    found = [tmp_path / "train.txt", tmp_path / "val.txt"]
    validate_filelists(None, found, tmp_path)
    return found


def _fix(folder, lists, **options):
    done = repair.apply(folder, repair.plan_lists(folder, lists, None, **options))
    assert not done.failed
    return done


def _copies(folder):
    return sorted((folder / "fixed" / "wavs").iterdir())


def test_fixing_makes_copies_and_undo_brings_everything_back(tmp_path, lists, speech):
    originals = {path: path.read_bytes() for path in (tmp_path / "wavs").iterdir()}
    before = [path.read_bytes() for path in lists]
    _fix(tmp_path, lists)
    assert {path: path.read_bytes() for path in originals} == originals
    after = (tmp_path / "train.txt").read_text()
    assert after.startswith("# mine\nwavs/good.wav|alpha beta\nfixed/wavs/rate.")
    assert "wavs/plain.wav|a bell\n" in after and "truncated" not in after
    assert "truncated.wav" in (tmp_path / "quarantine.txt").read_text()
    left = validate_filelists(None, lists, tmp_path)
    assert {each.issues[0].kind for each in left.bad} <= {"same_audio"}
    copies = {path.name.split(".")[0]: read(path, RATE)[0] for path in _copies(tmp_path)}
    assert set(copies) == {"rate", "stereo", "silence"}
    assert len(copies["silence"]) / RATE == pytest.approx(len(speech[2]) / RATE, abs=0.5)
    repair.undo(tmp_path, lists)
    assert [path.read_bytes() for path in lists] == before
    with pytest.raises(InputError, match="nothing was fixed"):
        repair.undo(tmp_path, lists)


def test_undo_refuses_when_a_list_changed_since(tmp_path, lists):
    _fix(tmp_path, lists)
    with (tmp_path / "train.txt").open("a") as file:
        file.write("wavs/new.wav|a line of mine\n")
    with pytest.raises(InputError, match="was changed after it was fixed"):
        repair.undo(tmp_path, lists)


def test_a_journal_of_the_version_before_can_be_undone(tmp_path, lists):
    """As that version wrote it; its folder and the keys of journal.json must be read as they are."""
    entry = tmp_path / ".vitsdeck" / "mended" / "0001"
    entry.mkdir(parents=True)
    (entry / "0.before").write_text("wavs/good.wav|as it was\n")
    digests = {"train.txt": repair._digest(lists[0].read_bytes())}
    journal = {"v": 1, "folder": str(tmp_path), "lists": digests, "copies": ["wavs/rate.wav"]}
    (entry / "journal.json").write_text(json.dumps(journal))
    assert repair.undo(tmp_path, lists[:1]) == lists[:1]
    assert lists[0].read_text() == "wavs/good.wav|as it was\n"


def test_lists_of_two_folders_are_fixed_and_undone_one_after_the_other(tmp_path, lists):
    other = tmp_path / "other" / "train.txt"
    other.parent.mkdir()
    other.write_text("wavs/rate.wav|gamma delta\n")
    with pytest.raises(InputError, match="is not in the folder of"):
        repair.plan_lists(tmp_path, [lists[1], other], None)
    for some in (lists, [other]):
        _fix(tmp_path, some, only=["convert"])
    with pytest.raises(InputError, match=r"was not fixed together with the other lists"):
        repair.undo(tmp_path, [lists[0], other])
    repair.undo(tmp_path, lists)
    assert repair.undo(tmp_path, [other]) == [other]
    assert other.read_text() == "wavs/rate.wav|gamma delta\n"


def test_a_clip_of_another_loudness_is_normalised(tmp_path, speech):
    (tmp_path / "wavs").mkdir()
    rows = []
    for number, text in enumerate(WORDS):
        gain = 0.03 if number == 0 else 1
        write_pcm16(tmp_path / "wavs" / f"{number}.wav", gain * speech[number % 3][number * 300 :], RATE)
        rows.append(f"wavs/{number}.wav|{text}\n")
    lists = [tmp_path / "train.txt"]
    lists[0].write_text("".join(rows))
    validate_filelists(None, lists, tmp_path)
    _fix(tmp_path, lists, only=["normalise"])
    assert [path.name.split(".")[0] for path in _copies(tmp_path)] == ["0"]
    assert "loudness" not in validate_filelists(None, lists, tmp_path).counts


@pytest.mark.parametrize(
    ("offset", "channels", "subtype"),
    [
        pytest.param(0.4, 1, "PCM_16", id="a constant offset of 0.4 of full scale"),
        pytest.param(-0.06, 1, "PCM_16", id="a small one below zero"),
        pytest.param(0.4, 2, "PCM_16", id="in both channels"),
        pytest.param(0.9, 1, "FLOAT", id="so that a float file exceeds full scale"),
    ],
)
def test_a_constant_offset_is_named_by_check_and_removed_by_fix(tmp_path, speech, offset, channels, subtype):
    clip, lists = speech[0] * 0.5, [tmp_path / "train.txt"]
    (tmp_path / "wavs").mkdir()
    source = tmp_path / "wavs" / "a.wav"
    soundfile.write(source, np.stack([clip + offset] * channels, axis=1), RATE, subtype=subtype)
    lists[0].write_text("wavs/a.wav|in being comparatively modern\n")
    original = source.read_bytes()
    [report] = validate_filelists(None, lists, tmp_path).clips
    [issue] = [each for each in report.issues if each.kind == "offset"]
    assert (issue.severity, issue.fix) == ("suspect", "centre")
    assert issue.reason.startswith("has a constant offset of ")
    _fix(tmp_path, lists)
    copy = tmp_path / lists[0].read_text().split("|")[0]
    np.testing.assert_allclose(read(copy, RATE)[0], clip - clip.mean(), atol=2 / 32768)
    assert source.read_bytes() == original
    assert validate_filelists(None, lists, tmp_path).counts == {}


def test_the_command_and_its_name_before_fix_what_was_asked_for_and_nothing_else(tmp_path, speech):
    (tmp_path / "wavs").mkdir()
    for name, offset in (("a", 0.4), ("b", 0.0)):
        write_pcm16(tmp_path / "wavs" / f"{name}.wav", speech[0] * 0.5 + offset, RATE)
    (tmp_path / "train.txt").write_text("wavs/a.wav|one thing\nwavs/b.wav|another thing\n")
    checked = vitsdeck(tmp_path, "check", "train.txt", "--json")
    assert checked.json["counts"]["offset"] == 1
    for verb in ("fix", "mend"):
        done = vitsdeck(tmp_path, verb, "train.txt", "--only", "centre")
        assert done.returncode == 0, done.stderr
        first, second = (tmp_path / "train.txt").read_text().splitlines()
        assert (first.startswith("fixed/wavs/a."), second) == (True, "wavs/b.wav|another thing")
        assert vitsdeck(tmp_path, verb, "train.txt", "--undo").returncode == 0


def test_blank_lines_are_shown_and_taken_out(workspace):
    lines = workspace.lines(workspace.train)
    workspace.train.write_text("\n".join([*lines[:2], "", "  ", *lines[2:]]) + "\n\n\n", encoding="utf-8")
    lists = [workspace.train, workspace.val]
    told = validate_filelists(workspace.config, lists, workspace.folder)
    assert [each.clip.line for each in told.bad] == [3, 4]
    board = open_source(lists, workspace.folder)
    assert [clip.line for clip in board.clips if clip.fault] == [3, 4]
    assert board.summary()[0].clips == len(lines), "a blank line is no clip"
    divided = board.split(board.split_settings)
    assert [divided.split_of(i) for i, clip in enumerate(board.clips) if clip.fault] == ["train", "train"]
    done = repair.apply(workspace.folder, repair.plan_lists(workspace.folder, lists, workspace.config))
    assert [each.removed for each in done.files if each.lines] == [2]
    assert workspace.train.read_text(encoding="utf-8").rstrip("\n").split("\n") == lines
    assert not validate_filelists(workspace.config, lists, workspace.folder).bad


def test_no_clip_leaves_its_list_while_something_gentler_makes_it_fit():
    ails = [("rate",), ("rate", "clipped"), ("rate", "long"), ("silence", "same_audio"), ("clipped",)]
    ails += [("short", "rate"), ("missing", "empty"), ("missing",), ("control", "rate")]
    issues = [tuple(Issue(kind, kind) for kind in kinds) for kinds in ails]
    everything = range(len(ails))
    clips = [Clip(f"wavs/{i}.wav", None, "a sentence") for i in everything]

    def planned(split, **options):
        board = DatasetState(tuple(clips), bytes([ALL_SPLITS.index(split)]) * len(ails))
        return plan(board, issues, everything, Requirements(), **options)

    made = planned("train")
    assert (set(made.recipes), set(made.changes)) == ({0, 1, 2, 3, 8}, {8})
    assert made.moves == {4: "quarantine", 5: "out", 6: "quarantine", 7: "out"}
    # a folder of recordings: nothing is in a list, so nothing can be taken out of one
    for gentle in (planned("train", only=GENTLE), planned("out")):
        assert (set(gentle.recipes), gentle.moves) == ({0, 1, 2, 3, 5, 8}, {})
    assert {kind.fix for kind in KINDS.values()} <= {*ACTIONS, ""}
    with pytest.raises(InputError, match='no action "repair"'):
        planned("train", only=("repair",))


def test_a_fix_is_one_step_of_undo_and_a_copy_that_failed_is_left_out(tmp_path, lists):
    planned = repair.plan_lists(tmp_path, lists, None)
    board = planned.board
    wanted = plan(
        board, planned.issues, range(len(board)), Requirements(), only=("convert",), also=("normalise",)
    )
    assert all(recipe.lufs == -23.0 for recipe in wanted.recipes.values())
    fixed = applied(board, wanted, failed=[wanted.recipes[0].target])
    assert fixed.clip(0) == board.clip(0)
    assert fixed.clip(1).path.startswith("fixed/wavs/rate.")
    assert fixed.undone().clips == board.clips


@pytest.mark.parametrize(
    "source", ["/abs/olute.wav", "../../up.wav", "a/../b.wav", "fixed/wavs/again.1234abcd.wav", "wavs/ü.flac"]
)
def test_copies_lie_inside_the_workspace_whatever_their_source(source):
    target = Recipe(source, RATE).target
    assert target.startswith("fixed/") and ".." not in target.split("/") and target != source


def test_copies_of_older_recipes_keep_their_names():
    assert Recipe("wavs/a.wav", RATE, True, -23.0).target == "fixed/wavs/a.d64d00e7.wav"
    assert Recipe("wavs/a.wav", RATE, True, -23.0, True).target != "fixed/wavs/a.d64d00e7.wav"
