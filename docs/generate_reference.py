"""Writes docs/reference/cli.md and config.md, and docs/guide/panes/, from what the code says.

    python docs/generate_reference.py

A test compares the pages with what this writes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs import config_rows  # noqa: E402 - the path comes first
from tui.app import key_table  # noqa: E402 - the path comes first
from tui.cli.table import COMMANDS, application  # noqa: E402 - the path comes first
from tui.dialogs import help as pane_help  # noqa: E402 - the path comes first
from tui.panes import PANES, PaneEntry  # noqa: E402 - the path comes first

REFERENCE = ROOT / "docs" / "reference"
PANE_PAGES = ROOT / "docs" / "guide" / "panes"
NOTE = "<!-- written by docs/generate_reference.py; change the code, then run it -->"
CLI_HEAD = """\
# Commands

{note}

Flags may be written with hyphens or underscores: `--out-dir` and `--out_dir` are the same. Every command takes `--help`
and `--debug`, which shows the traceback of a defect. `vitsdeck --version` prints the version.

Exit codes: 0 done, 1 done but some inputs were bad, 2 something that you can fix, 70 a defect of vitsdeck, 130
interrupted, 141 the reader of the output closed it, 143 terminated. `train` and `attach` exit as the run did."""


def cli() -> str:
    """Every command with its arguments and flags, by the groups of `vitsdeck --help`."""
    commands = application().commands
    lines = [CLI_HEAD.format(note=NOTE)]
    for panel, rows in COMMANDS.items():
        lines += ["", f"## {panel}"]
        for name in rows:
            lines += _command(name, commands[name].load())
    return "\n".join(lines) + "\n"


CONFIG_HEAD = """\
# Config keys

{note}

A voice's config is a JSON file with the sections `train`, `data` and `model`, as the MB-iSTFT-VITS family writes it.
Keys marked "ours" are not read by the family's own tools, which ignore them.

| key | type | default | meaning | read by |
|---|---|---|---|---|"""
SETTINGS_HEAD = """
## vitsdeck.toml

The settings of a workspace. `vitsdeck init` writes the file with every setting explained.

| key | type | default | meaning |
|---|---|---|---|"""


KEYS_TAIL = """
Section `[keys]` gives actions of the dashboard other keys. The pages of the panes (docs/guide/panes) name the actions.
A key is written as `s`, `S`, `f5`, `ctrl+s` or `question_mark`.

```toml
[keys]
"training.stop_run" = "S"
"app.quit" = ["ctrl+q", "ctrl+c"]  # q leaves no more
```
"""


def config() -> str:
    """Every key of a voice's config and of vitsdeck.toml."""
    lines = [CONFIG_HEAD.format(note=NOTE)]
    for row in config_rows.config_rows():
        reader = "family" if row.family else "ours"
        lines.append(f"| `{row.key}` | {row.type} | `{row.default}` | {_line(row.meaning)} | {reader} |")
    lines.append(SETTINGS_HEAD)
    for row in config_rows.settings_rows():
        lines.append(f"| `{row.key}` | {row.type} | `{row.default}` | {_line(row.meaning)} |")
    return "\n".join([*lines, KEYS_TAIL])


def pane_page(entry: PaneEntry) -> str:
    """One pane: its picture, what it is for, and its keys, as `?` shows them."""
    pane = getattr(importlib.import_module(entry.module), entry.class_name)
    lines = [f"# {entry.title}", "", NOTE, "", f"![The {entry.id} pane](../../pictures/{entry.id}.svg)"]
    for paragraph in pane.ABOUT:
        lines += ["", _line(paragraph)]
    actions = {each.help: each.id for each in (*key_table.at(entry.id), *key_table.at(key_table.APP))}
    for title, rows in pane_help.sections(pane):
        lines += ["", f"## {title}", "", "| key | what it does | action |", "|---|---|---|"]
        for keys, text in rows:
            marked = " ".join(f"`{key}`" for key in keys.split())
            action = f"`{actions[text]}`" if text in actions else ""
            lines.append(f"| {marked} | {_line(text)} | {action} |")
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    shown = [param for param in command.params if not param.hidden and "--help" not in param.opts]
    words = ["[FLAGS]", *(_argument(param) for param in shown if not _is_option(param))]
    yield from (
        "",
        f"### vitsdeck {name}",
        "",
        _line(command.help),
        "",
        f"`vitsdeck {name} {' '.join(words)}`",
    )
    if shown:
        yield from ("", "| argument or flag | default | meaning |", "|---|---|---|")
        yield from (f"| {_names(param)} | {_default(param)} | {_line(param.help)} |" for param in shown)


def _is_option(param: Any) -> bool:
    return str(param.opts[0]).startswith("-")


def _argument(param: Any) -> str:
    name = (param.metavar or param.name.upper()).removesuffix("...") + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    if not _is_option(param):
        return f"`{_argument(param)}`"
    return ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))


def _default(param: Any) -> str:
    if param.required:
        return "required"
    return (
        "" if callable(param.default) or param.default in (None, False, (), [], "") else f"`{param.default}`"
    )


def _line(text: str | None) -> str:
    """A text in one line of a table."""
    return " ".join((text or "").replace("\b", "").replace("|", "\\|").split())


def pages() -> dict[Path, str]:
    """Path -> what the page says now."""
    panes = {PANE_PAGES / f"{entry.id}.md": pane_page(entry) for entry in PANES}
    return {REFERENCE / "cli.md": cli(), REFERENCE / "config.md": config()} | panes


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
