"""The keys and screens of every pane, on an empty workspace and on a full one, as text files in tests/data/before.

    python -m tests.tui.pane_records [FOLDER]     write the records anew, there or into another folder

PANE.keys.tsv is the pane's table of keys: where each works, key, verb, word, help, and the views whose key line has it.
PANE.VIEW.txt is the pane's screen at 120 x 40, as it was before a change; only this command writes it. What a change
removes is listed in gone.tsv: pane (* for all), what (a word, or `key` and a key that goes or is renamed), reason.
"""

from __future__ import annotations

import asyncio
import calendar
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine import doctor, workspace
from engine.runs import gpus, registry
from engine.runs.events import EventWriter
from engine.transcribe.ledger import Ask, Ledger, default_path
from engine.transcribe.pricing import PriceTable
from engine.workspace import Workspace
from tests.conftest import ROOT
from tests.tui.conftest import tone
from tui.app import key_table
from tui.app.app import VitsdeckApp
from tui.dialogs.help import sections
from tui.panes import PANES, number_key
from tui.widgets.keybar import KeyBar

BEFORE = ROOT / "tests" / "data" / "before"
SIZE = (120, 40)
STATES = ("empty", "full")
MORE_VIEWS = {  # of the full workspace: key and name
    "training": (("l", "log"), ("d", "disk"), ("h", "health")),
    "dataset": (("d", "details"),),
}
_SETTLED_LOOKS = 30  # a tenth of a second apart: a screen whose words stayed the same is recorded
TEXTS = ("first of all", "the second one", "born in 1853", "the fourth", "and a fifth", "six of them", "last")
_OF_TIME = {"ago", "min", *calendar.month_name, *calendar.month_abbr}
_CLOCK = re.compile(r"\d+ (?:s|min) ago|\d\d:\d\d:\d\d")


@dataclass
class View:
    """What a person sees of a pane: the rows of the screen, and keys of the key line."""

    pane: str
    name: str
    rows: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)

    def look(self, app: VitsdeckApp) -> View:
        """Read the screen in front, without the passing messages in its corner."""
        app.clear_notifications()
        self.rows = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
        is_dialog = len(app.screen_stack) > 1
        self.offered = [] if is_dialog else [key for key, _ in app.query_one(KeyBar).keys]
        return self


def words(rows: list[str]) -> set[str]:
    """Words of three letters or more; none that is part of a path or cut off, none about time, no phonemes."""
    plain = (part for row in rows for part in row.split() if not re.search(r"[\d/…]", part))
    found = {word for part in plain for word in re.findall(r"[^\W_]{3,}", part) if word.isascii()}
    return found - _OF_TIME


def key_rows(app: VitsdeckApp, pane: str) -> list[tuple[str, str, str, str, str]]:
    """Where, key, verb, word and help of all keys that the help of the pane in front explains."""
    assert app.pane is not None
    own = {action.help: action for action in (*key_table.at(pane), *key_table.at(key_table.APP))}
    found = []
    for title, rows in sections(app.pane):
        for keys, text in rows:
            verb, word = (own[text].verb, own[text].label) if text in own else ("", text)
            found += [(title, key, verb, word, text) for key in keys.split()]
    return found


def build(state: str, folder: Path, patch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of this state; the machine's GPUs, ledger, credentials and checks stay out of sight."""
    patch.setenv("XDG_DATA_HOME", str(folder / "data"))
    patch.setenv("CLOUDSDK_CONFIG", str(folder / "gcloud"))
    patch.setenv("NO_GCE_CHECK", "true")
    patch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    patch.setattr(gpus, "poll", list)
    results = [doctor.Result(name, "ok", f"{name} was found") for name in doctor.NAMES]
    results[1] = doctor.Result(doctor.NAMES[1], "fail", "it cannot be loaded", "pip install it")
    patch.setattr(doctor, "Examination", lambda _root: results)
    made = workspace.init(folder / "voices")
    if state == "full":
        _fill(made)
    return made


def _fill(made: Workspace) -> None:
    """Lists of seven clips, a recording without text, a finished training with all kinds of events, a paid minute."""
    lines = []
    for number, text in enumerate(TEXTS):
        tone(made.audio_dir / f"clip{number}.wav", 1.2 + number / 20, 16000 if number == 4 else 22050)
        lines.append(f"wavs/clip{number}.wav|{text}\n")
    tone(made.audio_dir / "untold.wav", 2.0)
    for name, part in (("train", lines[:5]), ("val", lines[5:6]), ("test", lines[6:])):
        (made.filelists_dir / f"{name}.txt").write_text("".join(part))
    run = made.logs_dir / "anna"
    config = (made.configs_dir / "small_cpu.json").read_text()
    registry.prepare(run, kind="train", argv=["train", "--steps", "12"], config_json=config)
    (run / "G_12.pth").write_bytes(b"")
    (run / "train.log").write_text("the log begins\nand ends\n")
    with EventWriter(run / "events.jsonl") as events:
        for step in range(1, 13):
            values = {"loss/g/mel": 50.0 - step, "loss/g/total": 60.0, "learning_rate": 2e-4}
            events.metric(step, 0, values | {"loss/d/total": 3.0, "loss/g/fm": 4.0, "grad_norm_d": 5.0})
        events.checkpoint(12, 0, ["G_12.pth"], 10, best=True, figure=("loss/val/mel", 38.0))
        events.health("KL collapse", "warning", "the KL loss is nearly zero", "lower the learning rate", True)
    registry.StateFile(run).update(state="finished", step=12, epoch=0, total_steps=12)
    with Ledger(default_path()) as book:
        price = PriceTable.load().find("google", "v2")
        row = book.reserve(Ask("digest", "google", "s", "default", price, "x.wav", 0, 60_000)).row
        book.mark_sent(row)
        book.settle(row, "what was said", billed_ms=60_000)


@asynccontextmanager
async def opened(state: str, folder: Path) -> AsyncIterator[AsyncIterator[tuple[VitsdeckApp, View]]]:
    """The app on a workspace of this state, and its views, each as soon as it is in front."""
    with pytest.MonkeyPatch.context() as patch:
        app = VitsdeckApp(build(state, folder, patch))
        async with app.run_test(size=SIZE) as pilot:

            async def views() -> AsyncIterator[tuple[VitsdeckApp, View]]:
                for entry in PANES:
                    await pilot.press(number_key(entry.id))
                    yield app, View(entry.id, state)
                    for key, name in MORE_VIEWS.get(entry.id, ()) if state == "full" else ():
                        await pilot.press(key)
                        yield app, View(entry.id, name)
                        if len(app.screen_stack) > 1:
                            await pilot.press("escape")

            yield views()


async def record(folder: Path) -> None:
    """Write all records into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[tuple[str, str, str, str, str]]] = {}
    offered: dict[tuple[str, str], list[str]] = {}
    for state in STATES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            async with opened(state, Path(place)) as views:
                async for app, view in views:
                    looks: list[set[str]] = []
                    while len(looks) < _SETTLED_LOOKS or any(look != looks[-1] for look in looks):
                        await asyncio.sleep(0.1)
                        looks = [*looks[1 - _SETTLED_LOOKS :], words(view.look(app).rows)]
                    text = "\n".join(view.rows).rstrip().replace(place, "FOLDER")
                    text = _CLOCK.sub(lambda found: re.sub(r"\d", "0", found[0]), text)
                    (folder / f"{view.pane}.{view.name}.txt").write_text(text + "\n", encoding="utf-8")
                    tables[view.pane] = key_rows(app, view.pane)
                    for key in view.offered:
                        offered.setdefault((view.pane, key), []).append(view.name)
    for pane, rows in tables.items():
        table = ["\t".join((*row, " ".join(offered.get((pane, row[1]), [])))) for row in rows]
        head = "where\tkey\tverb\tword\thelp\toffered"
        (folder / f"{pane}.keys.tsv").write_text("\n".join([head, *table]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]) if len(sys.argv) > 1 else BEFORE))
