"""Dividing a corpus into train, val and test, the same way every time.

Clips are put in an order that depends on the seed and on each clip's path, never on where its line stands: a
manifest that was shuffled, corrected or grown keeps nearly all clips where they were.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.data.filelist import Entry, as_columns
from engine.errors import InputError
from engine.text.rows import write_rows

NAMES = ("train", "val", "test")
LEAST_CLIPS = len(NAMES)


@dataclass(frozen=True, slots=True)
class Splits:
    """Three lists of clips, each sorted by path; no clip is in two of them."""

    train: list[Entry]
    val: list[Entry]
    test: list[Entry]

    def __iter__(self) -> Iterator[tuple[str, list[Entry]]]:
        """The lists with their names."""
        return iter(zip(NAMES, (self.train, self.val, self.test), strict=True))


def parse_ratios(text: str) -> tuple[float, float, float]:
    """Percentages for train, val and test from a flag as `70,25,5`.

    Raises:
        InputError: not three positive numbers, or they do not add to 100.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f'ratios "{text}" are not numbers', fix="write them as 70,25,5") from None
    return check_ratios(numbers)


def check_ratios(ratios: Sequence[float]) -> tuple[float, float, float]:
    """The same ratios, known to be three positive percentages that add to 100; InputError otherwise."""
    shown = ",".join(f"{ratio:g}" for ratio in ratios)
    if len(ratios) != len(NAMES):
        raise InputError(
            f"ratios {shown} are {len(ratios)}, not 3", fix="name train, val and test, as 70,25,5"
        )
    if not all(math.isfinite(ratio) and ratio > 0 for ratio in ratios):
        raise InputError(f"ratios {shown} must all be above 0", fix="as in 70,25,5")
    if not math.isclose(sum(ratios), 100, abs_tol=1e-6):
        raise InputError(f"ratios {shown} add to {sum(ratios):g}, not 100", fix="as in 70,25,5")
    return (ratios[0], ratios[1], ratios[2])


def split(
    entries: Sequence[Entry], ratios: Sequence[float], seed: int, manifest: str | Path | None = None
) -> Splits:
    """Divide clips by percentages; the same clips, ratios and seed always give the same split.

    Each list gets at least one clip. Every speaker is given one clip of train before the rest is dealt, so
    that no voice is tested that was never trained (as far as train has room).

    Args:
        manifest: where the entries were read, for messages.

    Raises:
        InputError: fewer than 3 clips, bad ratios, or the same audio on two lines.
    """
    ratios = check_ratios(ratios)
    if len(entries) < LEAST_CLIPS:
        what = f"{len(entries)} clip{'s' * (len(entries) != 1)} cannot fill train, val and test"
        raise InputError(what, path=manifest, line=1 if manifest else None, fix="at least 3 are needed")
    _refuse_doubles(entries, manifest)
    order = _speakers_first(sorted(entries, key=lambda entry: _rank(entry, seed)))
    n_train, n_val, _ = counts(len(entries), ratios)
    parts = (order[:n_train], order[n_train : n_train + n_val], order[n_train + n_val :])
    return Splits(*(sorted(part, key=as_columns) for part in parts))


def counts(total: int, ratios: Sequence[float]) -> tuple[int, int, int]:
    """How many clips each list gets: shares rounded down, what is left goes to the largest fractions.

    With 3 clips or more nobody is left empty: an empty list takes one from the largest.
    """
    shares = [total * ratio / 100 for ratio in ratios]
    sizes = [int(share) for share in shares]
    by_fraction = sorted(range(len(shares)), key=lambda i: (sizes[i] - shares[i], i))
    for i in by_fraction[: total - sum(sizes)]:
        sizes[i] += 1
    for i, size in enumerate(sizes):
        if size == 0:
            sizes[sizes.index(max(sizes))] -= 1
            sizes[i] = 1
    return (sizes[0], sizes[1], sizes[2])


def write_splits(splits: Splits, out_dir: str | Path) -> list[Path]:
    """Write train.txt, val.txt and test.txt: all three, or none and the old ones stay.

    Raises:
        InputError: the folder cannot be written to.
    """
    folder = Path(out_dir)
    # a name without meaning for other programs, until all three are on the disk
    staged = {name: folder / f".{name}.txt.new-{os.getpid()}" for name in NAMES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, entries in splits:
            write_rows(staged[name], map(as_columns, entries))
        _replace_all({staged[name]: folder / f"{name}.txt" for name in NAMES})
    except OSError as error:
        raise InputError(f"cannot be written to ({error.strerror})", path=folder) from None
    except InputError as error:
        raise InputError(error.what, path=folder, fix=error.fix) from None
    finally:
        for path in staged.values():
            with contextlib.suppress(OSError):
                path.unlink()
    return [folder / f"{name}.txt" for name in NAMES]


def _replace_all(moves: dict[Path, Path]) -> None:
    """Rename each file to its target; when one fails, those that were replaced before come back."""
    saved: dict[Path, Path] = {}
    done: list[Path] = []
    try:
        for target in moves.values():
            if target.exists():
                saved[target] = target.with_name(f".{target.name}.old-{os.getpid()}")
                saved[target].unlink(missing_ok=True)
                saved[target].write_bytes(target.read_bytes())
        for source, target in moves.items():
            source.replace(target)
            done.append(target)
    except BaseException:
        for target in done:
            with contextlib.suppress(OSError):
                if target in saved:
                    saved[target].replace(target)
                else:
                    target.unlink()
        raise
    finally:
        for path in saved.values():
            path.unlink(missing_ok=True)


def _rank(entry: Entry, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}|{entry.path}".encode()).digest()


def _speakers_first(order: list[Entry]) -> list[Entry]:
    """The first clip of every speaker moved to the front."""
    first: dict[str | None, Entry] = {}
    for entry in order:
        first.setdefault(entry.speaker, entry)
    chosen = {id(entry) for entry in first.values()}
    return [*first.values(), *(entry for entry in order if id(entry) not in chosen)]


def _refuse_doubles(entries: Sequence[Entry], manifest: str | Path | None) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry.path in seen:
            what = f"{entry.path} stands on lines {seen[entry.path].line} and {entry.line}"
            fix = "remove one, or train and test could share the clip"
            raise InputError(what, path=manifest, line=entry.line if manifest else None, fix=fix)
        seen[entry.path] = entry
