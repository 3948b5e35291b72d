"""A finished text in the transcript editor of the dataset pane, and back into its manifest."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.errors import InputError
from tui.panes.dataset import desk
from tui.panes.dataset.pane import DatasetPane

OPEN_SECONDS = 30.0  # a long manifest on a slow disk
_LOOK_SECONDS = 0.05


async def open_clip(dataset: DatasetPane, name: str, text: str, manifest: Path) -> int | None:
    """The recording's place in the dataset pane, where its manifest is opened unless it stands there as it is."""
    index = _index_of(dataset, name, manifest)
    if index is not None and dataset.board.clip(index).text == text:
        return index
    dataset.open([manifest])
    for _ in range(round(OPEN_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        if (index := _index_of(dataset, name, manifest)) is not None:
            break
    return index if dataset.shown is not None else None


async def write_corrections(dataset: DatasetPane) -> str:
    """What was edited goes into the manifest; for the dataset pane it is then no longer unsaved.

    Returns:
        What was written, as a sentence.

    Raises:
        InputError: the manifest cannot be written.
    """
    corpus = dataset.corpus
    if corpus is None or dataset.shown is None:
        return ""
    board = dataset.board
    try:
        told = await asyncio.to_thread(desk.correct, corpus.opened, board)
    except InputError as error:
        raise InputError(str(error).replace(f"{dataset.root}/", "")) from None
    if told:
        dataset.unsaved_steps.corrected(board)
    return told


def _index_of(dataset: DatasetPane, name: str, manifest: Path) -> int | None:
    """The clip in the corpus that is open there, if it is this manifest's."""
    if dataset.corpus is None or manifest not in map(Path.absolute, map(Path, dataset.corpus.sources)):
        return None
    wanted = {name, str(manifest.parent / name), str(dataset.root / name)}
    return next((index for index, clip in enumerate(dataset.board.clips) if clip.path in wanted), None)
