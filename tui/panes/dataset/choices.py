"""What there is to open, in the order in which a person looks for it: what was opened last, recordings, lists.

.vitsdeck/opened.json    v, opened: the sources that were opened, the newest first
                         configs: {source: the config that was chosen to judge it, "" for none}
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from engine.dataset.clips.cache import FOLDER
from engine.dataset.lists import open_dataset
from engine.dataset.lists.layouts import manifest_in
from engine.files.atomic import write_json
from engine.workspace import Workspace
from tui.app import words
from tui.dialogs.picker import Choice
from tui.panes.overview.inventory import Inventory, Item, Scanner

_NAME = "opened.json"
_MOST_REMEMBERED = 30
_FEW = ("no", "one", "two", "three", "four")


def remember(root: Path, source: Path) -> None:
    """This was opened last. A workspace that cannot be written to is no obstacle."""
    name = _name(root, source)
    names = [name, *(each for each in opened(root) if each != name)][:_MOST_REMEMBERED]
    _write(root, names, _configs(root))


def opened(root: Path) -> list[str]:
    """What was opened in this workspace, the newest first."""
    names = _read(root, "opened")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def remember_config(root: Path, source: Path, config: Path | None) -> None:
    """This config was chosen to judge this source; None: none."""
    name = _whole(root, source)
    configs = {key: value for key, value in _configs(root).items() if key != name}
    configs[name] = "" if config is None else _name(root, config)
    _write(root, opened(root), dict(list(configs.items())[-_MOST_REMEMBERED:]))


def chosen_config(root: Path, source: Path) -> str | None:
    """The config that was chosen for this source, "" for none; None where nobody chose, or its file has gone."""
    config = _configs(root).get(_whole(root, source))
    return config if not config or os.path.isfile(config) else None  # noqa: PTH113 - any name will do


def _configs(root: Path) -> dict[str, str]:
    found = _read(root, "configs")
    if not isinstance(found, dict):
        return {}
    return {source: config for source, config in found.items() if isinstance(config, str)}


def _name(root: Path, path: Path) -> str:
    return os.path.abspath(root / path)  # noqa: PTH100 - links stay as they are named


def _whole(root: Path, source: Path) -> str:
    """Any list of a split stands for all of it."""
    home = open_dataset.home_of(source)
    return _name(root, source if home is None else open_dataset.sibling(source, home, "train"))


def _read(root: Path, key: str) -> object:
    try:
        return json.loads((root / FOLDER / _NAME).read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(root: Path, names: list[str], configs: dict[str, str]) -> None:
    with contextlib.suppress(OSError):
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        write_json(root / FOLDER / _NAME, {"v": 1, "opened": names, "configs": configs})


def choices(workspace: Workspace) -> list[Choice]:
    """One entry for the lists of a split, one for each manifest and each folder of recordings."""
    ranks = {name: rank for rank, name in enumerate(opened(workspace.root))}

    def order(choice: Choice) -> int:
        return ranks.get(os.path.abspath(choice.key), len(ranks))  # noqa: PTH100

    return sorted(_found(Scanner(workspace).scan()), key=order)


def own(workspace: Workspace) -> list[Path]:
    """What the dataset pane opens by itself, the likeliest first: what was opened last, then lists, then recordings."""
    last = opened(workspace.root)
    found = [Path(choice.key) for choice in _found(Scanner(workspace).scan())]

    def order(path: Path) -> tuple[bool, bool]:
        return os.path.abspath(path) not in last[:1], open_dataset.home_of(path) is None  # noqa: PTH100

    return sorted(found, key=order)


def _found(inventory: Inventory) -> list[Choice]:
    """Corpora, then lists."""
    found = [Choice(str(item.path), item.name, _of_folder(item)) for item in inventory.corpora]
    groups: dict[Path, list[Item]] = {}
    for item in inventory.filelists:
        home = open_dataset.home_of(item.path)
        first = item.path if home is None else open_dataset.sibling(item.path, home, "train")
        groups.setdefault(first, []).append(item)
    for first, items in groups.items():
        key = next((item for item in items if item.path == first), items[0])
        note = _of_lists(items, is_split=open_dataset.home_of(key.path) is not None)
        found.append(Choice(str(key.path), key.path.name, note))
    return found


def _of_folder(item: Item) -> str:
    count = words.plural(item.count or 0, "recording")
    return f"{count}, manifest" if manifest_in(item.path) else f"folder of {count}"


def _of_lists(items: Sequence[Item], *, is_split: bool) -> str:
    if fault := next((item.fault for item in items if item.fault), ""):
        return fault
    lines = words.plural(sum(item.count or 0 for item in items), "line")
    if not is_split:
        return f"manifest, {lines}"
    count = _FEW[len(items)] if len(items) < len(_FEW) else str(len(items))
    return f"{count} list{'s' * (len(items) != 1)}, {lines}"
