"""The dataset pane on a terminal: three real corpora from raw folder to cleaned lists by keys alone, and a crash."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from engine.dataset.lists import filelist
from tests.nightly.terminals.terminal import OpenApp, Terminal
from tui.panes import number_key

DATASET = number_key("dataset")
SLOW = 120.0  # seconds for what starts processes on a busy machine
LISTS = ("train", "val", "test")


def few_of(corpus: Path, target: Path, count: int) -> Path:
    """The first clips of a corpus, or one of several from all over it, with their manifest."""
    lines = (corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
    kept = lines[:: max(1, len(lines) // count)]
    target.mkdir()
    (target / "metadata.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    names = {line.partition("|")[0] for line in kept}
    for path in corpus.rglob("*.*"):
        if path.stem in names:
            copy = target / path.relative_to(corpus)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return target


def kept(root: Path, what: str = "clips") -> int:
    """How many unsaved clips lie on the disk."""
    found = list((root / ".vitsdeck" / "drafts").glob("*.json"))
    return len(json.loads(found[0].read_text())[what]) if found else 0


def is_measured(seen: str) -> bool:
    return "not measured" not in seen and "measuring" not in seen and "22,050 Hz" in seen


def open_pane(app: Terminal, *shows: str) -> None:
    app.wait_for("1 Overview", "Workspace", seconds=SLOW)
    app.press(DATASET).wait_for(*(shows or ("o open",)))


def open_lists(app: Terminal, path: str) -> None:
    app.press("o").wait_for("Open a corpus")
    app.type(path)
    app.wait_for(path)
    app.press("enter")


def fix_and_split(app: Terminal, *, by_speaker: bool) -> None:
    """One clip is fixed in a copy, then all are split anew."""
    app.press("f").wait_for("Fix", "trim anyway")
    app.enter("trim anyway").wait_for("1 copy below fixed/", "do it")
    app.press("y").wait_for("unsaved: 1 clip", " fixed/", seconds=SLOW)
    app.press("s").wait_for("Split the clips anew", "would change lists", "[x] F7 sentence")
    if by_speaker:
        app.press("f5").wait_for("[x] F5 speaker", "would change lists")
    app.press("enter").wait_gone("Split the clips anew")


CASES = [
    ("ljspeech", "english_cleaners2", 2),
    ("librispeech", "english_cleaners2", 3),
    ("kerstin_de", "espeak:de", 2),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_raw_folder_becomes_cleaned_lists_by_keys_alone(
    open_app: OpenApp, root: Path, corpora: Path, tmp_path: Path, case: tuple[str, str, int]
) -> None:
    corpus, cleaners, columns = case
    raw = few_of(corpora / corpus, tmp_path / "raw", 10)
    clips = len((raw / "metadata.csv").read_text(encoding="utf-8").splitlines())
    shutil.rmtree(root / "wavs" / "anna")
    app = open_app(80, 24)
    open_pane(app)
    app.press("i").wait_for("Convert recordings")
    app.enter(f"{raw}/").wait_for("samples a s", "22050")
    app.press("enter")
    # it opens the folder's manifest itself, and measures what it does not know
    app.wait_for(f"{clips} clips", "│ 0 bad", "not saved yet", seconds=SLOW)
    app.wait_until(is_measured, SLOW, "a measured corpus")
    fix_and_split(app, by_speaker=columns > 2)
    app.press("w").wait_for("lines changed", "filelists/train.txt", seconds=SLOW)
    app.press("p").wait_for("Clean the texts", "english_cleaners2")
    app.press("ctrl+u")
    app.enter(cleaners).wait_for("written: train.txt.cleaned", seconds=SLOW)
    lists = root / "filelists"
    entries = {name: filelist.read(lists / f"{name}.txt") for name in LISTS}
    cleaned = {name: filelist.read(lists / f"{name}.txt.cleaned") for name in LISTS}
    assert sum(map(len, entries.values())) == clips
    assert sum(each.path.startswith("fixed/") for name in LISTS for each in entries[name]) == 1
    speakers = [{each.speaker for each in entries[name]} for name in LISTS]
    assert columns == 2 or not (speakers[0] & speakers[1] or speakers[2] & (speakers[0] | speakers[1]))
    for name in LISTS:
        assert [each.path for each in cleaned[name]] == [each.path for each in entries[name]]
        assert all((root / each.path).is_file() for each in entries[name])
        assert all("ˈ" in each.text for each in cleaned[name]), "every text is phonemes with stress"
    before = {name: (lists / f"{name}.txt").read_bytes() for name in LISTS}
    app.press("ctrl+q")
    assert app.wait_end() == 0, "nothing is unsaved, so nothing is asked"
    again = open_app(120, 40)
    open_pane(again)
    open_lists(again, "filelists/train.txt")
    if columns > 2:
        again.wait_for("H: name them", seconds=SLOW)
        again.press("H").wait_for("voice.json", "y ")
        again.press("y")
    again.wait_for(f"{clips} clips", "│ 0 bad", "filelists/train.txt", seconds=SLOW)
    assert "unsaved" not in again.text and "not saved" not in again.text
    again.press("w").wait_for("nothing differs", seconds=SLOW)
    assert {name: (lists / f"{name}.txt").read_bytes() for name in LISTS} == before


def test_unsaved_steps_survive_a_kill_and_are_asked_about(open_app: OpenApp, root: Path) -> None:
    lists = root / "filelists"
    for name, count in (("train", 5), ("val", 3), ("test", 2)):
        lines = [f"wavs/anna/{name}{i}.wav|clip {i} of {name}\n" for i in range(count)]
        (lists / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    app = open_app(80, 24)
    open_pane(app)  # which opens the lists by itself
    app.wait_for("10 clips", "10 bad", "clip 0 of train")
    app.press(" ", " ", "v")  # two selected clips go to val
    app.wait_for("unsaved: 2 clips", "2 selected")
    app.press("escape", "end", "enter").wait_for("clip 1 of test", "enter keep")
    app.enter(", repaired").wait_for("unsaved: 3 clips")
    app.wait_until(lambda _: kept(root) == 3, what="a draft of three clips")
    app.press("up", "enter").wait_for("clip 0 of test", "enter keep")
    app.type(", half a wo")
    app.wait_until(lambda _: kept(root, "typed") == 1, what="a draft of what is being typed")
    os.kill(app.pid, signal.SIGKILL)
    assert app.wait_end() == -signal.SIGKILL
    assert "repaired" not in (lists / "test.txt").read_text()
    again = open_app(80, 24)
    open_pane(again, "Take up the unsaved changes?", "3 clips", "1 transcript typed")
    again.press("y").wait_for("clip 0 of test, half a wo", "enter keep")
    again.press("ctrl+r", "escape").wait_for("unsaved: 3 clips")
    again.press("ctrl+q").wait_for("Quit with unsaved changes?", "3 clips")
    again.press("n", "u")  # what was taken up is one step
    again.wait_gone("unsaved")
    again.press("r").wait_for("unsaved: 3 clips")
    again.press("w").wait_gone("unsaved")
    assert (
        lists / "test.txt"
    ).read_text() == "wavs/anna/test0.wav|clip 0 of test\nwavs/anna/test1.wav|clip 1 of test, repaired\n"
    assert len((lists / "val.txt").read_text().splitlines()) == 5
    assert (lists / "train.txt.previous").read_text().count("\n") == 5
    again.press("ctrl+q")
    assert again.wait_end() == 0
    assert kept(root) == 0
