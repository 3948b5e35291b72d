"""What the lists ask of the voice: symbols that its table lacks, names and ids of speakers.

Both are done by the commands that a person would type, which answer first what would change: voice.json, or a complete
config of the person's own. Nothing is written before the question is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from tui.app import command_line, words
from tui.app.workers import run_worker
from tui.panes.dataset import desk, view

if TYPE_CHECKING:
    from tui.panes.dataset.pane import DatasetPane

_MOST_SHOWN = 8


class Configuring:
    """A part of the pane."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane

    @property
    def lacks_symbols(self) -> bool:
        """Whether a clip has symbols that the config's table lacks."""
        pane = self._pane
        return pane.shown is not None and self._has_config and "symbols" in pane.shown.known.kinds

    @property
    def lacks_speakers(self) -> bool:
        """Whether a clip's speaker is none of the config's."""
        pane = self._pane
        return pane.shown is not None and self._has_config and "speaker" in pane.shown.known.kinds

    @property
    def _has_config(self) -> bool:
        return self._pane.corpus is not None and self._pane.corpus.config is not None

    def store_symbols(self) -> None:
        """Ask whether the symbols that are lacking shall be stored in the config, and store them."""
        if self._can_begin():
            run_worker(self._pane, self._store_symbols, group="config")

    async def _store_symbols(self) -> None:
        config = self._config
        argv = ["symbols", "-c", str(config), "--json"]
        found = await self._answer(argv)
        if found is None:
            return
        if found.get("needed") is None:
            self._pane.say(f"{config.name} has all the symbols that its lists need")
            return
        file = str(found["file"])
        lacking = [view.symbol(str(each)) for each in found.get("missing") or ()]
        detail = (
            f"Its lists hold {_some(lacking)}, which its table lacks. {file} changes: the table "
            f"grows to {words.plural(len(found['needed']), 'symbol')}, at its end; trained voices keep their ids."
        )
        self._ask(f"Store symbols in {file}?", detail, [*argv, "--store"], f"symbols are stored in {file}")

    def name_speakers(self) -> None:
        """Ask whether the speakers of the lists shall be named in the config, and name them."""
        if self._can_begin():
            run_worker(self._pane, self._name_speakers, group="config")

    async def _name_speakers(self) -> None:
        pane, config = self._pane, self._config
        if pane.corpus is None:
            return
        lists = desk.lists_in(pane.corpus.folder, pane.board)
        lists = [path for path in lists if path.name != pane.board.names["quarantine"]]
        argv = ["speakers", *map(str, lists), "-c", str(config), "--json"]
        found = await self._answer(argv)
        if found is None:
            return
        if found.get("faults"):
            pane.notify(f"{found['faults'][0]}: mend the lists first", severity="warning")
            return
        known = [each for each in found["speakers"] if each.get("id") is not None]
        names = [f"{each['name']} {each['id']}" for each in sorted(known, key=lambda each: int(each["id"]))]
        if not names:
            pane.say("no list names a speaker")
            return
        detail = f"Names and ids: {_some(names)}. {found['file']} changes; names that it has keep their ids."
        done = f"{words.plural(len(names), 'speaker')} named in {found['file']}"
        self._ask(f"Name the speakers in {found['file']}?", detail, [*argv, "--write"], done)

    # both

    @property
    def _config(self) -> Path:
        corpus = self._pane.corpus
        assert corpus is not None and corpus.config is not None  # noqa: S101 - asked before
        return corpus.config

    def _can_begin(self) -> bool:
        pane = self._pane
        if pane.shown is None:
            return False
        if not self._has_config:
            pane.say("no config judges these clips: g chooses one")
        elif pane.board.is_changed:
            pane.say("write the lists first (w): what is on the disk is looked at")
        else:
            return True
        return False

    async def _answer(self, argv: Sequence[str]) -> dict[str, Any] | None:
        """What a command answers; None after its fault was told."""
        pane = self._pane
        pane.say(f"{argv[0]}: looking …")
        ended = await command_line.run(pane.root, *argv)
        pane.say("")
        found = ended.document  # "there is something to do" is a fault to the shell
        if not isinstance(found, dict):
            pane.notify(ended.fault or f"{argv[0]} said nothing", severity="error")
            return None
        return found

    def _ask(self, question: str, detail: str, argv: Sequence[str], done: str) -> None:
        from tui.dialogs.confirm import ConfirmScreen

        pane = self._pane

        def answered(yes: bool | None) -> None:
            if yes:
                run_worker(pane, self._write, argv, done, group="config")

        pane.app.push_screen(
            ConfirmScreen(question, detail, yes="write it", no="leave it as it is"), answered
        )

    async def _write(self, argv: Sequence[str], done: str) -> None:
        if await self._answer(argv) is None:
            return
        pane = self._pane
        try:
            pane.opening.judge_by(self._config)
        except InputError as error:
            pane.notify(str(error), severity="error")
            return
        pane.say(done)


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - _MOST_SHOWN:,} more" if len(items) > _MOST_SHOWN else ""
    return ", ".join(items[:_MOST_SHOWN]) + more
