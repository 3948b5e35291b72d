"""The lines of a text as files: what is done is kept, what has changed is spoken again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from engine.audio.wav import Recording
from engine.errors import InputError
from engine.speak import torch_network
from engine.speak.lines import SpokenLines, joined, speak_lines
from engine.speak.manner import Manner
from engine.speak.synthesis import Speaker
from tests.train.conftest import TINY

TEXT = "One here. And more.\n\nTwo there.\nThree.\n"
FILES = ["0001.wav", "0003.wav", "0004.wav"]


@pytest.fixture
def speaker(run: Path) -> Speaker:
    return torch_network.load(run / "G_3.pth", TINY, device="cpu")


def spoken(
    speaker: Speaker, folder: Path, text: str = TEXT, checkpoint: str = "G_3", **how: Any
) -> SpokenLines:
    progress = how.pop("on_progress", lambda _done, _total: None)
    manner = Manner(**({"seed": 1} | how))
    return speak_lines(
        speaker, text, folder, manner, source=Path("book.txt"), checkpoint=checkpoint, on_progress=progress
    )


def test_each_line_is_a_file_and_all_are_joined(speaker: Speaker, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = spoken(speaker, tmp_path / "book", on_progress=lambda *at: told.append(at))
    assert [path.name for path in found.files] == FILES
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    seconds = [soundfile.info(path).duration for path in found.files]
    assert found.spoken == 3 and found.seconds == pytest.approx(sum(seconds))
    joined(found.files, tmp_path / "book.flac", 22050)
    assert soundfile.info(tmp_path / "book.flac").duration == pytest.approx(found.seconds)
    names = [json.loads(line) for line in (tmp_path / "book" / "spoken.jsonl").read_text().splitlines()]
    assert [(each["file"], each["text"]) for each in names][1] == ("0003.wav", "Two there.")


def test_only_what_has_changed_is_spoken_again(speaker: Speaker, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    spoken(speaker, folder)
    before = {name: (folder / name).read_bytes() for name in FILES}
    assert spoken(speaker, folder).spoken == 0
    assert spoken(speaker, folder, TEXT.replace("Three", "Four")).spoken == 1
    assert spoken(speaker, folder).spoken == 1
    (folder / "0003.wav").unlink()
    with (folder / "spoken.jsonl").open("a") as names:
        names.write('{"file": "0001')  # a kill in the middle of a line
    assert [spoken(speaker, folder).spoken for _ in range(2)] == [1, 0]
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    (tmp_path / "pronunciations.txt").write_text("two|=deux\n")
    speaker.text.read_words(tmp_path / "G_3.pth")
    assert spoken(speaker, folder).spoken == 3
    assert spoken(speaker, folder, seed=2).spoken == 3
    assert spoken(speaker, folder, checkpoint="G_4", seed=2).spoken == 3


def test_line_is_a_file_before_the_next_one_is_begun(speaker: Speaker, tmp_path: Path) -> None:
    say, seen = speaker.network.say, []

    def watch(*given: Any) -> Any:
        seen.append(len(list((tmp_path / "book").glob("*.wav"))))
        return say(*given)

    speaker.network.say = watch  # type: ignore[method-assign]
    speaker.network.for_workers = lambda threads: None  # type: ignore[method-assign]
    spoken(speaker, tmp_path / "book")
    assert seen == [0, 0, 1, 2]  # the first line has two sentences


def test_text_without_a_line_is_one_sentence(speaker: Speaker, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is nothing to say"):
        spoken(speaker, tmp_path / "book", " \n\n")


def test_interrupted_lines_are_kept(speaker: Speaker, tmp_path: Path) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spoken(speaker, tmp_path / "book", on_progress=interrupt)
    assert spoken(speaker, tmp_path / "book").spoken == 1
    whole = spoken(speaker, tmp_path / "other")
    for path in whole.files:
        assert (tmp_path / "book" / path.name).read_bytes() == path.read_bytes()


def test_line_that_cannot_be_said_is_named_and_the_others_are_spoken(
    speaker: Speaker, tmp_path: Path
) -> None:
    del speaker.text.table["ʒ"]
    found = spoken(speaker, tmp_path / "book", "One.\nA measure.\n☃\nTwo.")
    assert [path.name for path in found.files] == ["0001.wav", "0004.wav"]
    unknown, nothing = found.faults
    assert unknown.startswith("book.txt:2: the voice does not know these symbols: 'ʒ' U+0292")
    assert nothing.startswith("book.txt:3: there is nothing to say")
    assert all(Recording(path).head.rate == 22050 for path in found.files)
