"""Checkpoints: the family's G_ and D_ files, our S_ file with the rest, and a manifest that makes them one unit.

    write S, G, D as temporaries, hashing as the bytes go by
    rename S, G, D                      a kill here leaves an S without a manifest: not a checkpoint
    rename <step>.manifest.json         now, and only now, it counts

Deleting goes the other way round, manifest last. G_ and D_ without an S_ beside them come from the family's
own tools and are taken at their word.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, cast

import torch

from engine.errors import InputError
from engine.files import atomic
from engine.i18n import _
from engine.train.checkpoints import manifest
from engine.train.checkpoints.weights import Tree, check_finite, check_shapes, read_tree
from engine.train.state import Position, TrainingState

KEEP_NEWEST = 3
_MANIFEST = re.compile(r"(\d+)\.manifest\.json")
_GENERATOR = re.compile(r"G_(\d+)\.pth")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One complete checkpoint on disk. `mel`: the validation loss when saved; `family`: there is no manifest."""

    folder: Path
    step: int
    epoch: int
    mel: float | None
    bytes: int
    family: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """File names within the run folder."""
        names = (f"G_{self.step}.pth", f"D_{self.step}.pth")
        return names if self.family else (*names, f"S_{self.step}.pth")

    @property
    def generator(self) -> Path:
        """The file that speaks."""
        return self.folder / f"G_{self.step}.pth"


def save(
    state: TrainingState,
    folder: Path,
    mel: float | None = None,
    on_progress: Callable[[], None] | None = None,
) -> Checkpoint:
    """Write one checkpoint unit and prune the old ones.

    Args:
        on_progress: called again and again while bytes go to the disk.
    Returns:
        the new checkpoint.
    Raises:
        OSError: the disk is full, or fails; no partial checkpoint is left behind.
    """
    step, lr = state.position.step, state.learning_rate()
    common = {"iteration": state.position.epoch, "learning_rate": lr}
    rest: Tree = {
        "position": asdict(state.position),
        "scaler": state.scaler.state_dict(),
        "best_mel": state.best_mel,
        "config": state.config.to_json(),
    }
    trees: dict[str, Tree] = {
        f"S_{step}.pth": rest,
        f"G_{step}.pth": {
            "model": state.voice.state_dict(),
            "optimizer": state.optimizer_g.state_dict(),
            **common,
        },
        f"D_{step}.pth": {
            "model": state.discriminators.state_dict(),
            "optimizer": state.optimizer_d.state_dict(),
            **common,
        },
    }
    about = {"epoch": state.position.epoch, "batch": state.position.batch, "mel": mel}
    try:
        entries = _write(trees, folder, on_progress)
        manifest.write(folder, step, {**about, "created": time.time(), "files": entries})
    except BaseException:
        # without an S_ nothing has been renamed yet, and what has these names is the family's
        if (folder / f"S_{step}.pth").exists() and not manifest.path_of(folder, step).exists():
            _remove_unfinished(folder, step)
        raise
    prune(folder)
    size = sum(int(entry["bytes"]) for entry in entries.values())
    return Checkpoint(folder, step, state.position.epoch, mel, size)


def _write(trees: dict[str, Tree], folder: Path, on_progress: Callable[[], None] | None) -> dict[str, Tree]:
    """All files as temporaries, then their renames; returns what the manifest says of each."""
    entries: dict[str, Tree] = {}
    with contextlib.ExitStack() as stack:  # renames happen on leaving, the last entered first
        for name in reversed(trees):
            hashing = _HashingFile(stack.enter_context(atomic.replacing(folder / name)), on_progress)
            try:
                torch.save(trees[name], cast("BinaryIO", hashing))
            except RuntimeError:  # torch's archive writer hides what the file has said
                if hashing.error is not None:
                    raise hashing.error from None
                raise
            entries[name] = {"sha256": hashing.digest(), "bytes": hashing.size}
    return entries


def restore(state: TrainingState, folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """Load the newest checkpoint that is whole into `state`.

    Returns:
        the checkpoint (None when the folder has none at all) and a sentence for each newer one passed over.
    Raises:
        InputError: there are checkpoints, but none can be used; starting over silently would bury them.
    """
    passed_over: list[str] = []
    for checkpoint in candidates(folder):
        try:
            _load_into(state, checkpoint)
        except InputError as error:
            passed_over.append(str(error))
            continue
        return checkpoint, passed_over
    if passed_over:
        fix = _("restore one from a backup, or train under another name")
        raise InputError(_("none of the checkpoints can be used"), path=folder, fix=fix, details=passed_over)
    return None, []


def candidates(folder: Path) -> list[Checkpoint]:
    """Checkpoints of a run folder, newest first; contents are not yet verified."""
    found = []
    for path in folder.glob("*.manifest.json"):
        if match := _MANIFEST.fullmatch(path.name):
            found.append(_from_manifest(path, int(match[1])))
    found += _family_pairs(folder)
    return sorted(found, key=lambda checkpoint: checkpoint.step, reverse=True)


def prune(folder: Path, keep: int = KEEP_NEWEST) -> list[Path]:
    """Delete all but the newest `keep` and the best (lowest validation mel); returns what was deleted."""
    ours = [checkpoint for checkpoint in candidates(folder) if not checkpoint.family]
    measured = [checkpoint for checkpoint in ours if checkpoint.mel is not None]
    keeping = set(ours[:keep])
    if measured:
        keeping.add(min(measured, key=lambda checkpoint: (checkpoint.mel, -checkpoint.step)))
    gone = []
    for checkpoint in ours:
        if checkpoint not in keeping:
            for name in (*checkpoint.files, f"{checkpoint.step}.manifest.json"):
                (folder / name).unlink(missing_ok=True)
                gone.append(folder / name)
    return gone


def remove_leftovers(folder: Path) -> list[Path]:
    """Delete what a kill during saving or pruning left: temporaries, and files without their manifest."""
    gone = atomic.remove_stale_temporaries(folder)
    for path in folder.glob("S_*.pth"):
        step = path.stem.removeprefix("S_")
        if not (folder / f"{step}.manifest.json").exists():
            gone += _remove_unfinished(folder, step)
    return gone


def _remove_unfinished(folder: Path, step: int | str) -> list[Path]:
    gone = [folder / f"{letter}_{step}.pth" for letter in "GDS"]  # S_ last: it marks the pair as unfinished
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


class _HashingFile:
    """Passes writes through to a file and hashes them on the way: no second read of 600 MB."""

    def __init__(self, file: BinaryIO, on_progress: Callable[[], None] | None = None) -> None:
        self._file = file
        self._on_progress = on_progress
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.error: OSError | None = None  # the first that a write has raised

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self.size += len(data)
        if self._on_progress is not None:
            self._on_progress()
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = self.error or error
            raise

    def flush(self) -> None:
        self._file.flush()

    def digest(self) -> str:
        return self._sha256.hexdigest()


def _from_manifest(path: Path, step: int) -> Checkpoint:
    try:
        tree = manifest.read(path)
    except InputError:  # said when it is to be loaded; until then it is a checkpoint that nothing is known of
        return Checkpoint(path.parent, step, 1, None, 0)
    sizes = [int(entry["bytes"]) for entry in tree["files"].values()]
    return Checkpoint(path.parent, step, int(tree["epoch"]), tree["mel"], sum(sizes))


def _family_pairs(folder: Path) -> Iterator[Checkpoint]:
    for path in folder.glob("G_*.pth"):
        if not (match := _GENERATOR.fullmatch(path.name)):
            continue
        step = int(match[1])
        partner = folder / f"D_{step}.pth"
        if (folder / f"S_{step}.pth").exists() or (folder / f"{step}.manifest.json").exists():
            continue
        if partner.exists():
            size = path.stat().st_size + partner.stat().st_size
            yield Checkpoint(folder, step, 1, None, size, family=True)


def verify(checkpoint: Checkpoint) -> None:
    """Compare every file with the manifest's SHA-256; raises InputError that names the first that differs."""
    path = manifest.path_of(checkpoint.folder, checkpoint.step)
    tree = manifest.read(path)
    if tree.get("step") != checkpoint.step or set(tree["files"]) != set(checkpoint.files):
        raise InputError(_("the manifest is that of another checkpoint"), path=path)
    for name, entry in tree["files"].items():
        manifest.compare(checkpoint.folder / name, entry)


def verify_generator(file: Path) -> None:
    """Compare a G_ file with the manifest beside it; a file without one is the family's and taken at its word.

    Raises:
        InputError: its content is not what was saved, or the manifest is damaged.
    """
    match = _GENERATOR.fullmatch(file.name)
    path = manifest.path_of(file.parent, int(match[1])) if match else None
    if path is None or not path.exists():
        return
    entry = manifest.read(path)["files"].get(file.name)
    if entry is None:
        raise InputError(_("the manifest does not name {name}").format(name=file.name), path=path)
    manifest.compare(file, entry)


def _load_into(state: TrainingState, checkpoint: Checkpoint) -> None:
    if not checkpoint.family:
        verify(checkpoint)
    trees = [read_tree(checkpoint.folder / name) for name in checkpoint.files]
    sides = (
        (state.voice, state.optimizer_g, trees[0], checkpoint.files[0]),
        (state.discriminators, state.optimizer_d, trees[1], checkpoint.files[1]),
    )
    for module, optimizer, tree, name in sides:  # all checks before the first change
        check_shapes(module, tree, checkpoint.folder / name)
        check_finite(tree["model"], checkpoint.folder / name)
        _check_optimizer(optimizer, tree, checkpoint.folder / name)
    for module, optimizer, tree, _unused in sides:
        module.load_state_dict(tree["model"])
        if tree.get("optimizer"):
            optimizer.load_state_dict(tree["optimizer"])
    if checkpoint.family:
        # the family counts epochs in `iteration` and starts that epoch over
        state.position = Position(checkpoint.step, max(1, int(trees[0].get("iteration") or 1)), 0)
        return
    rest = trees[2]
    state.position = Position(**rest["position"])
    state.best_mel = rest["best_mel"]
    if rest["scaler"]:
        state.scaler.load_state_dict(rest["scaler"])


def _check_optimizer(optimizer: torch.optim.Optimizer, tree: Tree, path: Path) -> None:
    """Raise InputError when the optimiser's state is not that of these parameters, one by one.

    Moments are stored by position, so those of another order would load and spoil the training.
    """
    theirs = tree.get("optimizer")
    if not theirs:
        return
    try:
        groups = [group["params"] for group in theirs["param_groups"]]
        sizes = {number: tuple(moment["exp_avg"].shape) for number, moment in theirs["state"].items()}
    except (TypeError, KeyError, AttributeError):
        raise InputError(_("the optimiser's state in it is damaged"), path=path) from None
    ours = [group["params"] for group in optimizer.param_groups]
    fits = list(map(len, groups)) == list(map(len, ours)) and all(
        sizes.get(number, tuple(parameter.shape)) == tuple(parameter.shape)
        for numbers, parameters in zip(groups, ours, strict=True)
        for number, parameter in zip(numbers, parameters, strict=True)
    )
    if not fits:
        what = _("the optimiser's state in it belongs to other parameters")
        raise InputError(what, path=path, fix=_("start a new voice from it with --from"))
