"""The README's pictures: the real dashboard on a real workspace, one SVG a pane.

    python docs/take_pictures.py WORKSPACE [PANE ...]

Give it a workspace whose newest run has a checkpoint; the speech pane speaks with it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from engine.errors import InputError
from engine.workspace import find
from tui.app.app import VitsdeckApp
from tui.panes import PANES, number_key
from tui.panes.dataset.pane import DatasetPane

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (120, 36)
# Rich's template fetches its font from the web; the reader's own monospace font does as well
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


async def take(root: Path, panes: list[str]) -> None:
    """One picture of each pane, or of those named."""
    workspace = find(root)
    if workspace is None:
        raise InputError("is not a workspace", path=root)
    app = VitsdeckApp(workspace)
    async with app.run_test(size=SIZE) as pilot:
        for name in panes or [entry.id for entry in PANES]:
            await pilot.press(number_key(name))
            await asyncio.sleep(4)
            if name == "environment":
                await _examined(app)
            if name == "dataset":
                await _opened(app, workspace.filelists_dir)
            if name == "speech":
                await pilot.press("enter")
                await asyncio.sleep(15)  # torch is loaded at the first sentence
            drawing = FONT_FACE.sub("", app.export_screenshot(title=f"vitsdeck: {name}"))
            (PICTURES / f"{name}.svg").write_text(drawing, encoding="utf-8")


async def _examined(app: VitsdeckApp) -> None:
    """All checks have been answered."""
    for _ in range(300):
        if app.pane is not None and app.pane.offers("check_again"):
            return
        await asyncio.sleep(1)


async def _opened(app: VitsdeckApp, lists: Path) -> None:
    """The workspace's own lists are open and their clips measured."""
    if isinstance(app.pane, DatasetPane):
        app.pane.open([lists / f"{split}.txt" for split in ("train", "val", "test")])
        await asyncio.sleep(20)


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]), sys.argv[2:]))
