"""What there is to open: what was opened last comes first, then recordings, then lists.

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
from engine.i18n import _, plural
from engine.workspace import Workspace
from tui.dialogs.picker import Choice
from tui.dialogs.source import SourceScreen
from tui.panes.dataset.session import Session, open_session
from tui.panes.overview.inventory import Inventory, Item, Scanner

_NAME = "opened.json"
_MOST_REMEMBERED = 30


def open_dialog(workspace: Workspace) -> SourceScreen:
    """Asks for a folder of audio, a manifest or lists."""
    return SourceScreen(_("Open a corpus"), workspace.root, lambda: choices(workspace))


def remember(root: Path, source: Path) -> None:
    """Note that this was opened last, unless the workspace cannot be written to."""
    names, configs = _remembered(root)
    name = _name(root, source)
    _write(root, [name, *(each for each in names if each != name)], configs)


def remember_config(root: Path, source: Path, config: Path | None) -> None:
    """Note that this config was chosen to judge this source; None: none."""
    names, configs = _remembered(root)
    configs.pop(_whole(root, source), None)
    configs[_whole(root, source)] = "" if config is None else _name(root, config)
    _write(root, names, configs)


def chosen_config(root: Path, source: Path) -> str | None:
    """The config that was chosen for this source, "" for none; None where nobody chose, or its file has gone."""
    config = _remembered(root)[1].get(_whole(root, source))
    return config if not config or os.path.isfile(config) else None  # noqa: PTH113 - any name will do


def _remembered(root: Path) -> tuple[list[str], dict[str, str]]:
    """Sources, the newest first, and configs by their source, the newest last."""
    try:
        content = json.loads((root / FOLDER / _NAME).read_text(encoding="utf-8"))
        return list(map(str, content["opened"])), dict(content.get("configs") or {})
    except (OSError, ValueError, KeyError, TypeError):
        return [], {}


def _write(root: Path, names: list[str], configs: dict[str, str]) -> None:
    newest = dict(list(configs.items())[-_MOST_REMEMBERED:])
    with contextlib.suppress(OSError):
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        write_json(root / FOLDER / _NAME, {"v": 1, "opened": names[:_MOST_REMEMBERED], "configs": newest})


def _name(root: Path, path: Path) -> str:
    return os.path.abspath(root / path)  # noqa: PTH100 - links stay as they are named


def _whole(root: Path, source: Path) -> str:
    """Any list of a split stands for all of it."""
    return _name(root, _first_list(source))


def _first_list(path: Path) -> Path:
    home = open_dataset.home_of(path)
    return path if home is None else open_dataset.sibling(path, home, "train")


def open_again(sources: Sequence[Path], workspace: Workspace) -> Session:
    """What a person named, with the config that was chosen for it before. Raises InputError as `open_session`."""
    return open_session(sources, workspace, chosen_config(workspace.root, sources[0]))


# what the workspace holds


def choices(workspace: Workspace) -> list[Choice]:
    """One entry for the lists of a split, one for each manifest and each folder of recordings."""
    ranks = {name: rank for rank, name in enumerate(_remembered(workspace.root)[0])}
    found = _found(Scanner(workspace).scan())
    return sorted(found, key=lambda choice: ranks.get(_name(workspace.root, Path(choice.key)), len(ranks)))


def likeliest(workspace: Workspace) -> Path | None:
    """What the pane opens by itself: what was opened last, else lists, else recordings."""
    last = _remembered(workspace.root)[0][:1]

    def order(path: Path) -> tuple[bool, bool]:
        return _name(workspace.root, path) not in last, open_dataset.home_of(path) is None

    return min((Path(choice.key) for choice in _found(Scanner(workspace).scan())), key=order, default=None)


def _found(inventory: Inventory) -> list[Choice]:
    found = [Choice(str(item.path), item.name, _about_folder(item)) for item in inventory.corpora]
    groups: dict[Path, list[Item]] = {}
    for item in inventory.filelists:
        groups.setdefault(_first_list(item.path), []).append(item)
    for first, items in groups.items():
        key = next((item for item in items if item.path == first), items[0])
        found.append(Choice(str(key.path), key.path.name, _about_lists(key, items)))
    return found


def _about_folder(item: Item) -> str:
    if manifest_in(item.path):
        return plural("{n:,} recording, manifest", "{n:,} recordings, manifest", item.count or 0)
    return plural("folder of {n:,} recording", "folder of {n:,} recordings", item.count or 0)


def _about_lists(first: Item, items: Sequence[Item]) -> str:
    if fault := next((item.fault for item in items if item.fault), ""):
        return fault
    count = sum(item.count or 0 for item in items)
    if open_dataset.home_of(first.path) is None:
        return plural("manifest, {n:,} line", "manifest, {n:,} lines", count)
    lists = plural("{n:,} list", "{n:,} lists", len(items))
    return plural("{lists}, {n:,} line", "{lists}, {n:,} lines", count, lists=lists)
