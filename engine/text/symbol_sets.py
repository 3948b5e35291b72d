"""Which symbols a config needs, and how they get into it.

A config stores its set as the list `symbols`; an id is a place in that list. Without one it means the English table
of 178, as in the seed family. A stored set is a table of the family, then what the config's cleaner writes in
ordinary text and the table lacks, then what else the lists hold: it only ever grows at its end, so the ids that a
checkpoint was trained with stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.config import Config
from engine.text.cleaners import registry
from engine.text.symbols import ENGLISH_178, MULTILINGUAL_205


def missing(texts: Iterable[str], symbols: Sequence[str] | None) -> dict[str, int]:
    """Symbols of cleaned texts that a set lacks, and how often each stands there; None is the English table."""
    known = frozenset(symbols or ENGLISH_178)
    found: dict[str, int] = {}
    for text in texts:
        for symbol in text:
            if symbol not in known:
                found[symbol] = found.get(symbol, 0) + 1
    return found


def needed(
    cleaner_names: Sequence[str], symbols: Sequence[str] | None = None, occurring: Iterable[str] = ()
) -> tuple[str, ...]:
    """The set that a config with these cleaners needs.

    Args:
        symbols: the set that it has; None where it has none.
        occurring: symbols that its lists hold.

    Returns:
        The set that it has, or the table of its last cleaner, with what is missing appended.
    Raises:
        InputError: an unknown cleaner.
    """
    chosen = [registry.get(name) for name in cleaner_names]
    base = tuple(symbols) if symbols else (chosen[-1].base if chosen else ENGLISH_178)
    appended = [*(chosen[-1].appended if chosen else ()), *sorted(set(occurring))]
    return base + tuple(dict.fromkeys(symbol for symbol in appended if symbol not in base))


def name(symbols: Sequence[str] | None) -> str:
    """A set in words."""
    size = len(symbols or ENGLISH_178)
    known = {ENGLISH_178: " of the English table", MULTILINGUAL_205: " of the multilingual table"}
    return f"{size} symbols{known.get(tuple(symbols or ENGLISH_178), '')}"


def extended(config: Config, texts: Iterable[str]) -> tuple[str, ...] | None:
    """The set that a config should store for these cleaned texts; None where it holds them all as it is."""
    lacks = missing(texts, config.symbols)
    if not lacks:
        return None
    return needed(config.data.text_cleaners, config.symbols, lacks)
