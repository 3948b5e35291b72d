"""Write checkpoint files: all as temporaries, hashed as the bytes go by, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import torch

from engine.files import atomic
from engine.train.checkpoints.weights import Tree


def write_files(trees: dict[str, Tree], folder: Path, on_progress: Callable[[], None]) -> dict[str, Tree]:
    """Write each tree under its name; the first name is renamed first, when all are complete.

    Args:
        on_progress: called again and again while bytes go to the disk.
    Returns:
        what a manifest says of each file: {name: {"sha256", "bytes"}}.
    Raises:
        OSError: the disk is full, or fails. Files that were not renamed by then are gone.
    """
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


class _HashingFile:
    """Passes writes through to a file and hashes them on the way: no second read of 600 MB."""

    def __init__(self, file: BinaryIO, on_progress: Callable[[], None]) -> None:
        self._file = file
        self._on_progress = on_progress
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.error: OSError | None = None  # the first that a write has raised

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self.size += len(data)
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
