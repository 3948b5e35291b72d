"""Carrying out a plan: copies with a fault fixed, whole lists from the shell, and undo.

A journal keeps the lists as they were. Undo leaves the copies: the same fix uses them again.

.vitsdeck/mended/0001/    journal.json: lists, their digests after the fix; 0.before and so on: the lists
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.audio.decode import FloatArray
from engine.audio.levels import SILENCE_DB, SILENCE_FLOOR_DBFS, Levels
from engine.audio.loudness import gain_to
from engine.audio.resample import resample
from engine.audio.wav import Recording, write_pcm16
from engine.config import Config
from engine.dataset.clips.cache import FOLDER, StatsCache
from engine.dataset.clips.issues import Issue
from engine.dataset.clips.validate import requirements_for
from engine.dataset.lists.open_dataset import judge, open_source
from engine.dataset.lists.save_lists import FileChange, save
from engine.dataset.model_text import of_dataset
from engine.dataset.repair.plan import ACTIONS, TARGET_LUFS, Plan, Recipe, applied, plan
from engine.dataset.session import LISTED, DatasetState
from engine.errors import InputError, cannot_write
from engine.files.atomic import write_bytes, write_json
from engine.files.replace_many import bytes_of, replace_together
from engine.i18n import _
from engine.jobs.executor import unordered, workers

Progress = Callable[[int, int, str], None]
KEPT_LEAD_S, KEPT_TRAIL_S = 0.1, 0.2  # of the silence that is cut
LONGEST_SECONDS = 1800.0  # of a clip that is held in memory


@dataclass(frozen=True, slots=True)
class ListsPlan:
    """Lists that are about to be fixed, how, and the issues of each clip."""

    board: DatasetState
    plan: Plan
    issues: list[tuple[Issue, ...]]


@dataclass(slots=True)
class FixReport:
    """What changed in which list, and the copies that could not be made (target: reason)."""

    files: list[FileChange] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


# copies


def make_copies(root: str | Path, recipes: Sequence[Recipe], executor: Executor) -> Iterator[tuple[str, str]]:
    """Make copies where the executor works; yields the target of each as it is done, and why it failed, or ""."""
    root = Path(root).absolute()
    for index, outcome in unordered(executor, functools.partial(_make, root), recipes):
        recipe, error = recipes[index], outcome.error
        if isinstance(error, OSError):
            error = cannot_write(error, root / recipe.target)
        failure = error.of(root / recipe.source) if isinstance(error, InputError) else str(error or "")
        yield recipe.target, failure


def _make(root: Path, recipe: Recipe) -> None:
    source, target = root / recipe.source, root / recipe.target
    recording = Recording(source, remove_offset=recipe.centre)
    rate = recording.head.rate
    if recording.head.seconds > LONGEST_SECONDS:
        raise InputError(_("is longer than half an hour"), path=source, fix=_("cut it with `vitsdeck slice`"))
    wav_L: FloatArray = np.concatenate(list(recording.mono()))
    if recipe.rate is not None:
        wav_L, rate = resample(wav_L, rate, recipe.rate), recipe.rate
    if recipe.trim:
        wav_L = trimmed(wav_L, rate)
    gain = 1.0 if recipe.lufs is None else gain_to(wav_L, rate, recipe.lufs)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_pcm16(target, wav_L * np.float32(gain), rate)


def trimmed(wav_L: FloatArray, rate: int) -> FloatArray:
    """Without the silence at both ends, but for a breath; unchanged when there is nothing else."""
    levels = Levels()
    levels.add(wav_L)
    parts = levels.sounding(SILENCE_DB, SILENCE_FLOOR_DBFS)
    if not parts:
        return wav_L
    begin = max(0, parts[0][0] - int(KEPT_LEAD_S * rate))
    return wav_L[begin : parts[-1][1] + int(KEPT_TRAIL_S * rate)]


# lists


def plan_lists(
    root: Path,
    lists: Sequence[Path],
    config: Config | None,
    *,
    only: Collection[str] = ACTIONS,
    lufs: float = TARGET_LUFS,
    rate: int | None = None,
) -> ListsPlan:
    """Plan what issues ask for; the clips were measured before, by `validate_filelists` at the same `rate`.

    Raises:
        InputError: lists that cannot be opened together, or an unknown action.
    """
    wanted = requirements_for(config, lists, rate)
    if other := next((path for path in lists if path.parent != lists[0].parent), None):
        what = _("is not in the folder of {list}").format(list=lists[0])
        raise InputError(what, path=other, fix=_("fix lists of one folder at a time"))
    state = open_source([root / path for path in lists], root)
    if None in state.homes:
        fix = _("split it first with `vitsdeck split`")
        raise InputError(_("is no list of train, val or test"), path=lists[0], fix=fix)
    stats = StatsCache(root.absolute()).find([clip.path for clip in state.clips])
    issues = judge(state, stats, wanted, root, model_texts=of_dataset(state, config))
    given = {path.name for path in lists}
    named = {number for number, home in enumerate(state.homes) if home and state.names[home] in given}
    indices = [
        i for i, clip in enumerate(state.base) if clip.source in named and state.split_of(i) != "quarantine"
    ]
    return ListsPlan(state, plan(state, issues, indices, wanted, only=only, lufs=lufs), issues)


def apply(
    root: Path, planned: ListsPlan, *, executor: Executor | None = None, on_progress: Progress | None = None
) -> FixReport:
    """Make the copies, then save the lists that point to them, all or none.

    Raises:
        InputError: a list changed meanwhile, or nothing can be written.
    """
    state, recipes = planned.board, list(planned.plan.recipes.values())
    folder = state.files[0].path.parent
    report = FixReport()
    with contextlib.ExitStack() as stack:
        crew = executor or stack.enter_context(workers(jobs=len(recipes)))
        for done, (target, error) in enumerate(make_copies(root, recipes, crew), 1):
            if error:
                report.failed[target] = error
            if on_progress is not None:
                on_progress(done, len(recipes), target)
    fixed = applied(state, planned.plan, report.failed)
    if fixed is state:
        return report
    names = [state.names[split] for split in LISTED]
    before = {name: bytes_of(folder / name) for name in names}
    report.files = save(fixed, folder).files
    _note(root, folder, before)
    return report


# undo


def undo(root: Path, lists: Sequence[Path]) -> list[Path]:
    """Bring lists back to what they were before they were fixed last, and with them those that were saved with them.

    Raises:
        InputError: nothing was fixed, not all of them at once, or a list changed since.
    """
    wanted = {(root / path).absolute(): path for path in lists}
    for entry in sorted(_journal(root).glob("[0-9]" * 4), reverse=True):
        noted = json.loads((entry / "journal.json").read_text(encoding="utf-8"))
        folder = root / noted["folder"]
        digests = {(folder / name).absolute(): digest for name, digest in noted["lists"].items()}
        if not wanted.keys().isdisjoint(digests):
            break
    else:
        raise InputError(_("nothing was fixed here"), path=lists[0], fix=_("fix it first, without --undo"))
    if other := next((path for full, path in wanted.items() if full not in digests), None):
        what = _("was not fixed together with the other lists")
        raise InputError(what, path=other, fix=_("undo the lists of one folder at a time"))
    contents = {}
    for number, (path, digest) in enumerate(digests.items()):
        kept = entry / f"{number}.before"
        if _digest(bytes_of(path)) != digest:
            fix = _("what it was before is {path}").format(path=kept)
            raise InputError(_("was changed after it was fixed"), path=path, fix=fix)
        if kept.exists() or path.exists():
            contents[path.name] = bytes_of(kept) or b""  # none kept: the fix made this list
    replace_together(folder, contents)
    entry.replace(entry.with_name(f"{entry.name}.undone"))
    return [folder / name for name in contents]


def _note(root: Path, folder: Path, before: Mapping[str, bytes | None]) -> None:
    journal = _journal(root)
    journal.mkdir(parents=True, exist_ok=True)
    taken = [int(path.name[:4]) for path in journal.iterdir() if path.name[:4].isdecimal()]
    entry = journal / f"{max(taken, default=0) + 1:04d}"
    staging = journal / f".{entry.name}"
    staging.mkdir(exist_ok=True)
    for number, content in enumerate(before.values()):
        if content is not None:
            write_bytes(staging / f"{number}.before", content)
    digests = {name: _digest(bytes_of(folder / name)) for name in before}
    write_json(staging / "journal.json", {"v": 1, "folder": str(folder), "lists": digests})
    staging.replace(entry)


def _journal(root: Path) -> Path:
    return root / FOLDER / "mended"  # an older name of `fix`, kept for the journals that are there


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
