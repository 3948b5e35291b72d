"""The lines of a text file as one wav file each; what is done is not spoken again.

    chapter/0001.wav, chapter/0002.wav      a file for each line that says something, by its number in the text
    chapter/spoken.jsonl                    what each file says, and the settings it was spoken with

A line is spoken again where its text, the checkpoint or a setting has changed since, or its file is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio import sink
from engine.audio.wav import Recording
from engine.errors import InputError, cannot_write
from engine.speak.manner import Manner
from engine.speak.synthesis import Speaker
from engine.speak.voice_text import Sentence
from engine.speak.windows import Array

NAMES = "spoken.jsonl"
Record = dict[str, Any]  # a line of spoken.jsonl


@dataclass(slots=True)
class SpokenLines:
    """What came of the lines of a text.

    Attributes:
        files: of all lines that are spoken by now, in the order of the text.
        spoken: how many were spoken this time; seconds: of sound in all files.
        faults: a sentence for each line that cannot be spoken.
    """

    files: list[Path] = field(default_factory=list)
    spoken: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def speak_lines(
    speaker: Speaker,
    text: str,
    folder: Path,
    manner: Manner,
    *,
    source: Path,
    voice: str,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> SpokenLines:
    """Speak each line of a text into a file of its own.

    Args:
        folder: is made where there is none.
        source: the text's file, for messages; voice: what stands for the checkpoint and its version.
        on_progress: called with lines done and in all.

    Raises:
        InputError: a setting outside its limits, or a folder that cannot be written to.
    """
    manner.check(speaker.config)
    lines = {number: line.strip() for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    keys = {number: _key(line, manner, voice) for number, line in lines.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = _read(folder)
        left = {number: line for number, line in lines.items() if not _is_done(folder, known, number, keys)}
        found, done = SpokenLines(), len(lines) - len(left)
        on_progress(done, len(lines))
        jobs = _jobs(speaker, left, manner, source, found.faults)
        with (
            closing(_waves(speaker, jobs, manner)) as waves,
            (folder / NAMES).open("a", encoding="utf-8") as names,
        ):
            for number, wave_L in waves:
                samples = sink.write(folder / _name(number), [wave_L], speaker.network.rate)
                record = {"file": _name(number), "seconds": samples / speaker.network.rate}
                known[number] = record | {"text": lines[number], "key": keys[number]}
                names.write(json.dumps(known[number], ensure_ascii=False) + "\n")
                names.flush()
                found.spoken, done = found.spoken + 1, done + 1
                on_progress(done, len(lines))
    except OSError as error:
        raise cannot_write(error, folder) from None
    there = [number for number in lines if _is_done(folder, known, number, keys)]
    found.files = [folder / _name(number) for number in there]
    found.seconds = sum(known[number]["seconds"] for number in there)
    return found


def joined(files: Iterable[Path], target: Path, rate: int) -> None:
    """Write sound files one after the other into one. Raises InputError: as `sink.write`."""
    sink.write(target, (block_L for file in files for block_L in Recording(file).mono()), rate)


def _jobs(
    speaker: Speaker, lines: Mapping[int, str], manner: Manner, source: Path, faults: list[str]
) -> Iterator[tuple[Sentence, tuple[int, ...]]]:
    """The sentences of each line, the line's number in their seed; what cannot be said becomes a fault."""
    seed = manner.drawn_seed()
    for number, line in lines.items():
        try:
            parts = speaker.text.parts(line, manner.length_scale)
            sentences = [each for each in speaker.text.sentences(parts) if each.ids]
            if not sentences:
                raise speaker.text.nothing_to_say()
        except InputError as error:
            faults.append(str(InputError(error.what, path=source, line=number, fix=error.fix)))
            continue
        for place, sentence in enumerate(sentences):
            yield sentence, (seed, place, number)


def _waves(
    speaker: Speaker, jobs: Iterator[tuple[Sentence, tuple[int, ...]]], manner: Manner
) -> Generator[tuple[int, Array], None, None]:
    """Number and samples of each line that is through."""
    numbers: list[int] = []

    def noted() -> Iterator[tuple[Sentence, tuple[int, ...]]]:
        for job in jobs:
            numbers.append(job[1][-1])
            yield job

    with closing(speaker.spoken(noted(), manner)) as spoken:
        numbered = ((numbers[place], pieces) for place, (_sentence, pieces) in enumerate(spoken))
        for number, of_line in groupby(numbered, key=lambda pair: pair[0]):
            yield number, np.concatenate([piece for _number, pieces in of_line for piece in pieces])


def _name(number: int) -> str:
    return f"{number:04}.wav"


def _key(line: str, manner: Manner, voice: str) -> str:
    return hashlib.sha256(json.dumps([line, asdict(manner), voice]).encode()).hexdigest()


def _read(folder: Path) -> dict[int, Record]:
    """What spoken.jsonl says, by the number of the line; a line that a kill has cut is passed over."""
    known: dict[int, Record] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in (folder / NAMES).read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                record = json.loads(line)
                known[int(record["file"].removesuffix(".wav"))] = record
    return known


def _is_done(folder: Path, known: Mapping[int, Record], number: int, keys: Mapping[int, str]) -> bool:
    record = known.get(number, {})
    return record.get("key") == keys[number] and (folder / _name(number)).is_file()
