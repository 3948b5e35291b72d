"""Mending whole lists from the shell, and going back: a journal keeps the lists as they were and names the copies.

.vitsdeck/mended/0001/    journal.json: lists, their digests after mending, copies; 0.before and so on: the lists
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from engine.config import Config
from engine.dataset.clips.clip_stats import FOLDER, FigureStore
from engine.dataset.clips.issues import Verdict
from engine.dataset.clips.validate import limits_for
from engine.dataset.lists.listfile import ListFile
from engine.dataset.lists.open_dataset import judge, open_source
from engine.dataset.lists.save_lists import FileChange, save
from engine.dataset.model_text import of_board
from engine.dataset.repair.fixes import ACTIONS, TARGET_LUFS, Plan, applied, plan
from engine.dataset.repair.mending import make_copies
from engine.dataset.session import LISTED, Board
from engine.errors import InputError
from engine.files.atomic import write_bytes, write_json
from engine.files.replace_many import replace_together
from engine.jobs.executor import workers

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Lists that are about to be mended, how, and what each clip of the board suffers from."""

    board: Board
    plan: Plan
    verdicts: list[tuple[Verdict, ...]]


@dataclass(slots=True)
class Repaired:
    """What became of the lists, of the copies that could not be made (target: reason), and who measured loudness."""

    files: list[FileChange] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    measured_by: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Undone:
    """The lists that are as they were before, and those of the given ones that nothing was mended in."""

    lists: list[Path]
    not_mended: list[Path]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One mending of the journal: where it lies, the folder of its lists, their digests after it, the copies."""

    path: Path
    folder: Path
    lists: dict[Path, str]
    copies: list[str]


def prepare(
    root: Path,
    lists: Sequence[Path],
    config: Config | None,
    *,
    only: Collection[str] | None = None,
    lufs: float = TARGET_LUFS,
    rate: int | None = None,
) -> Prepared:
    """Plan what verdicts ask for; the clips were measured before, by `validate_filelists` at the same `rate`.

    Raises:
        InputError: lists that cannot be opened together, or an unknown action.
    """
    limits = limits_for(config, lists, rate)
    if other := next((path for path in lists if path.parent != lists[0].parent), None):
        fix = "mend lists of one folder at a time"
        raise InputError(f"is not in the folder of {lists[0]}", path=other, fix=fix)
    board = open_source([root / path for path in lists], root)
    if None in board.homes:
        fix = "divide it first with `vitsdeck split`"
        raise InputError("is no list of train, val or test", path=lists[0], fix=fix)
    figures = FigureStore(root.absolute()).find([clip.path for clip in board.clips])
    verdicts = judge(board, figures, limits, root, spoken=of_board(board, config))
    named = {
        board.homes.index(home)
        for home in board.homes
        if home and board.names[home] in {p.name for p in lists}
    }
    wanted = [
        i for i, clip in enumerate(board.base) if clip.source in named and board.place(i) != "quarantine"
    ]
    made = plan(board, verdicts, wanted, limits, only=ACTIONS if only is None else only, lufs=lufs)
    return Prepared(board, made, verdicts)


def carry_out(
    root: Path,
    prepared: Prepared,
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
) -> Repaired:
    """Make the copies, then save the lists that point to them, all or none.

    Raises:
        InputError: a list changed meanwhile, or nothing can be written.
    """
    board, recipes = prepared.board, list(prepared.plan.recipes.values())
    folder = board.files[0].path.parent
    result = Repaired()
    with contextlib.ExitStack() as stack:
        crew = executor or stack.enter_context(workers(jobs=len(recipes)))
        for done, copy in enumerate(make_copies(root, recipes, crew), 1):
            if copy.error:
                result.failed[copy.target] = copy.error
            if copy.measured_by:
                result.measured_by[copy.measured_by] = result.measured_by.get(copy.measured_by, 0) + 1
            if on_progress is not None:
                on_progress(done, len(recipes), copy.target)
    mended = applied(board, prepared.plan, result.failed)
    if mended is board:
        return result
    names = [board.names[place] for place in LISTED]
    before = {name: _bytes(folder / name) for name in names}
    result.files = save(mended, folder).files
    copies = [recipe.target for recipe in recipes if recipe.target not in result.failed]
    _note(root, folder, names, before, copies)
    return result


def undo(root: Path, lists: Sequence[Path]) -> Undone:
    """Bring lists back to what they were before they were mended last, all of them that were mended or none.

    With a list go those that were saved with it. Copies that no list names now are removed.

    Raises:
        InputError: none of them was mended, or a list changed since.
    """
    waiting = {(root / path).absolute(): path for path in lists}
    found: list[_Entry] = []
    for entry in _entries(root):
        if not waiting.keys().isdisjoint(entry.lists):
            found.append(entry)
            waiting = {full: path for full, path in waiting.items() if full not in entry.lists}
    if not found:
        raise InputError("nothing was mended here", path=lists[0], fix="mend it first, without --undo")
    contents = [_contents_before(entry) for entry in found]
    for entry, content in zip(found, contents, strict=True):
        replace_together(entry.folder, content)
        entry.path.replace(entry.path.with_name(f"{entry.path.name}.undone"))
    named = _named_below({entry.folder for entry in (*found, *_entries(root))})
    for copy in {copy for entry in found for copy in entry.copies} - named:
        with contextlib.suppress(OSError):
            (root / copy).unlink()
    restored = [
        entry.folder / name for entry, content in zip(found, contents, strict=True) for name in content
    ]
    return Undone(restored, list(waiting.values()))


def _entries(root: Path) -> Iterator[_Entry]:
    """What was mended and not undone, the last first."""
    for path in sorted(_journal(root).glob("[0-9]" * 4), reverse=True):
        noted = json.loads((path / "journal.json").read_text(encoding="utf-8"))
        folder = root / noted["folder"]
        digests = {(folder / name).absolute(): digest for name, digest in noted["lists"].items()}
        yield _Entry(path, folder, digests, noted["copies"])


def _contents_before(entry: _Entry) -> dict[str, bytes]:
    contents = {}
    for number, (path, digest) in enumerate(entry.lists.items()):
        kept = entry.path / f"{number}.before"
        if _digest(_bytes(path)) != digest:
            fix = f"what it was before is {kept}"
            raise InputError("was changed after it was mended", path=entry.folder / path.name, fix=fix)
        if kept.exists():
            contents[path.name] = kept.read_bytes()
        elif path.exists():
            contents[path.name] = b""  # mending made it
    return contents


def _named_below(folders: Collection[Path]) -> set[str]:
    """Clips that any list in some folders names: a list that was cleaned from a mended one needs its copies still."""
    found: set[str] = set()
    for path in (path for folder in folders if folder.is_dir() for path in folder.iterdir()):
        if path.is_file() and not path.name.endswith((".previous", ".json")):
            with contextlib.suppress(InputError):
                found.update(entry.path for entry in ListFile.read(path).entries)
    return found


def _note(
    root: Path, folder: Path, names: Sequence[str], before: dict[str, bytes | None], copies: Sequence[str]
) -> None:
    journal = _journal(root)
    journal.mkdir(parents=True, exist_ok=True)
    taken = [int(path.name[:4]) for path in journal.iterdir() if path.name[:4].isdecimal()]
    entry = journal / f"{max(taken, default=0) + 1:04d}"
    staging = journal / f".{entry.name}"
    staging.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        content = before[name]
        if content is not None:
            write_bytes(staging / f"{number}.before", content)
    digests = {name: _digest(_bytes(folder / name)) for name in names}
    write_json(
        staging / "journal.json", {"v": 1, "folder": str(folder), "lists": digests, "copies": list(copies)}
    )
    staging.replace(entry)


def _journal(root: Path) -> Path:
    return root / FOLDER / "mended"


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
