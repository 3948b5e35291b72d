"""Who may import whom, downward only, as docs/architecture.md draws it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LEAVES = [f"engine.{name}" for name in ("__version__", "errors", "config", "checkpoint_file", "futures")]
LEAVES += ["engine.languages"]
LIGHT_DATA = ["engine.data.filelist", "engine.data.split"]
# the dataset workshop without what measures and mends sound
WORKSHOP = (
    "corrections",
    "figures",
    "fixes",
    "layouts",
    "lengths",
    "listfile",
    "savelists",
    "speakers",
    "splitset",
    "suspicion",
)
LIGHT_DATA += [f"engine.data.{name}" for name in (*WORKSHOP, "together", "verdicts", "workshop")]
TORCH_ROOMS = ["engine.audio", "engine.model", "engine.losses"]
WHOLE_FILES = ["engine.run.atomic", "engine.run.permissions", "engine.run.lock"]
EXECUTOR = ["engine.work.executor"]
BELOW_TRAIN = [*LEAVES, *TORCH_ROOMS, "engine.data", "engine.text", "engine.run"]
LEDGER = ("ledger", "entries", "schema", "usage", "pricing", "price_rows")
WORKSPACE = ["engine.workspace", "engine.settings", "engine.voice_file", "engine.presets"]
SCREEN = ["tui", *LEAVES, *LIGHT_DATA, *WORKSPACE, "engine.run", "engine.progress", "engine.doctor"]
SCREEN += [
    "engine.text.pronunciations",
    "engine.start",
    "engine.run_options",
    "engine.batch_size",
    "engine.audio.header",
]
SCREEN += ["engine.audio.recordings"]

# Room -> what of ours it may import, with everything below each name. The longest room that fits a module decides.
MAY_IMPORT: dict[str, list[str]] = {
    "engine": LEAVES,
    "engine.config": [*LEAVES, "engine.config_checks"],
    "engine.settings": [*LEAVES, *WHOLE_FILES],
    "engine.workspace": [*LEAVES, *WHOLE_FILES, "engine.settings"],
    "engine.voice_file": [*LEAVES, *WHOLE_FILES],
    "engine.presets": [*LEAVES, *WHOLE_FILES, *WORKSPACE, "engine.text"],
    "engine.doctor": [*LEAVES, "engine.run", "engine.doctor"],
    "engine.probe": [*LEAVES, *TORCH_ROOMS, "engine.text", "engine.run", *WORKSPACE, "engine.probe"],
    "engine.progress": [*LEAVES, *WORKSPACE, "engine.audio.recordings", "engine.data.layouts"],
    "engine.start": [
        *LEAVES,
        *WORKSPACE,
        "engine.run",
        "engine.run_options",
        "engine.batch_size",
        "engine.data",
        "engine.text.pronunciations",
    ],
    "engine.run_options": [*LEAVES, "engine.config_checks"],
    "engine.batch_size": [*LEAVES, "engine.run.gpus", "engine.data.prepared"],
    "engine.surveying": [*LEAVES, *WORKSPACE, "engine.audio", "engine.data", "engine.text"],
    "engine.prepare": [
        "engine.surveying",
        *LEAVES,
        *WORKSPACE,
        "engine.audio",
        "engine.data",
        "engine.progress",
        "engine.start",
        "engine.text",
    ],
    "engine.run": [*LEAVES, "engine.run"],
    "engine.text": [*LEAVES, *WHOLE_FILES, "engine.workspace", "engine.text"],
    "engine.audio": [*LEAVES, "engine.audio"],
    "engine.audio.wav": [*LEAVES, *WHOLE_FILES, "engine.audio"],
    "engine.audio.sink": [*LEAVES, *WHOLE_FILES, "engine.audio"],
    "engine.audio.convert": [*LEAVES, *WHOLE_FILES, *EXECUTOR, "engine.audio"],
    "engine.model": [*LEAVES, "engine.audio", "engine.model"],
    "engine.losses": [*LEAVES, "engine.audio"],
    "engine.data": [*LEAVES, *WHOLE_FILES, *EXECUTOR, "engine.data", "engine.text", "engine.audio"],
    "engine.work": [*LEAVES, "engine.run", "engine.data", "engine.text", "engine.audio", "engine.work"],
    "engine.work.executor": LEAVES,
    "engine.train": [*BELOW_TRAIN, "engine.train"],
    "engine.speak": [*BELOW_TRAIN, "engine.train"],
    "engine.speak_server": [*BELOW_TRAIN, *WORKSPACE, "engine.speak"],
    "engine.transcribe": [
        *LEAVES,
        *LIGHT_DATA,
        "engine.text.rows",
        "engine.run",
        "engine.audio",
        "engine.transcribe",
    ],
    # the dashboard reads the ledger: no sound, no provider
    **{
        f"engine.transcribe.{part}": [
            *LEAVES,
            "engine.run",
            *(f"engine.transcribe.{other}" for other in LEDGER),
        ]
        for part in LEDGER
    },
    "engine.demo": ["engine"],
    "tui": [*SCREEN, "engine.transcribe.ledger", "engine.transcribe.pricing"],
}
# A command is a few lines that call the engine: inside its functions it may import anything of it.
LAZY_ROOMS = ("tui.cli", "tui.commands")

# Room -> the packages of others that it is held to, beside the standard library
HELD_TO: dict[str, set[str]] = {
    "engine.config": set(),
    "engine.checkpoint_file": set(),
    "engine.config_checks": set(),
    "engine.doctor": set(),
    "engine.errors": set(),
    "engine.languages": set(),
    "engine.settings": set(),
    "engine.voice_file": set(),
    "engine.start": set(),
    "engine.run_options": set(),
    "engine.batch_size": set(),
    "engine.workspace": set(),
    "engine.run": {"psutil", "pynvml"},
    **{f"engine.transcribe.{part}": {"platformdirs"} for part in LEDGER},
    "tui": {"textual", "rich", "typer", "platformdirs"},
}
# Rooms that compute: no files, logging, distributed or parsing
COMPUTES = ("engine.model", "engine.losses", "engine.audio.mel", "engine.audio.istft", "engine.audio.pqmf")
NOT_IN_COMPUTING = {"logging", "json", "pathlib", "os", "io", "torch.distributed"}

EXCEPTIONS = {
    ("engine.model.alignment", "os")
}  # reads the variable that chooses between its two implementations

Import = tuple[str, int, str]  # module, line, the full name that it imports


def _imports(module: str, path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed_over = {id(node) for block in _passed_over(module, tree) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        if id(node) not in passed_over:
            yield from ((module, node.lineno, name) for name in names)


def _passed_over(module: str, tree: ast.Module) -> Iterator[ast.AST]:
    """Blocks that never run when a room is used: type checking, and in commands the body of every function."""
    for node in ast.walk(tree):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and any(_under(module, room) for room in LAZY_ROOMS):
            yield node
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from node.body


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _room(module: str, rooms: Iterable[str]) -> str | None:
    return max((room for room in rooms if _under(module, room)), key=len, default=None)


def _broken_rules(root: Path) -> list[str]:
    broken = []
    for path in sorted([*root.glob("engine/**/*.py"), *root.glob("tui/**/*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        broken += [
            f"{name}:{line} imports {what}"
            for name, line, what in _imports(module, path)
            if not _may(name, what)
        ]
    return broken


def _may(module: str, what: str) -> bool:
    computes = any(_under(module, room) for room in COMPUTES)
    if computes and any(_under(what, no) for no in NOT_IN_COMPUTING):
        return (module, what) in EXCEPTIONS
    package = what.partition(".")[0]
    if not package:  # relative: hides from the reader which room it enters
        return False
    if package in ("engine", "tui"):
        room = _room(module, MAY_IMPORT)
        return room is None or any(_under(what, allowed) for allowed in [*MAY_IMPORT[room], module])
    room = _room(module, HELD_TO)
    is_open = room == "engine" and _room(module, MAY_IMPORT) not in (
        "engine",
        "engine.workspace",
        "engine.doctor",
    )
    return room is None or is_open or package in sys.stdlib_module_names or package in HELD_TO[room]


def test_every_import_goes_downward() -> None:
    assert _broken_rules(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/run/x.py", "import torch"),
        ("engine/run/x.py", "from engine.data import filelist"),
        ("engine/model/x.py", "import logging"),
        ("engine/model/x.py", "import torch.distributed as dist"),
        ("engine/losses.py", "from engine.data import batch"),
        ("engine/train/x.py", "from tui import app"),
        ("engine/workspace.py", "import numpy"),
        ("engine/data/x.py", "from . import filelist"),
        ("tui/panes/x.py", "def late():\n    from engine.train import loop"),
        ("tui/panes/x.py", "import numpy as np"),
        ("tui/commands/x.py", "from engine.speak import Speaker"),
    ],
)
def test_an_import_against_the_rules_is_found(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert len(_broken_rules(tmp_path)) == 1


def test_a_command_may_import_the_engine_when_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "tui" / "commands" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text("def speak():\n    from engine.speak import Speaker\n    return Speaker")
    assert _broken_rules(tmp_path) == []
