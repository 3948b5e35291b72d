"""What a key costs the screen's own thread in the dataset pane, while texts are read and when they are known.

    python bench/dataset_keys.py [--clips 10000]

The lists name clips that are not there, so that nothing but the table and the texts is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from textual.pilot import Pilot

from engine import workspace
from engine.workspace import Workspace
from tui.app.app import VitsdeckApp
from tui.panes import number_key
from tui.panes.dataset.pane import DatasetPane

KEYS = ("down", "pagedown", "v", "u", "space", "end", "home")
ROUNDS = 5


def make_workspace(folder: Path, clips: int) -> Workspace:
    """A workspace with lists of so many clips."""
    place = workspace.init(folder)
    bounds = [0, clips * 70 // 100, clips * 95 // 100, clips]
    for name, begin, end in zip(("train", "val", "test"), bounds[:-1], bounds[1:], strict=True):
        lines = [f"wavs/c{number}.wav|sentence {number} of many\n" for number in range(begin, end)]
        (place.filelists_dir / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    return place


async def cost_ms(pilot: Pilot[None], key: str) -> float:
    """Milliseconds of processor time that the screen's thread spends on a key."""
    began = time.thread_time()
    await pilot.press(key)
    return 1000 * (time.thread_time() - began)


async def measure(place: Workspace) -> dict[str, list[float]]:
    """Costs by what the pane is doing."""
    app = VitsdeckApp(place)
    told: dict[str, list[float]] = {"texts are read": [], "all is known": []}
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(number_key("dataset"))
        pane = app.query_one(DatasetPane)
        pane.open([place.filelists_dir / "train.txt"])
        while not pane.is_open or pane.reader.is_reading:
            told["texts are read"].append(await cost_ms(pilot, "down"))
        for _ in range(ROUNDS):
            told["all is known"] += [await cost_ms(pilot, key) for key in KEYS]
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=10_000)
    clips = parser.parse_args().clips
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(measure(make_workspace(Path(folder) / "voices", clips)))
    print(f"{clips:,} clips, milliseconds of the screen's thread for a key")
    for doing, costs in told.items():
        print(
            f"  {doing:<15} {len(costs):>4} keys, median {statistics.median(costs):.0f}, most {max(costs):.0f}"
        )


if __name__ == "__main__":
    main()
