"""What the tests of the dataset pane share: a pane with lists that were measured, and what it shows."""

from __future__ import annotations

from pathlib import Path

from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from engine import workspace
from engine.workspace import Workspace
from tests.tui.conftest import until
from tui.dialogs.dialog import ConfirmScreen
from tui.panes import number_key
from tui.panes.dataset.clip_browser import ClipTable
from tui.panes.dataset.edit_actions import Fix, fixes_for
from tui.panes.dataset.pane import DatasetPane
from tui.widgets.statusline import StatusLine

DATASET = number_key("dataset")


async def opened(pilot: Pilot[None], place: Workspace, name: str = "train.txt") -> DatasetPane:
    """The pane with lists that were measured."""
    await pilot.press(DATASET)
    pane = pilot.app.query_one(DatasetPane)
    pane.open([place.filelists_dir / name])
    # the pane may have opened something by itself before
    await until(lambda: pane.session.sources == (place.filelists_dir / name,))
    await until(lambda: pane.view.findings.issues and not pane.view.findings.unmeasured)
    return pane


def ten_thousand(folder: Path) -> Workspace:
    """A workspace with lists of 10,000 clips, of which no sound is there."""
    made = workspace.init(folder / "voices")
    for name, begin, end in (("train", 0, 7000), ("val", 7000, 9500), ("test", 9500, 10_000)):
        lines = [f"wavs/c{i}.wav|Satz {i}\n" for i in range(begin, end)]
        (made.filelists_dir / f"{name}.txt").write_text("".join(lines))
    return made


def dialog_text(app: App[None], selector: str) -> str:
    """What one widget of the dialog in front shows."""
    return str(app.screen.query_one(selector).render())


async def question(app: App[None]) -> str:
    """What is asked, with its details, once it is."""
    await until(lambda: isinstance(app.screen, ConfirmScreen) and app.screen.query(".muted"))
    return f"{dialog_text(app, '.question')} {dialog_text(app, '.muted')}"


def facts(pane: Widget) -> str:
    return pane.query_one(StatusLine).shown_rows()[0]


def table(pane: DatasetPane) -> list[str]:
    return [row.rstrip(" │┃") for row in pane.query_one(ClipTable).shown_rows()]


def lists(place: Workspace) -> dict[str, str]:
    return {name: (place.filelists_dir / f"{name}.txt").read_text() for name in ("train", "val", "test")}


def fixes_offered(pane: DatasetPane) -> list[Fix]:
    browser = pane.browser
    return fixes_for(pane.view, browser.targets, browser.rows, is_selection=bool(browser.selected))
