"""The lines of a text file as one wav file each; what is done is not spoken again.

    chapter/0001.wav, chapter/0002.wav      a file for each line that says something, by its number in the text
    chapter/spoken.jsonl                    what each file says, and the settings it was spoken with

A line is spoken again where its text, the checkpoint, a pronunciation or a setting has changed since, or its file is
gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio import sink
from engine.audio.wav import Recording
from engine.errors import InputError, cannot_write
from engine.files.permissions import write_own
from engine.speak.manner import Manner
from engine.speak.synthesis import Job, Speaker
from engine.speak.windows import Array

RECORDS = "spoken.jsonl"
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
    checkpoint: str,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> SpokenLines:
    """Speak each line of a text into a file of its own.

    Args:
        folder: is made where there is none.
        source: the text's file, for messages; checkpoint: what stands for it and its version.
        on_progress: called with lines done and in all.

    Raises:
        InputError: a setting outside its limits, no line that says something, or a folder that cannot be written to.
    """
    manner.check(speaker.config)
    lines = {number: line.strip() for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    if not lines:
        raise speaker.text.nothing_to_say()
    of_voice = f"{checkpoint} {_digest(speaker)}"
    keys = {number: _key(line, manner, of_voice) for number, line in lines.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = {
            number: row for number, row in _read(folder).items() if _is_done(folder, row, keys.get(number))
        }
        left = {number: line for number, line in lines.items() if number not in known}
        found, done = SpokenLines(), len(known)
        on_progress(done, len(lines))
        jobs = _jobs(speaker, left, manner, source, found.faults)
        write_own(folder / RECORDS, "".join(f"{_json(known[number])}\n" for number in sorted(known)))
        with (
            closing(_waves(speaker, jobs, manner)) as waves,
            (folder / RECORDS).open("a", encoding="utf-8") as records,
        ):
            for number, wave_L in waves:
                samples = sink.write(folder / _name(number), [wave_L], speaker.network.rate)
                record = {"file": _name(number), "seconds": samples / speaker.network.rate}
                known[number] = record | {"text": lines[number], "key": keys[number]}
                records.write(f"{_json(known[number])}\n")
                records.flush()
                found.spoken, done = found.spoken + 1, done + 1
                on_progress(done, len(lines))
    except OSError as error:
        raise cannot_write(error, folder) from None
    found.files = [folder / _name(number) for number in sorted(known)]
    found.seconds = sum(record["seconds"] for record in known.values())
    return found


def joined(files: Iterable[Path], target: Path, rate: int) -> None:
    """Write sound files one after the other into one. Raises InputError: as `sink.write`."""
    sink.write(target, (block_L for file in files for block_L in Recording(file).mono()), rate)


def _jobs(
    speaker: Speaker, lines: Mapping[int, str], manner: Manner, source: Path, faults: list[str]
) -> Iterator[tuple[Job, int]]:
    """The sentences of each line; with the last of a line its number, else 0. What cannot be said becomes a fault."""
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
            yield (sentence, (seed, place, number)), number if place == len(sentences) - 1 else 0


def _waves(
    speaker: Speaker, jobs: Iterator[tuple[Job, int]], manner: Manner
) -> Generator[tuple[int, Array], None, None]:
    """Number and samples of each line as soon as it is through."""
    ends: deque[int] = deque()

    def noted() -> Iterator[Job]:
        for job, end in jobs:
            ends.append(end)
            yield job

    pieces: list[Array] = []
    with closing(speaker.spoken(noted(), manner)) as spoken:
        for _sentence, waves in spoken:
            pieces += waves
            if number := ends.popleft():
                yield number, np.concatenate(pieces)
                pieces = []


def _digest(speaker: Speaker) -> str:
    """What of a voice decides on its sound, beside the checkpoint."""
    text, network = speaker.text, speaker.network
    return repr(
        [network.runtime, network.precision, text.config.data.cleaning, sorted(text.words.words.items())]
    )


def _name(number: int) -> str:
    return f"{number:04}.wav"


def _key(line: str, manner: Manner, voice: str) -> str:
    return hashlib.sha256(json.dumps([line, asdict(manner), voice]).encode()).hexdigest()


def _read(folder: Path) -> dict[int, Record]:
    """What spoken.jsonl says, by the number of the line; a line that a kill has cut is passed over."""
    known: dict[int, Record] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in (folder / RECORDS).read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                record = json.loads(line)
                known[int(record["file"].removesuffix(".wav"))] = record
    return known


def _is_done(folder: Path, record: Record, key: str | None) -> bool:
    return record.get("key") == key and (folder / str(record["file"])).is_file()


def _json(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)
