"""Who may import whom, downward only, as docs/architecture.md draws it."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LEAVES = [
    f"engine.{name}" for name in ("__version__", "errors", "config", "checkpoint_file", "cores", "futures")
]
LEAVES += ["engine.languages", "engine.files", "engine.i18n", "engine.process_identity"]
# the parts of the dataset that neither measure nor change sound
LIGHT_DATA = [
    "engine.dataset.lists",
    "engine.dataset.split",
    "engine.dataset.session",
    "engine.dataset.speakers",
]
LIGHT_DATA += [
    f"engine.dataset.clips.{name}" for name in ("cache", "clip_stats", "issues", "text_heuristics")
]
LIGHT_DATA += ["engine.dataset.repair.plan"]
TORCH_ROOMS = ["engine.audio", "engine.model"]
EXECUTOR = ["engine.jobs.executor"]
BELOW_TRAIN = [*LEAVES, *TORCH_ROOMS, "engine.dataset", "engine.text", "engine.runs"]
LEDGER = ("ledger", "pricing", "price_file", "quote", "jobconfig", "providers.base")
WORKSPACE = ["engine.workspace", "engine.presets"]
SCREEN = ["tui", *LEAVES, *LIGHT_DATA, *WORKSPACE, "engine.runs", "engine.progress", "engine.doctor"]
SCREEN += ["engine.text.pronunciations", "engine.start", "engine.batch_size", "engine.speak.files"]
SCREEN += ["engine.speak.speakers", "engine.speak.choice"]
SCREEN += ["engine.audio.header", "engine.audio.recordings", "engine.text.rows", "engine.transcribe.manifest"]

# Room -> what of ours it may import, with everything below each name. The longest room that fits a module decides.
MAY_IMPORT: dict[str, list[str]] = {
    "engine": LEAVES,
    "engine.files": ["engine.errors", "engine.i18n", "engine.files", "engine.process_identity"],
    "engine.config": [*LEAVES, "engine.config"],
    "engine.workspace": LEAVES,
    "engine.presets": [*LEAVES, *WORKSPACE, "engine.text"],
    "engine.doctor": [*LEAVES, *WORKSPACE, "engine.runs", "engine.doctor"],
    "engine.progress": [*LEAVES, *WORKSPACE, "engine.audio.recordings", "engine.dataset.lists.layouts"],
    "engine.start": [
        *LEAVES,
        *WORKSPACE,
        "engine.runs",
        "engine.batch_size",
        "engine.dataset",
        "engine.text",
        "engine.quality.whisper_folder",
    ],
    "engine.batch_size": [*LEAVES, "engine.runs.gpus", "engine.dataset.prepared"],
    "engine.prepare": [
        *LEAVES,
        *WORKSPACE,
        "engine.audio",
        "engine.dataset",
        "engine.progress",
        "engine.start",
        "engine.text",
    ],
    "engine.runs": [*LEAVES, "engine.runs"],
    "engine.text": [*LEAVES, "engine.workspace", "engine.text"],
    "engine.audio": [*LEAVES, "engine.audio"],
    "engine.audio.convert": [*LEAVES, *EXECUTOR, "engine.audio"],
    "engine.model": [
        "engine.cores",
        "engine.errors",
        "engine.i18n",
        "engine.config",
        "engine.audio",
        "engine.model",
    ],
    "engine.dataset": [*LEAVES, *EXECUTOR, "engine.dataset", "engine.text", "engine.audio"],
    "engine.jobs": [*LEAVES, "engine.runs", "engine.dataset", "engine.text", "engine.audio", "engine.jobs"],
    "engine.jobs.executor": LEAVES,
    "engine.quality": [*LEAVES, "engine.audio", "engine.dataset", "engine.text", "engine.quality"],
    "engine.train": [*BELOW_TRAIN, "engine.quality", "engine.train"],
    "engine.speak": [*BELOW_TRAIN, *WORKSPACE, "engine.train", "engine.speak"],
    "engine.export": [*BELOW_TRAIN, *WORKSPACE, "engine.quality", "engine.speak", "engine.export"],
    "engine.transcribe": [
        *LEAVES,
        *LIGHT_DATA,
        "engine.text.rows",
        "engine.runs",
        "engine.jobs.job",
        "engine.audio",
        "engine.transcribe",
    ],
    # the dashboard reads the ledger: no sound, no provider
    **{
        f"engine.transcribe.{part}": [
            *LEAVES,
            "engine.runs",
            *(f"engine.transcribe.{other}" for other in LEDGER),
        ]
        for part in LEDGER
    },
    "engine.demo": ["engine"],
    "tui": [*SCREEN, *(f"engine.transcribe.{part}" for part in LEDGER)],
    # a command's module is imported when the command runs; these are imported at every start
    "tui.cli": ["engine", "tui"],
    **{f"tui.cli.{name}": SCREEN for name in ("table", "parsing", "output", "options", "here", "dashboard")},
}
# A check runs in a process of its own: inside its function it may import anything.
LAZY_ROOMS = ("engine.doctor.checks",)

# Room -> the packages of others that it is held to, beside the standard library
HELD_TO: dict[str, set[str]] = {
    **{
        f"engine.{room}": set()
        for room in ("config", "files", "errors", "languages", "workspace", "checkpoint_file", "doctor")
    },
    "engine.doctor.checks.rank": {"torch"},  # a process of its own
    "engine.start": set(),
    "engine.batch_size": set(),
    "engine.process_identity": {"psutil"},
    "engine.runs": {"psutil", "pynvml"},
    "engine.runs.foreign": {"google", "tensorboard"},  # its protocol: 0.1 s and 15 MB, and no numpy
    **{f"engine.transcribe.{part}": {"platformdirs"} for part in LEDGER},
    "tui": {"textual", "rich", "typer", "platformdirs"},
}

# Rooms that compute: no files, logging, distributed or parsing
COMPUTES = (
    "engine.model",
    "engine.model.losses",
    "engine.audio.mel",
    "engine.audio.istft",
    "engine.audio.pqmf",
)
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
    """Blocks that never run when a room is used: type checking, and in checks the body of every function."""
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
        ("engine/runs/x.py", "import torch"),
        ("engine/runs/x.py", "from engine.dataset import session"),
        ("engine/model/x.py", "import logging"),
        ("engine/model/x.py", "import torch.distributed as dist"),
        ("engine/model/losses.py", "from engine.dataset.loader import batch"),
        ("engine/train/x.py", "from tui import app"),
        ("engine/workspace.py", "import numpy"),
        ("engine/dataset/x.py", "from . import filelist"),
        ("tui/panes/x.py", "def late():\n    from engine.train import loop"),
        ("tui/panes/x.py", "import numpy as np"),
        ("tui/cli/x.py", "import numpy as np"),
        ("tui/cli/table.py", "from engine.speak import synthesis"),
    ],
)
def test_an_import_against_the_rules_is_found(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert len(_broken_rules(tmp_path)) == 1


def _all_imports(root: Path) -> dict[str, set[str]]:
    """Module -> the modules of ours that it imports, in functions and for types too."""
    paths = [*root.glob("engine/**/*.py"), *root.glob("tui/**/*.py")]
    named = {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}
    modules = {name.removesuffix(".__init__"): path for name, path in named.items()}
    edges: dict[str, set[str]] = {}
    for module, path in modules.items():
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                full = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {name if name in modules else str(node.module) for name in full}
        edges[module] = (found & set(modules)) - {module}
    return edges


def _circles(edges: dict[str, set[str]]) -> list[str]:
    """Modules from which an import leads back to themselves."""
    reached = {module: set(targets) for module, targets in edges.items()}
    for middle in edges:  # Warshall's closure
        for targets in reached.values():
            if middle in targets:
                targets.update(reached[middle])
    return sorted(module for module, targets in reached.items() if module in targets)


def test_no_import_leads_back_to_its_module() -> None:
    assert _circles(_all_imports(ROOT)) == []


def test_a_circle_through_a_third_module_is_found() -> None:
    assert _circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c"]


def test_a_command_may_import_anything_of_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "tui" / "cli" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text("from engine.speak import synthesis")
    assert _broken_rules(tmp_path) == []


def test_files_stay_below_400_lines_and_folders_below_16_files() -> None:
    paths = [path for room in ("engine", "tui") for path in (ROOT / room).rglob("*.py")]
    long = [path.name for path in paths if len(path.read_text(encoding="utf-8").splitlines()) >= 400]
    counts = Counter(path.parent for path in paths)
    assert long == []
    assert [str(folder) for folder, count in counts.items() if count > 15] == []
