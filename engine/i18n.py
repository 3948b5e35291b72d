"""Texts that people read, through gettext.

    _("{name} is no longer there").format(name=run.name)
    plural("{n:,} clip", "{n:,} clips", len(clips))

Translations are `locale/LANGUAGE/LC_MESSAGES/vitsdeck.mo` below this package; without one the text stays as it is.
`xgettext -L Python --keyword=_ --keyword=plural:1,2` collects the texts.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from pathlib import Path

MOST_DETAILS = 20  # findings below a sentence; more would push the sentence off the screen
_translation = gettext.translation("vitsdeck", Path(__file__).with_name("locale"), fallback=True)

_ = _translation.gettext


def plural(one: str, many: str, n: int, **values: object) -> str:
    """The text for `n` things, with `{n}` and the values filled in."""
    return _translation.ngettext(one, many, n).format(n=n, **values)


def shortened(items: Sequence[str], most: int = MOST_DETAILS) -> list[str]:
    """The first `most` items, and "and 3 more" as the last one when there are others."""
    left = len(items) - most
    return [*items[:most], _("and {n:,} more").format(n=left)] if left > 0 else list(items)


def translate(text: str) -> str:
    """The translation of a text that is no literal where it is shown, as a command's docstring."""
    return _translation.gettext(text)
