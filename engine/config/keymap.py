"""Keys of one's own for the dashboard: section [keys] of vitsdeck.toml, action = "key" or a list of keys."""

from __future__ import annotations

import re
from pathlib import Path

from engine.config import reader
from engine.config.settings import KEYS
from engine.errors import InputError
from engine.i18n import _


def read_keymap(path: Path) -> dict[str, tuple[str, ...]]:
    """Action -> its keys, as the file says.

    Raises:
        InputError: the file cannot be read, or [keys] holds something else.
    """
    source = reader.read(path)
    table = source.tree.get(KEYS, {})
    if not isinstance(table, dict):
        raise source.fault(KEYS, _("must be a section"), _("write [keys] on a line of its own"))
    found: dict[str, tuple[str, ...]] = {}
    for action, value in table.items():
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
            raise fault(path, action, _("is no key"), _('write "training.stop_run" = "S", or a list of keys'))
        found[action] = tuple(keys)
    return found


def fault(path: Path, action: str, what: str, fix: str) -> InputError:
    """An error about one line of the section."""
    lines = path.read_text(encoding="utf-8").splitlines()
    own = re.compile(rf"\s*([\"']?){re.escape(action)}\1\s*=")
    line = next((number for number, text in enumerate(lines, 1) if own.match(text)), None)
    return InputError(f"{action}: {what}", path=path, line=line, fix=fix)
