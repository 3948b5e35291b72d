"""What check and the dataset pane say of whole lists: the same sentences, and no fix that empties a list."""

from pathlib import Path

import numpy as np
import pytest

from engine.audio import wav
from engine.dataset import model_text
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.issues import KINDS, Issue, Requirements
from engine.dataset.clips.measure import measure_clips
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.lists.open_dataset import judge, open_source
from engine.dataset.repair import apply as repair
from engine.dataset.repair.plan import ACTIONS, GENTLE, plan
from engine.dataset.session import PLACES, Board, Clip
from engine.errors import InputError
from tests.dataset.conftest import kinds

RATE = 22050


def test_what_most_clips_suffer_from_is_said_once_and_takes_none_of_them_out(workspace):
    """German cleaned as Korean, recordings in another folder: the list is at fault, not its clips."""
    for number in range(1, 7):
        workspace.cut(number, 9000)
    lists, config = [workspace.train, workspace.val], workspace.set(max_text_len=1000)
    told = validate_filelists(config, lists, workspace.folder)
    (fault,) = told.list_faults.values()
    assert "4 of 4 clips: more symbols than the clip has frames; are language and cleaner right" in str(fault)
    assert [each.own for each in told.clips if each.list == workspace.train] == [()] * 4
    assert [len(each.own) for each in told.clips if each.list == workspace.val] == [1, 1], (
        "two are no majority"
    )
    assert repair.plan_lists(workspace.folder, [workspace.train], config).plan.moves == {}
    error = workspace.refused(r"train.txt.cleaned: 4 of 4 clips: .*cleaner right for these texts", config)
    assert len(error.details) == 2
    for number in (1, 2, 3):
        workspace.clip(number).unlink()
    told = validate_filelists(config, lists, workspace.folder)
    assert "3 of 4 clips: path missing; are the recordings in the folder" in str(
        told.list_faults[workspace.train, "missing"]
    )


def test_the_board_and_check_judge_raw_lists_alike(workspace):
    """By the phonemes, not by the letters: the board's symbols, lengths and fits are those of `check`."""
    names = (
        workspace.folder / "filelists" / "german_train.txt",
        workspace.folder / "filelists" / "german_val.txt",
    )
    texts = ["Weiß (ist) es nicht, œuvre und Grüße!", "Viel " * 38 + "mehr", "Ein Satz wie viele."]
    workspace.write(names[0], [f"wavs/clip{i}.wav|{text}" for i, text in enumerate(texts, 1)])
    workspace.write(names[1], ["wavs/clip5.wav|Noch ein Satz."])
    config = workspace.set(text_cleaners=("espeak:de",), max_text_len=190)
    told = validate_filelists(config, names, workspace.folder)
    board = open_source(names, workspace.folder)
    figures = StatsCache(workspace.folder).find([clip.path for clip in board.clips])
    readings = model_text.of_dataset(board, config)
    found = judge(board, figures, Requirements.of(config), workspace.folder, model_texts=readings)
    assert found == [each.issues for each in told.clips]
    assert found == repair.plan_lists(workspace.folder, list(names), config).issues
    [wordy] = [verdict.reason for verdicts in found for verdict in verdicts if verdict.kind == "text_length"]
    assert f"{len(readings[1])} symbols" in wordy
    assert len(readings[1]) != len(texts[1])


def test_text_that_is_not_utf8_is_no_phonemes(workspace):
    raw = workspace.folder / "filelists" / "raw.txt"
    lines = b"wavs/clip1.wav|Caf\xe9 f\xfcr alle\nwavs/clip2.wav|Printing, in the only sense\n"
    raw.write_bytes(lines)
    before = kinds(validate_filelists(workspace.config, [raw], workspace.folder))
    raw.write_bytes(lines.decode("latin-1").encode())
    after = kinds(validate_filelists(workspace.config, [raw], workspace.folder))
    assert "encoding" in before[1]
    assert before[1] - {"encoding"} == after[1]
    assert "symbols" not in after[1]


@pytest.mark.parametrize("end", ["", ".cleaned"])
def test_long_clips_are_left_out_of_training_only(workspace, end):
    """Whichever of the two, raw or cleaned, is checked: to validate on, a clip may be long."""
    config = workspace.set(max_frames=100)
    for listed, is_left_out in ((workspace.train, True), (workspace.val, False)):
        path = listed.with_name(listed.name.removesuffix(".cleaned") + end)
        assert ("long" in validate_filelists(config, [path], workspace.folder).counts) == is_left_out


def test_a_list_that_is_no_split_yet_is_judged_line_by_line_as_check_judges_it(workspace, monkeypatch):
    """Lines that are no clips are shown and stay out; a path that climbs out keeps its name, and is not opened."""
    monkeypatch.chdir(workspace.folder)
    secret = workspace.folder.parent / "secret.wav"
    wav.write_pcm16(secret, np.zeros(RATE), RATE)
    odd = workspace.folder / "filelists" / "odd.txt"
    lines = ["wavs/clip1.wav|One.", "", "../secret.wav|Not ours.", "one column", "wavs/clip2.wav|Two.", ""]
    odd.write_bytes("\r\n".join([*lines, "wavs/clip5.wav|Five.", ""]).encode("latin-1"))
    told = kinds(validate_filelists(workspace.config, [odd], workspace.folder))
    board = open_source([odd], workspace.folder)
    figures = StatsCache(workspace.folder).find([clip.path for clip in board.clips])
    readings = model_text.of_dataset(board, workspace.config)
    found = judge(board, figures, Requirements.of(workspace.config), workspace.folder, model_texts=readings)
    shown = {
        clip.line: {verdict.kind for verdict in verdicts}
        for clip, verdicts in zip(board.clips, found, strict=True)
    }
    assert {line: kinds for line, kinds in shown.items() if kinds} == {
        line: kinds for line, kinds in told.items() if kinds
    }
    assert "path_outside" in shown[3] and "blank" in shown[2]
    assert {board.place(index) for index, clip in enumerate(board.clips) if not clip.path} == {"out"}


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
    assert [divided.place(i) for i, clip in enumerate(board.clips) if clip.fault] == ["train", "train"]
    done = repair.apply(workspace.folder, repair.plan_lists(workspace.folder, lists, workspace.config))
    assert [each.removed for each in done.files if each.lines] == [2]
    assert workspace.train.read_text(encoding="utf-8").rstrip("\n").split("\n") == lines
    assert not validate_filelists(workspace.config, lists, workspace.folder).bad


def test_without_a_config_clips_are_held_to_the_rate_of_the_workspace(workspace):
    assert "rate" not in validate_filelists(None, [workspace.train], workspace.folder).counts
    judged = validate_filelists(None, [workspace.train], workspace.folder, rate=44100)
    assert judged.counts["rate"] == len(judged.clips)
    made = repair.plan_lists(workspace.folder, [workspace.train], None, rate=44100).plan
    assert {recipe.rate for recipe in made.recipes.values()} == {44100}


def _board(place: str, count: int) -> Board:
    clips = [Clip(f"wavs/{i}.wav", None, "a sentence") for i in range(count)]
    return Board.of(clips, bytes([PLACES.index(place)]) * count)


def test_no_clip_leaves_its_list_while_something_gentler_makes_it_fit():
    ails = [("rate",), ("rate", "clipped"), ("rate", "long"), ("silence", "same_audio"), ("clipped",)]
    ails += [("short", "rate"), ("missing", "empty"), ("missing",), ("control", "rate")]
    verdicts = [tuple(Issue(kind, kind) for kind in kinds) for kinds in ails]
    everything = range(len(ails))
    made = plan(_board("train", len(ails)), verdicts, everything, Requirements())
    assert set(made.recipes) == {0, 1, 2, 3, 8}
    assert set(made.changes) == {8}
    assert made.moves == {4: "quarantine", 5: "out", 6: "quarantine", 7: "out"}
    gentle = plan(_board("train", len(ails)), verdicts, everything, Requirements(), only=GENTLE)
    assert set(gentle.recipes) == {0, 1, 2, 3, 5, 8}
    assert not gentle.moves
    # a folder of recordings: nothing is in a list, so nothing can be taken out of one
    folder = plan(_board("out", len(ails)), verdicts, everything, Requirements())
    assert set(folder.recipes) == {0, 1, 2, 3, 5, 8}
    assert not folder.moves
    assert {kind.fix for kind in KINDS.values()} <= {*ACTIONS, ""}


def test_a_path_that_climbs_out_is_not_opened(tmp_path: Path):
    """Neither measured nor looked for: what lies there is nobody's business."""
    folder = tmp_path / "voices"
    folder.mkdir()
    rng = np.random.default_rng(1)
    wav.write_pcm16(tmp_path / "secret.wav", rng.normal(0, 0.1, RATE).astype(np.float32), RATE)
    (tmp_path / "secret.txt").write_text("no sound at all")
    (folder / "train.txt").write_text(
        "../secret.wav|one\n../secret.txt|two\nwavs/../../secret.txt|three\n../gone|x\n"
    )
    told = validate_filelists(None, [folder / "train.txt"], folder)
    assert all([verdict.kind for verdict in each.issues] == ["path_outside"] for each in told.clips)
    assert not StatsCache(folder).path.exists(), "nothing was measured"
    board = open_source([folder / "train.txt"], folder)
    assert not plan(
        board, [each.issues for each in told.clips], [0, 1], Requirements(), only=(), also=("convert",)
    ).recipes
    report = measure_clips(folder, ["../secret.wav"])
    assert (report.measured, report.known, report.missing) == (0, 0, 1)


def test_german_text_with_the_korean_cleaner_is_named_once_for_the_list(workspace):
    """Before anything is measured; a typed language says that it is right all the same."""
    sentences = [
        "Der Hund ist nicht in dem Haus und das ist auch gut.",
        "Wir haben ein Auto, aber keine Zeit.",
    ]
    for path in (workspace.train, workspace.val):
        lines = [f"{line.split('|')[0]}|{sentences[i % 2]}" for i, line in enumerate(workspace.lines(path))]
        workspace.write(path.with_suffix(""), lines)
    lists = {"training_files": "filelists/train.txt", "validation_files": "filelists/val.txt"}
    config = workspace.set(text_cleaners=("korean_cleaners",), cleaned_text=False, **lists)
    sentence = r"train.txt: the texts are not Korean; is this German\? --language de"
    assert workspace.refused(sentence, config).details == ()
    assert not StatsCache(workspace.folder).path.exists()
    workspace.refused(r"cannot be trained on|can be trained on", config, any_language=True)


def test_a_list_that_other_cleaners_have_cleaned_is_refused(workspace):
    config = workspace.set(text_cleaners=("espeak:de",))
    sentence = (
        r"train.txt.cleaned: was cleaned by english_cleaners2 .*; clean it again with `vitsdeck preprocess"
    )
    workspace.refused(sentence, config)
    with pytest.raises(InputError, match=sentence):
        validate_filelists(config, [workspace.train], workspace.folder)
