"""The README's pictures: the real dashboard on a real workspace, one SVG a pane.

    python docs/take_pictures.py WORKSPACE

Give it a workspace whose newest run has a checkpoint; the speech pane speaks with it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from engine.errors import InputError
from engine.workspace import find
from tui.app import VitsdeckApp

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (120, 36)
# Rich's template fetches its font from the web; the reader's own monospace font does as well
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


async def take(root: Path) -> None:
    workspace = find(root)
    if workspace is None:
        raise InputError("is not a workspace", path=root)
    app = VitsdeckApp(workspace)
    async with app.run_test(size=SIZE) as pilot:
        for key, name in (("1", "overview"), ("2", "training"), ("3", "speech")):
            await pilot.press(key)
            await asyncio.sleep(4)
            if name == "speech":
                await pilot.press("enter")
                await asyncio.sleep(15)  # torch is loaded at the first sentence
            drawing = FONT_FACE.sub("", app.export_screenshot(title=f"vitsdeck: {name}"))
            (PICTURES / f"{name}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
