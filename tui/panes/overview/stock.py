"""What the workspace holds, as rows of the overview: corpora, filelists, configs, each with its share of the height."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.i18n import _, plural
from tui.app import safe_text, words
from tui.widgets.charts import glyphs
from tui.widgets.rows import Row

if TYPE_CHECKING:
    from tui.panes.overview.inventory import Inventory, Item

_GAP: Row = (("", ""),)


Line = tuple[Row, Path | None]  # a row, and what it stands for where enter can open that


def page(marked: int, rows: int) -> int:
    """The first item of the page of `rows` items with the marked one: a mark within the page moves nothing."""
    return marked - marked % rows


def openable(inventory: Inventory | None) -> tuple[tuple[Path, ...], ...]:
    """What enter can open, in the order of the rows: corpora, then filelists."""
    if inventory is None:
        return ()
    groups = (inventory.corpora, inventory.filelists)
    return tuple(tuple(item.path for item in items) for items in groups if items)


def lines(inventory: Inventory, mark: object, has_focus: bool, width: int, height: int) -> list[Line]:
    """All groups in `height` rows; where they do not fit, the one with the mark is shown."""
    all_groups = (
        ("Corpora", inventory.corpora, "clip"),
        ("Filelists", inventory.filelists, "line"),
        ("Configs", inventory.configs, ""),
    )
    groups = [group for group in all_groups if group[1]]
    marked = next((group for group in groups if mark in [item.path for item in group[1]]), None)
    room = shares([len(items) for _, items, _ in groups], height - 2 * len(groups) + 1)
    if marked is not None and not room[groups.index(marked)]:
        groups, room = [marked], [max(1, min(len(marked[1]), height - 1))]
    paths = [item.path for _, items, _ in groups for item in items]
    names = min(width // 2, max((safe_text.width(safe_text.clean(path.name)) for path in paths), default=0))
    found: list[Line] = []
    for (title, items, unit), count in zip(groups, room, strict=True):
        if count:
            found += _group(
                title, items, unit, mark, count=count, has_focus=has_focus, names=names, width=width
            )
    return found


def shares(wanted: Sequence[int], rows: int) -> list[int]:
    """How `rows` are shared out: nobody gets more than wanted, small wishes first; 0 where nothing is left."""
    given = [0] * len(wanted)
    left = max(0, rows)
    open_wishes = sorted(range(len(wanted)), key=lambda index: wanted[index])
    while open_wishes:
        index = open_wishes.pop(0)
        given[index] = min(wanted[index], -(-left // (len(open_wishes) + 1)))
        left -= given[index]
    return given


def _group(
    title: str,
    items: Sequence[Item],
    unit: str,
    mark: object,
    *,
    count: int,
    has_focus: bool,
    names: int,
    width: int,
) -> list[Line]:
    """A heading with the folder, and a row for each item of the marked one's page; a last row counts the others."""
    shown = max(1, count - 1) if len(items) > count else count
    first = page(next((i for i, item in enumerate(items) if item.path == mark), 0), shown)
    folders = {item.name.rpartition(item.path.name)[0] for item in items}
    folder = f"  {safe_text.clean(folders.pop())}" if len(folders) == 1 else ""
    found: list[Line] = [(((f" {title}", "run--head"), (folder, "run--muted")), None)]
    for item in items[first : first + shown]:
        sign = glyphs.current().cursor if item.path == mark else " "
        name, text, style = _item(item, unit, names, width)
        row: Row = ((f" {sign}{name}", ""), (text, style))
        if item.path == mark and has_focus:
            row = ((f" {sign}{name}{text} ", "run--marked"),)
        found.append((row, item.path if unit else None))
    if (left_out := len(items) - shown) > 0 and count > 1:
        found.append((((_("  and {n} more").format(n=left_out), "run--muted"),), None))
    return [*found, (_GAP, None)]


def _item(item: Item, unit: str, names: int, width: int) -> tuple[str, str, str]:
    """Name, what is known of it, and its style."""
    name = safe_text.fit(safe_text.crop_middle(safe_text.clean(item.path.name), names), names)
    if item.fault:
        text, style = f"  {words.GLYPHS['failed']} {safe_text.clean(item.fault)}", "run--bad"
    elif item.count is not None and unit == "clip":
        text, style = plural("{n:>7,} clip", "{n:>7,} clips", item.count), "run--muted"
    elif item.count is not None:
        text, style = plural("{n:>7,} line", "{n:>7,} lines", item.count), "run--muted"
    else:
        text, style = f"  {item.note}", "run--muted"
    return name, safe_text.crop(text, max(0, width - names - 4)), style


def short_path(path: str, width: int) -> str:
    """A folder in at most `width` cells, from the home folder where it lies there."""
    home = str(Path.home())
    path = safe_text.clean("~" + path[len(home) :] if path.startswith(home + "/") else path)
    return path if safe_text.width(path) <= width else "…" + path[-max(1, width - 1) :]
