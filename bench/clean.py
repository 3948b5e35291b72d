"""Lines cleaned in a second: ours against `phonemizer.phonemize` called once for each line, as the family does it.

    python bench/clean.py [--lines 20000] [--rounds 3] [LIST ...]

Lines are the transcripts of LJ Speech and LibriSpeech in $VITSDECK_CORPORA (or the last columns of the lists
named), repeated with a number before each so that no two are equal. Both sides get the same words (ASCII, lower
case, no abbreviations) and do that work themselves. Rounds alternate, so that a busy machine slows both; figures
are medians, the ratio is the median of each round's ratio. One line a call is timed on a tenth of the lines.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.languages import NORMALISE, find
from engine.text.cleaners import english, espeak, registry
from engine.text.normalise.european.shared import number_words
from engine.text.parallel import clean_lines
from engine.text.symbols import describe

ROOT = Path(__file__).resolve().parent.parent
CLEANER = "english_cleaners2"
NORMALISER = NORMALISE + find("en").normaliser
SHOWN = 3
TENTH = 10


def corpus_lines(lists: Sequence[Path], count: int) -> list[str]:
    """`count` different lines of real transcripts."""
    if not lists:
        corpora = Path(os.environ.get("VITSDECK_CORPORA") or ROOT.parent / "shared" / "corpora")
        lists = [corpora / name / "metadata.csv" for name in ("ljspeech", "librispeech")]
    texts = [line.split("|")[-1] for path in lists for line in path.read_text(encoding="utf-8").splitlines()]
    said = [number_words(number, "en") for number in range(count // len(texts) + 1)]
    return [f"{said[place // len(texts)]} {texts[place % len(texts)]}" for place in range(count)]


def with_digits(lines: Sequence[str]) -> list[str]:
    """The same with a number in every fourth line."""
    return [line if place % 4 else f"{place} {line}" for place, line in enumerate(lines)]


def one_call_a_line(lines: Sequence[str]) -> list[str]:
    """The family's way: the cleaner's steps, with phonemizer called for every line."""
    import phonemizer

    return [
        phonemizer.phonemize(
            english.written_words(line),
            language="en-us",
            backend="espeak",
            strip=True,
            preserve_punctuation=True,
            with_stress=True,
            punctuation_marks=espeak.MARKS,
        )
        for line in lines
    ]


def one_process(lines: Sequence[str]) -> list[str]:
    """Our cleaner, without other processes."""
    return clean_lines(lines, [CLEANER], workers=1)


def all_cores(lines: Sequence[str]) -> list[str]:
    """Our cleaner as `vitsdeck preprocess` runs it, the start of its processes included."""
    return clean_lines(lines, [CLEANER])


def normalised(lines: Sequence[str]) -> list[str]:
    """The same with the normaliser before it."""
    return clean_lines(lines, [NORMALISER, CLEANER])


@dataclass(frozen=True, slots=True)
class Took:
    """Lines a second, and processor microseconds a line (all processes together: what a busy machine shows best)."""

    rate: float
    cpu_us: float


def timed(function: Callable[[Sequence[str]], list[str]], lines: Sequence[str]) -> tuple[Took, list[str]]:
    """What it took, and what came out."""
    started, before = time.perf_counter(), sum(os.times()[:4])
    cleaned = function(lines)
    seconds, processor = time.perf_counter() - started, sum(os.times()[:4]) - before
    return Took(len(lines) / seconds, processor / len(lines) * 1e6), cleaned


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lists", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    lines = corpus_lines(given.lists, given.lines)
    some = lines[::TENTH]
    versions = ", ".join(f"{name} {version}" for name, version in registry.versions().items())
    print(
        f"{len(lines)} lines, {sum(map(len, lines)) / len(lines):.0f} characters each, {CLEANER}, {versions}"
    )
    for function in (one_call_a_line, normalised):  # both load their libraries before the clock runs
        function(lines[:20])
    names = ("one call a line", "ours, one process", "ours, all cores", "with normaliser", "and numbers")
    found: dict[str, list[Took]] = {name: [] for name in names}
    for _ in range(given.rounds):
        per_line, expected = timed(one_call_a_line, some)
        single, _ = timed(one_process, some)
        together, cleaned = timed(all_cores, lines)
        with_rules, _ = timed(normalised, lines)
        with_numbers, _ = timed(normalised, with_digits(lines))
        for name, took in zip(found, (per_line, single, together, with_rules, with_numbers), strict=True):
            found[name].append(took)
    for name, rounds in found.items():
        pairs = list(zip(rounds, found["one call a line"], strict=True))
        rate = statistics.median(took.rate for took in rounds)
        cpu = statistics.median(took.cpu_us for took in rounds)
        ratio = statistics.median(took.rate / base.rate for took, base in pairs)
        print(f"{name:20}{rate:8.0f} lines/s {ratio:6.2f} x   {cpu:6.0f} processor microseconds a line")
    for name, said in (
        ("with normaliser", "with the normaliser"),
        ("and numbers", "the same with a number in every fourth line"),
    ):
        pairs = list(zip(found[name], found["ours, all cores"], strict=True))
        ratio = statistics.median(took.rate / base.rate for took, base in pairs)
        print(f"{said}: {ratio:.2f} x the lines a second of the cleaner alone")
    _compare(some, expected, cleaned[::TENTH])


def _compare(lines: Sequence[str], theirs: Sequence[str], ours: Sequence[str]) -> None:
    different = [place for place in range(len(lines)) if theirs[place] != ours[place]]
    if not different:
        print(f"outputs are equal on all {len(lines)} lines that both cleaned")
    else:
        print(f"outputs DIFFER on {len(different)} of {len(lines)} lines")
        for place in different[:SHOWN]:
            odd = sorted(set(theirs[place]) ^ set(ours[place]))
            print(
                f"  {lines[place]}\n    {theirs[place]}\n    {ours[place]}\n    {', '.join(map(describe, odd))}"
            )


if __name__ == "__main__":
    main()
