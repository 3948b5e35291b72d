"""Chooses few sentences to record for a new voice, in which every phoneme and the common pairs of phonemes occur.

`choose` is a greedy cover: next comes the sentence with the most new phonemes, then the one whose new pairs are the
most frequent in the source per second of reading. A gain can only fall while others are chosen, so it is computed
again only at the top of a heap: a choice from 20,000 sentences takes seconds.
"""

from __future__ import annotations

import heapq
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.i18n import _
from engine.text.paragraphs import paragraphs
from engine.text.rows import bytes_of
from engine.text.sentences import stretches
from engine.text.symbols import PUNCTUATION, describe

PHONEMES_A_SECOND = 12.0  # of a calm reader
SHORTEST_S, LONGEST_S = 2.0, 8.0  # of a sentence that reads well
FEWEST_WORDS, MOST_WORDS = 3, 15
MOST_CHARACTERS = 200  # longer ones are never chosen
PAUSE_S = 3.0  # to find the next sentence and take a breath
_OWN = Path(__file__).parent / "prompt_sentences"
_LESS = 0.1  # factor for the gain of a sentence that is too short or too long
_COMMON = 0.95  # the common pairs make up this share of all occurrences

_PAUSES = frozenset(PUNCTUATION + "。、，！？；：「」『』()") - {" "}
_STRESS = frozenset("ˈˌ")
_TONES = frozenset("↓↑→↗↘")
_WRITTEN = frozenset(PUNCTUATION + "'’‘‚„‹›–-。、，！？；：「」『』ー・")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """The sentences of a text that can be prompts.

    Attributes:
        sentences: each once, in the order of the text.
        left_out: how many were rejected, by reason.
    """

    sentences: tuple[str, ...]
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the chosen sentences cover of their source.

    Attributes:
        phonemes, pairs, common: how many different ones occur; `common` are the pairs that make up 95% of the source.
        of_phonemes, of_pairs, of_common: how many the source has.
        share: of all occurrences of pairs in the source, those of pairs that occur.
        missing: phonemes that do not occur, the most frequent first.
        missing_pairs: the same of the pairs, as "te".
    """

    phonemes: int
    of_phonemes: int
    pairs: int
    of_pairs: int
    common: int
    of_common: int
    share: float
    missing: tuple[str, ...]
    missing_pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Places of the chosen sentences in their source, the most useful first, what they cover, and their seconds."""

    places: tuple[int, ...]
    coverage: Coverage
    seconds: float


def own_languages() -> list[str]:
    """Codes of the languages with sentences of ours."""
    return sorted(path.stem for path in _OWN.glob("*.txt"))


def own_sentences(language: str) -> Source:
    """Our sentences in a language; one a line.

    Raises:
        InputError: there are none.
    """
    if language not in own_languages():
        what = _("there are sentences in {languages} only, not in {language}").format(
            languages=", ".join(own_languages()), language=language
        )
        raise InputError(what, fix=_("give a text with --from FILE"))
    return read(_OWN / f"{language}.txt")


def read(path: str | Path, language: str = "") -> Source:
    """The sentences of a text file, wrapped or not, or of a list with bars.

    Args:
        language: its code, as in `stretches`.

    Raises:
        InputError: no such file, not UTF-8, or no sentence that can be a prompt.
    """
    path = Path(path)
    try:
        text = bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(_("is not UTF-8"), path=path, line=line, fix=_("save the file as UTF-8")) from None
    source = sentences_of(text, language)
    if not source.sentences:
        details = [
            _("{n:,} left out: {reason}").format(n=count, reason=reason)
            for reason, count in source.left_out.items()
        ]
        raise InputError(
            _("holds no sentence to read"), path=path, fix=_("give another text"), details=details
        )
    return source


def sentences_of(text: str, language: str = "") -> Source:
    """The sentences of a text that a speaker and the cleaners read alike."""
    found: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    for paragraph in _paragraphs(text):
        for stretch in stretches(paragraph, longest=len(paragraph) + 1, language=language):
            sentence = " ".join(stretch.text.split())
            key = " ".join(_WORD.findall(sentence)).casefold()
            fault = "the same again" if key in found else _fault(sentence)
            if fault:
                left_out[fault] += 1
            else:
                found[key] = sentence
    return Source(tuple(found.values()), dict(left_out.most_common()))


def phonemes(cleaned: str) -> list[list[str]]:
    """The phonemes between the pauses of a cleaned text, each with its length and tone, without stress."""
    parts: list[list[str]] = [[]]
    for symbol in cleaned:
        kind = unicodedata.category(symbol)
        if symbol in _PAUSES:
            parts.append([])
        elif symbol in _STRESS:
            continue
        elif kind in ("Lm", "Mn", "Nd", "Sk") or symbol in _TONES:
            if parts[-1]:
                parts[-1][-1] += symbol
        elif kind.startswith("L"):
            parts[-1].append(symbol)
    return [part for part in parts if part]


def choose(sentences: Sequence[str], cleaned: Sequence[str], count: int) -> Choice:
    """The sentences to record, the most useful first.

    Once everything occurs, the cover starts again with the remaining sentences.

    Args:
        sentences: as `sentences_of` gives them.
        cleaned: the same through the cleaners of the voice.
        count: how many at most.
    """
    table = _Table(sentences, cleaned)
    places: list[int] = []
    waiting = list(range(len(sentences)))
    while waiting and len(places) < count:
        chosen = list(table.cover(waiting, count - len(places)))
        if not chosen:
            break
        places += chosen
        waiting = sorted(set(waiting) - set(chosen))
    return Choice(tuple(places), table.coverage(places), sum(table.seconds[place] for place in places))


class _Table:
    """The phonemes and pairs ("te") of every sentence, and how often each occurs in all of them."""

    def __init__(self, sentences: Sequence[str], cleaned: Sequence[str]) -> None:
        self.singles: list[tuple[str, ...]] = []
        self.pairs: list[tuple[str, ...]] = []
        self.seconds: list[float] = []
        self.fits: list[float] = []
        self._count: Counter[str] = Counter()
        self._pair_count: Counter[str] = Counter()
        for sentence, text in zip(sentences, cleaned, strict=True):
            self._add(sentence, phonemes(text))

    def _add(self, sentence: str, parts: list[list[str]]) -> None:
        singles = [each for part in parts for each in part]
        pairs = ["".join(two) for part in parts for two in itertools.pairwise(part)]
        self._count.update(singles)
        self._pair_count.update(pairs)
        self.singles.append(tuple(dict.fromkeys(singles)))
        self.pairs.append(tuple(dict.fromkeys(pairs)))
        seconds, words = len(singles) / PHONEMES_A_SECOND, len(sentence.split())
        has_length = words == 1 or FEWEST_WORDS <= words <= MOST_WORDS  # one: a script without spaces
        self.seconds.append(seconds)
        self.fits.append(1.0 if has_length and SHORTEST_S <= seconds <= LONGEST_S else _LESS)

    def cover(self, places: Sequence[int], most: int) -> Iterator[int]:
        """Places of those that together hold all that is in any of them; `most` at most."""
        held: set[str] = set()
        held_pairs: set[str] = set()

        def less(place: int) -> tuple[float, float, int]:
            """Sorts before others what gains more; of equals the first in the text."""
            new = sum(each not in held for each in self.singles[place])
            frequent = sum(self._pair_count[two] for two in self.pairs[place] if two not in held_pairs)
            fit = self.fits[place]
            return (-new * fit, -frequent * fit / (PAUSE_S + self.seconds[place]), place)

        heap = [less(place) for place in places]
        heapq.heapify(heap)
        while heap and most:
            place = heapq.heappop(heap)[2]
            now = less(place)
            if heap and now > heap[0]:
                heapq.heappush(heap, now)
            elif now[:2] == (0, 0):
                return
            else:
                held.update(self.singles[place])
                held_pairs.update(self.pairs[place])
                most -= 1
                yield place

    def coverage(self, places: Sequence[int]) -> Coverage:
        """What these sentences hold of all."""
        held = {each for place in places for each in self.singles[place]}
        held_pairs = {each for place in places for each in self.pairs[place]}
        counted = self._pair_count.most_common()
        before = itertools.accumulate((times for _unused, times in counted), initial=0)
        total = self._pair_count.total()
        common = {
            pair
            for (pair, _unused), reached in zip(counted, before, strict=False)
            if reached < _COMMON * total
        }
        return Coverage(
            phonemes=len(held),
            of_phonemes=len(self._count),
            pairs=len(held_pairs),
            of_pairs=len(counted),
            common=len(common & held_pairs),
            of_common=len(common),
            share=sum(self._pair_count[each] for each in held_pairs) / total if total else 1.0,
            missing=tuple(each for each, _unused in self._count.most_common() if each not in held),
            missing_pairs=tuple(pair for pair, _unused in counted if pair not in held_pairs),
        )


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs without headings; of a list with bars the last column of each line."""
    lines = ["" if line.lstrip().startswith("#") else line for line in text.splitlines()]
    if "|" in text:
        yield from filter(None, (line.rpartition("|")[2].strip() for line in lines))
    else:
        yield from paragraphs("\n".join(lines))


def _fault(sentence: str) -> str:
    """Why a sentence cannot be a prompt; "" for nothing."""
    letters = [letter for letter in sentence if letter.isalpha()]
    if any(unicodedata.category(each) in ("Nd", "Nl", "No") for each in sentence):
        return _("digits, which people read in several ways")
    strange = [each for each in sentence if not _is_written(each)]
    if strange:
        return (
            _("signs, as {sign}").format(sign=describe(strange[0]))
            if strange[0].isprintable()
            else _("control characters")
        )
    if not letters:
        return _("no letters")
    if len(sentence) > MOST_CHARACTERS:
        return _("longer than {n} characters").format(n=MOST_CHARACTERS)
    if len(letters) > 1 and all(letter.isupper() for letter in letters):
        return _("capitals only")
    return ""


def _is_written(character: str) -> bool:
    return character in _WRITTEN or unicodedata.category(character)[0] in ("L", "M")
