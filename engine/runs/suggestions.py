"""Changes of its config that a run suggests, such as shorter segments after it ran out of memory.

A trainer writes an `offer` event; `apply` writes the run's config.json, which the next start reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import config
from engine.errors import InputError, cannot_read, cannot_write
from engine.files import atomic
from engine.i18n import _

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Offer:
    """`changes` are keys of config.json as `train.segment_size`, with their new values."""

    id: str
    text: str
    changes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, before and after; `old` None where the config does not name it."""

    key: str
    old: Any
    new: Value


def from_event(event: Mapping[str, Any]) -> Offer | None:
    """The offer of an `offer` event; None for anything else, and for one without valid changes."""
    found, text, name = event.get("changes"), event.get("text"), event.get("id")
    if event.get("kind") != "offer" or not isinstance(found, dict) or not isinstance(text, str):
        return None
    if not found or not all(isinstance(value, int | float | str) for value in found.values()):
        return None
    return Offer(name if isinstance(name, str) else "", text, tuple(found.items()))


def changes(folder: str | Path, offer: Offer) -> list[Change]:
    """What applying would change now: [] once the config says all of it, and where it cannot be read."""
    try:
        return _changes(_read(Path(folder) / "config.json"), offer)
    except InputError:
        return []


def apply(folder: str | Path, offer: Offer) -> list[Change]:
    """Write the offer into the run's config.json, atomically; returns what changed.

    Raises:
        InputError: the config cannot be read or written, or would not be valid with the change; it stays as it was.
    """
    path = Path(folder) / "config.json"
    tree = _read(path)
    changed = _changes(tree, offer)
    for key, value in offer.changes:
        section, _dot, name = key.partition(".")
        if not name or not isinstance(tree.get(section), dict):
            raise InputError(
                _("{key}: no such setting").format(key=key), path=path, fix=_("change the config by hand")
            )
        tree[section][name] = value
    checked = config.parse(json.dumps(tree, indent=2), path)
    try:
        atomic.write_text(path, checked.to_json())
    except OSError as error:
        raise cannot_write(error, path) from None
    return changed


def _read(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise cannot_read(error, path) from None
    except (ValueError, RecursionError):
        raise InputError(_("is not JSON"), path=path) from None
    if not isinstance(tree, dict):
        raise InputError(_("is not a config"), path=path)
    return tree


def _changes(tree: Mapping[str, Any], offer: Offer) -> list[Change]:
    changed = []
    for key, new in offer.changes:
        section, _dot, name = key.partition(".")
        values = tree.get(section)
        old = values.get(name) if isinstance(values, dict) else None
        if old != new:
            changed.append(Change(key, old, new))
    return changed
