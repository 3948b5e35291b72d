"""A finished text in the transcript editor of the dataset pane, and back into its manifest."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.i18n import _
from tui.app.dashboard import Dashboard
from tui.app.workers import run_worker
from tui.panes.dataset.pane import DatasetPane

OPEN_SECONDS = 30.0  # a long manifest on a slow disk
_LOOK_SECONDS = 0.05


async def edit(app: Dashboard, name: str, text: str, manifest: Path) -> None:
    """Open a text in the editor; corrections go into the manifest, and the transcription pane comes back."""
    await app.show_pane("dataset")
    dataset = app.pane
    if not isinstance(dataset, DatasetPane):
        return
    index = await _open_clip(dataset, name, text, manifest)
    if index is None:
        text = _("{recording} is not in {manifest}").format(recording=name, manifest=manifest.name)
        app.notify(text, severity="warning")
        return
    dataset.browser.go_to(index)

    def closed() -> None:
        run_worker(dataset, _write_corrections, app, dataset, group="correct", exclusive=False)

    dataset.repair(index, closed)


async def _open_clip(dataset: DatasetPane, name: str, text: str, manifest: Path) -> int | None:
    """The recording's place in the dataset pane, where its manifest is opened unless it is open unchanged."""
    index = _index_of(dataset, name, manifest)
    if index is not None and dataset.state.clip(index).text == text:
        return index
    dataset.open([manifest])
    for _unused in range(round(OPEN_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        if (index := _index_of(dataset, name, manifest)) is not None:
            break
    return index


async def _write_corrections(app: Dashboard, dataset: DatasetPane) -> None:
    """What was edited goes into the manifest when the editor is closed."""
    with app.errors_notified():
        if corrected := await dataset.correct_manifest():
            app.notify(corrected)
        await app.show_pane("transcription")


def _index_of(dataset: DatasetPane, name: str, manifest: Path) -> int | None:
    """The clip in the corpus that is open there, if it is this manifest's."""
    if dataset.session is None or manifest not in map(Path.absolute, map(Path, dataset.session.sources)):
        return None
    wanted = {name, str(manifest.parent / name), str(dataset.root / name)}
    return next((index for index, clip in enumerate(dataset.state.clips) if clip.path in wanted), None)
