"""Which clips the table shows, in which order, and what stands in each cell. Plain functions over plain lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from engine.dataset.clips.clip_stats import ClipStats
from engine.dataset.clips.issues import BAD, KINDS, LEFT_OUT, SEVERITIES, SUSPECT, SUSPICIOUS_TEXT, Issue
from engine.dataset.session import PLACES, Board
from engine.errors import InputError
from tui.app import words
from tui.widgets.table import Column

SIGNS = {BAD: "✘", LEFT_OUT: "–", SUSPECT: "!"}
DOUBTFUL = {kind: rank for rank, kind in enumerate(SUSPICIOUS_TEXT)}
FIELDS = ("verdict", "split", "speaker", "is")


@dataclass(frozen=True)
class Known:
    """What was measured and judged, one item a clip; empty before the first look.

    `has_texts`: whether any clip has one; those of a folder of recordings have none before they are transcribed.
    """

    figures: Sequence[ClipStats | None] = ()
    verdicts: Sequence[tuple[Issue, ...]] = ()
    paces: Sequence[float | None] = ()
    has_texts: bool = True

    @cached_property
    def seconds(self) -> list[float | None]:
        """Of every clip; None where it is not known."""
        return [None if heard is None or not heard.frames else heard.seconds for heard in self.figures]

    @cached_property
    def unmeasured(self) -> int:
        """How many clips nobody has measured since they last changed."""
        return sum(heard is None for heard in self.figures)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of verdicts that there are."""
        return frozenset(verdict.kind for verdicts in self.verdicts for verdict in verdicts)

    @cached_property
    def common(self) -> list[str]:
        """The kinds that most clips of a list have, so that the list is likelier at fault."""
        return sorted({each.kind for verdicts in self.verdicts for each in verdicts if each.is_common})

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many clips are bad, and how many are doubtful only."""
        worst = [verdicts[0].severity for verdicts in self.verdicts if verdicts]
        bad = worst.count(BAD)
        return bad, len(worst) - bad


@dataclass(frozen=True, slots=True)
class Shown:
    """A board and what is known of its clips."""

    board: Board
    known: Known = Known()

    def heard(self, index: int) -> ClipStats | None:
        """What was measured of a clip; None: not yet, or its file is gone."""
        found = self.known.figures[index] if self.known.figures else None
        return None if found is None or found.fault == "missing" else found

    def is_waiting(self, index: int) -> bool:
        """Whether nobody has measured it yet."""
        return not self.known.figures or self.known.figures[index] is None

    def judged(self, index: int) -> tuple[Issue, ...]:
        """A clip's verdicts, the gravest first."""
        return self.known.verdicts[index] if self.known.verdicts else ()

    def pace(self, index: int) -> float | None:
        """Characters a second."""
        return self.known.paces[index] if self.known.paces else None

    @property
    def seconds(self) -> list[float | None]:
        """Of every clip; None where it is not known."""
        return self.known.seconds or [None] * len(self.board)


Value = float | str | tuple[int, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of column: its title and cells, the text of a cell, and what it is sorted by (None comes last)."""

    id: str
    column: Column
    cell: Callable[[Shown, int], str]
    value: Callable[[Shown, int], Value | None]


def _number(get: Callable[[ClipStats], float | None], digits: int) -> Callable[[Shown, int], str]:
    def cell(shown: Shown, index: int) -> str:
        heard = shown.heard(index)
        number = None if heard is None or not heard.frames else get(heard)
        return words.UNKNOWN if number is None else f"{number:.{digits}f}"

    return cell


def _measured(get: Callable[[ClipStats], float | None]) -> Callable[[Shown, int], Value | None]:
    def value(shown: Shown, index: int) -> Value | None:
        heard = shown.heard(index)
        return None if heard is None or not heard.frames else get(heard)

    return value


def _figure(name: str, title: str, width: int, get: Callable[[ClipStats], float | None], digits: int) -> Kind:
    return Kind(name, Column(title, width, "right"), _number(get, digits), _measured(get))


def verdict_cell(verdicts: Sequence[Issue]) -> str:
    """`✘ clipped +2`; `ok` for a clean bill."""
    if not verdicts:
        return "ok"
    more = f" +{len(verdicts) - 1}" if len(verdicts) > 1 else ""
    return f"{SIGNS[verdicts[0].severity]} {verdicts[0].kind}{more}"


def _verdict(shown: Shown, index: int) -> str:
    if not shown.judged(index) and shown.is_waiting(index):
        return "…"
    if not shown.judged(index) and not shown.known.has_texts:
        return "sound ok"
    return verdict_cell(shown.judged(index))


def _gravity(shown: Shown, index: int) -> Value | None:
    verdicts = shown.judged(index)
    return (SEVERITIES.index(verdicts[0].severity), verdicts[0].kind) if verdicts else None


def _pace_cell(shown: Shown, index: int) -> str:
    pace = shown.pace(index)
    return words.UNKNOWN if pace is None else f"{pace:.1f}"


_CLIP = Kind(
    "clip",
    Column("clip", 17),
    lambda shown, i: PurePosixPath(shown.board.clip(i).path).stem or "(no path)",
    lambda shown, i: shown.board.clip(i).path,
)
_SPLIT = Kind(
    "split",
    Column("split", 5),
    lambda shown, i: {"quarantine": "quar."}.get(shown.board.place(i), shown.board.place(i)),
    lambda shown, i: float(PLACES.index(shown.board.place(i))),
)
_SPEAKER = Kind(
    "speaker",
    Column("speaker", 8),
    lambda shown, i: shown.board.clip(i).speaker or words.UNKNOWN,
    lambda shown, i: shown.board.clip(i).speaker,
)
_TEXT = Kind(
    "text",
    Column("text", least=8),
    lambda shown, i: shown.board.clip(i).text,
    lambda shown, i: shown.board.clip(i).text,
)
_SECONDS = _figure("seconds", "s", 6, lambda heard: heard.seconds, 2)
_RATE = _figure("rate", "rate", 6, lambda heard: heard.rate, 0)
_LOUDNESS = _figure("loudness", "LUFS", 6, lambda heard: heard.lufs, 1)
_PEAK = _figure("peak", "peak", 5, lambda heard: heard.peak, 2)
_SILENCE = _figure("silence", "sil%", 5, lambda heard: 100 * heard.silence, 0)
_PACE = Kind("pace", Column("ch/s", 5, "right"), _pace_cell, lambda shown, i: shown.pace(i))
_VERDICT = Kind("verdict", Column("verdict", 15), _verdict, _gravity)

KINDS_OF_COLUMNS = {
    kind.id: kind
    for kind in (
        _CLIP,
        _SPLIT,
        _SPEAKER,
        _SECONDS,
        _RATE,
        _LOUDNESS,
        _PEAK,
        _SILENCE,
        _PACE,
        _TEXT,
        _VERDICT,
    )
}
WIDE = 112
_ALL = tuple(name for name in KINDS_OF_COLUMNS if name not in ("text", "verdict"))
# on a narrow terminal the columns come in two faces; left and right turn them
_NARROW = (
    ("clip", "split", "seconds", "pace", "verdict", "text"),
    ("clip", "speaker", "rate", "loudness", "peak", "silence", "verdict"),
)


def columns(width: int, face: int) -> tuple[Kind, ...]:
    """The columns that a table of this width shows."""
    names = (*_ALL, "verdict", "text") if width >= WIDE else _NARROW[face % len(_NARROW)]
    return tuple(KINDS_OF_COLUMNS[name] for name in names)


def order(
    shown: Shown,
    *,
    wanted: str = "",
    by: str = "",
    descending: bool = False,
    selected: Collection[object] = (),
) -> list[int]:
    """The clips that a filter lets through, sorted by a column; "" is the order of the lists.

    Raises:
        InputError: a field that a filter does not know.
    """
    passes = matcher(shown, wanted, selected)
    found = [index for index in range(len(shown.board)) if passes(index)]
    if not by:
        return found[::-1] if descending else found
    value = KINDS_OF_COLUMNS[by].value
    known = [(value(shown, index), index) for index in found]
    ranked = sorted(
        ((each, index) for each, index in known if each is not None),
        key=lambda pair: pair[0],
        reverse=descending,
    )
    return [index for _, index in ranked] + [index for each, index in known if each is None]


def matcher(shown: Shown, wanted: str, selected: Collection[object] = ()) -> Callable[[int], bool]:
    """Whether a clip meets every word: `verdict:clipped`, `split:val`, `speaker:anna`, `is:selected`, or its text.

    Raises:
        InputError: a field that there is not.
    """
    tests: list[Callable[[int], bool]] = []
    for word in wanted.casefold().split():
        name, colon, rest = word.partition(":")
        if colon and name in FIELDS:
            tests.append(_field_test(shown, name, rest, selected))
        elif colon and name.isalpha() and rest:
            fix = f"fields are {', '.join(f'{each}:' for each in FIELDS)}"
            raise InputError(f'there is no field "{name}"', fix=fix)
        else:
            tests.append(_text_test(shown, word))
    return lambda index: all(test(index) for test in tests)


def _text_test(shown: Shown, word: str) -> Callable[[int], bool]:
    def test(index: int) -> bool:
        clip = shown.board.clip(index)
        return word in clip.text.casefold() or word in clip.path.casefold()

    return test


def _field_test(shown: Shown, name: str, rest: str, selected: Collection[object]) -> Callable[[int], bool]:
    board = shown.board
    if name == "split":
        return lambda index: board.place(index).startswith(rest)
    if name == "speaker":
        return lambda index: (board.clip(index).speaker or "").casefold().startswith(rest)
    if name == "is":
        tests: dict[str, Callable[[int], bool]] = {
            "selected": lambda index: index in selected,
            "edited": lambda index: index in board.edited_clips,
        }
        if rest not in tests:
            raise InputError(f'there is no "is:{rest}"', fix=f"it is {' or '.join(f'is:{t}' for t in tests)}")
        return tests[rest]
    return _verdict_test(shown, rest)


def _verdict_test(shown: Shown, rest: str) -> Callable[[int], bool]:
    """`none` is a clean bill, `any` or nothing the rest; else the begin of a kind, or a severity."""
    if rest in ("", "any"):
        return lambda index: bool(shown.judged(index))
    if rest in ("none", "ok"):
        return lambda index: not shown.judged(index)
    rest = rest.replace(" ", "_").replace("-", "_")
    kinds = {kind for kind in KINDS if kind.startswith(rest)}
    kinds |= {kind for kind, about in KINDS.items() if about.severity.replace(" ", "_").startswith(rest)}
    if rest.startswith("susp"):
        kinds |= {kind for kind, about in KINDS.items() if about.severity == SUSPECT}
    if not kinds:
        raise InputError(f'there is no verdict "{rest}"', fix=f"verdicts are {', '.join(KINDS)}")
    return lambda index: any(verdict.kind in kinds for verdict in shown.judged(index))


def doubt(shown: Shown, index: int) -> int | None:
    """How soon a person should look at a clip's text, 0 first; None for nothing suspicious."""
    ranks = [DOUBTFUL[verdict.kind] for verdict in shown.judged(index) if verdict.kind in DOUBTFUL]
    return min(ranks) if ranks else None


def doubtful(shown: Shown, indices: Sequence[int]) -> list[int]:
    """The clips whose texts are suspicious, the most suspicious first."""
    ranked = [
        (rank, place, index)
        for place, index in enumerate(indices)
        if (rank := doubt(shown, index)) is not None
    ]
    return [index for _, _, index in sorted(ranked)]


def symbol(text: str) -> str:
    """A symbol as `check` writes it, so that a space or a combining mark can be found as well: `'é' U+00E9`."""
    shown = text if text.isprintable() and not text.isspace() else ascii(text)[1:-1]
    return f"'{shown}' " + " ".join(f"U+{ord(character):04X}" for character in text)
