"""Checkpoints: the family's G_ and D_ files, our S_ file with the rest, and a manifest that makes them one unit.

    write S, G, D as temporaries, hashing as the bytes go by
    rename S, G, D                      a kill here leaves an S without a manifest: not a checkpoint
    rename <step>.manifest.json         now, and only now, it counts

Deleting goes the other way round, manifest last. G_ and D_ without an S_ beside them come from the family's
own tools and are taken at their word. The best weights are a file of their own: `engine.train.checkpoints.best`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import torch

from engine.errors import InputError
from engine.files import atomic
from engine.i18n import _
from engine.runs.best import find
from engine.runs.checkpoints import Checkpoint, candidates
from engine.runs.disk_space import KEPT
from engine.train.checkpoints import best, manifest
from engine.train.checkpoints.weights import Tree, check_finite, check_shapes, read_tree
from engine.train.checkpoints.writer import write_files
from engine.train.state import Position, TrainingState


def save(
    state: TrainingState,
    folder: Path,
    figures: Mapping[str, float] | None = None,
    on_progress: Callable[[], None] = lambda: None,
) -> Checkpoint:
    """Write the best file if this is the best one, then one checkpoint unit, and prune the old ones.

    Args:
        figures: of the validation at this step, by tag; None without one.
        on_progress: called again and again while bytes go to the disk.
    Returns:
        the new checkpoint.
    Raises:
        OSError: the disk is full, or fails; no partial checkpoint is left behind.
    """
    if figures:  # first: a kill in between repeats the steps since the last checkpoint, and this validation
        best.save(state, folder, figures, on_progress)
    step = state.position.step
    trees = {f"{letter}_{step}.pth": tree for letter, tree in trees_of(state).items()}
    about = {"step": step, "epoch": state.position.epoch, "batch": state.position.batch}
    try:
        entries = write_files(trees, folder, on_progress)
        path = manifest.path_of(folder, step)
        manifest.write(path, {**about, "created": time.time(), "files": entries})
    except BaseException:
        # without an S_ nothing has been renamed yet, and what has these names is the family's
        if (folder / f"S_{step}.pth").exists() and not manifest.path_of(folder, step).exists():
            _remove_unfinished(folder, step)
        raise
    prune(folder)
    return Checkpoint(folder, step)


def trees_of(state: TrainingState) -> dict[str, Tree]:
    """What the files of a checkpoint hold, by their letters; S, which is renamed first, comes first."""
    common = {"iteration": state.position.epoch, "learning_rate": state.learning_rate()}
    rest = {
        "position": asdict(state.position),
        "scaler": state.scaler.state_dict(),
        "config": state.config.to_json(),
    }
    voice = {"model": state.voice.state_dict(), "optimizer": state.optimizer_g.state_dict(), **common}
    if state.average is not None:  # the family's tools read `model` and pass over this
        voice["average"] = state.average.state_dict()
    judges = {"model": state.discriminators.state_dict(), "optimizer": state.optimizer_d.state_dict()}
    return {"S": rest, "G": voice, "D": {**judges, **common}}


def set_state(state: TrainingState, trees: Mapping[str, Tree]) -> None:
    """Make `state` that of a checkpoint's trees, which fit it; a pair of the family has no S."""
    sides = ((state.voice, state.optimizer_g, "G"), (state.discriminators, state.optimizer_d, "D"))
    for module, optimizer, letter in sides:
        module.load_state_dict(trees[letter]["model"])
        if trees[letter].get("optimizer"):
            optimizer.load_state_dict(trees[letter]["optimizer"])
    state.restart_average()
    if state.average is not None and "average" in trees["G"]:
        state.average.load_state_dict(trees["G"]["average"])
    if "S" in trees:
        state.position = Position(**trees["S"]["position"])
        if trees["S"]["scaler"]:
            state.scaler.load_state_dict(trees["S"]["scaler"])


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


def prune(folder: Path, keep: int = KEPT) -> list[Path]:
    """Delete all but the newest `keep`, and what is the best in a run of an older version; returns what was deleted."""
    ours, best_one = [checkpoint for checkpoint in candidates(folder) if not checkpoint.family], find(folder)
    gone = []
    for checkpoint in ours[keep:]:
        if best_one is None or checkpoint.generator != best_one.path:
            for name in (*checkpoint.files, f"{checkpoint.step}.manifest.json"):
                (folder / name).unlink(missing_ok=True)
                gone.append(folder / name)
    return gone


def remove_leftovers(folder: Path) -> list[Path]:
    """Delete what a kill during saving or pruning left: temporaries, and files without their manifest."""
    gone = atomic.remove_stale_temporaries(folder) + best.remove_leftovers(folder)
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


def verify(checkpoint: Checkpoint) -> None:
    """Compare every file with the manifest's SHA-256; raises InputError that names the first that differs."""
    path = manifest.path_of(checkpoint.folder, checkpoint.step)
    tree = manifest.read(path)
    if tree.get("step") != checkpoint.step or set(tree["files"]) != set(checkpoint.files):
        raise InputError(_("the manifest is that of another checkpoint"), path=path)
    for name, entry in tree["files"].items():
        manifest.compare(checkpoint.folder / name, entry)


def verify_generator(file: Path) -> None:
    """Compare a G_ or best file with its manifest; a G_ file without one is the family's and taken at its word.

    Raises:
        InputError: its content is not what was saved, or the manifest is damaged.
    """
    path = manifest.path_of(file.parent, file.stem.removeprefix("G_"))
    if not path.exists():
        return
    entry = manifest.read(path)["files"].get(file.name)
    if entry is None:
        raise InputError(_("the manifest does not name {name}").format(name=file.name), path=path)
    manifest.compare(file, entry)


def _load_into(state: TrainingState, checkpoint: Checkpoint) -> None:
    if not checkpoint.family:
        verify(checkpoint)
    paths = {name[0]: checkpoint.folder / name for name in checkpoint.files}
    trees = {letter: read_tree(path) for letter, path in paths.items()}
    if state.average is not None and "average" in trees["G"]:
        check_shapes(state.average, {"model": trees["G"]["average"]}, paths["G"])
    sides = ((state.voice, state.optimizer_g, "G"), (state.discriminators, state.optimizer_d, "D"))
    for module, optimizer, letter in sides:  # all checks before the first change
        check_shapes(module, trees[letter], paths[letter])
        check_finite(trees[letter]["model"], paths[letter])
        _check_optimizer(optimizer, trees[letter], paths[letter])
    set_state(state, trees)
    if checkpoint.family:  # which counts epochs in `iteration` and starts that epoch over
        state.position = Position(checkpoint.step, max(1, int(trees["G"].get("iteration") or 1)), 0)


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
