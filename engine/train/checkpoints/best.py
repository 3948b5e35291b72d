"""Keep the generator's weights of the best validation in a file of their own, which pruning never deletes.

write best_<step>.pth as a temporary, rename it
rename best_<step>.manifest.json        now it counts
delete the one before, manifest first   a file without a manifest is what a kill has left
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.runs.best import CHARACTER_ERROR, FIGURES, deciding, find
from engine.train.checkpoints import manifest
from engine.train.checkpoints.writer import write_files
from engine.train.state import TrainingState


def save(
    state: TrainingState, folder: Path, figures: Mapping[str, float], on_progress: Callable[[], None]
) -> None:
    """Write the best file where this validation is not worse than the one on disk.

    The manifest on disk says what to compare with, so a resumed run continues to compare. Where another figure decides
    than before, as with a newly installed judge, the comparison starts anew; a judge that failed once does not do that.

    Args:
        figures: of the validation, by tag.
    Raises:
        OSError: the disk is full, or fails; the best one before is still there.
    """
    figure = deciding(figures)
    if figure is None:
        return
    tag, value = figure
    step, before = state.position.step, find(folder)
    if before and before.tag == tag and (value, -step) >= (before.value, -before.step):
        return
    order = list(FIGURES)
    is_missing = before is not None and before.tag in order[: order.index(tag)]
    if before and is_missing and (before.tag != CHARACTER_ERROR or state.config.train.whisper_model):
        return
    stem, epoch = f"best_{step}", state.position.epoch
    tree = {
        "model": state.speaking.voice.state_dict(),
        "iteration": epoch,
        "optimizer": None,
        "learning_rate": state.learning_rate(),
    }
    entries = write_files({f"{stem}.pth": tree}, folder, on_progress)
    about = {"step": step, "epoch": epoch, "tag": tag, "value": value, "created": time.time()}
    manifest.write(manifest.path_of(folder, stem), {**about, "files": entries})
    for path in folder.glob("best_*.manifest.json"):
        if path != manifest.path_of(folder, stem):
            path.unlink()
    remove_leftovers(folder)


def remove_leftovers(folder: Path) -> list[Path]:
    """Delete best files without a manifest, which a kill has left; returns what was deleted."""
    gone = [path for path in folder.glob("best_*.pth") if not manifest.path_of(folder, path.stem).exists()]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
