"""What the model would read of raw texts: made by the helper process, kept by text, so that no key waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.dataset.lists import open_dataset
from tui.app import words
from tui.app.workers import run_worker

if TYPE_CHECKING:
    from engine.dataset.session import Board
    from tui.panes.dataset.desk import Corpus
    from tui.panes.dataset.pane import DatasetPane

_AT_ONCE = 500  # texts of one question: a tenth of a second, so that other questions need not wait long


class Reading:
    """A part of the pane: after each look it has the texts read that are new, then all is judged once more."""

    def __init__(self, pane: DatasetPane) -> None:
        self._pane = pane
        self._belongs_to: tuple[object, ...] = ()
        self._raw: Sequence[bool] | None = None  # of each list that is open; None: nobody knows yet
        self._known: dict[str, str] = {}
        self._has_failed = False
        self.is_learning = False

    def of(self, corpus: Corpus, board: Board) -> list[str | None]:
        """What is read of each clip, as `judge.judge` takes it: None where nobody knows; empty without a config."""
        if corpus.config is None:
            return []
        self._begin(corpus, board)
        raw, known = self._raw, self._known
        if raw is None:
            return [None] * len(board)
        return [
            (known.get(clip.text) if not raw or raw[clip.source] else clip.text)
            if clip.path and clip.text
            else None
            for clip in board.clips
        ]

    @property
    def is_cleaned(self) -> bool:
        """Whether what is open holds phonemes: as the check of training judges, by name until that is known."""
        raw, board = self._raw, self._pane.board
        if raw is None or self._pane.corpus is None or self._pane.corpus.config is None:
            return open_dataset.is_cleaned(board)
        return bool(raw) and not any(raw)

    def learn(self) -> None:
        """Have read what is not known yet, beside the screen."""
        if not self.is_learning and not self._has_failed and self._is_wanting():
            self.is_learning = True
            run_worker(self._pane, self._learn, group="read", exclusive=False)

    def _begin(self, corpus: Corpus, board: Board) -> None:
        """Forget what belongs to another corpus, or to another config."""
        belongs_to = (corpus.config, corpus.limits, board.files)
        if len(self._belongs_to) == len(belongs_to) and all(map(_is_same, belongs_to, self._belongs_to)):
            return
        self._belongs_to, self._known, self._has_failed = belongs_to, {}, False
        is_cleaned = board.files and all(Path(f"{file.path}.json").is_file() for file in board.files)
        self._raw = [False] * len(board.files) if is_cleaned else None

    def _is_wanting(self) -> bool:
        pane = self._pane
        if pane.corpus is None or pane.corpus.config is None or pane.shown is None:
            return False
        self._begin(pane.corpus, pane.board)
        return self._raw is None or next(self._new(), None) is not None

    def _new(self) -> Iterator[str]:
        """Texts that nobody has read yet."""
        raw = self._raw or ()
        for clip in self._pane.board.clips:
            if clip.text and clip.path and (not raw or raw[clip.source]) and clip.text not in self._known:
                yield clip.text

    async def _learn(self) -> None:
        try:
            while self._is_wanting():
                await self._ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest can be judged without
            self._has_failed = True
            told = words.sentence(error).replace(f"{self._pane.root}/", "")
            self._pane.notify(f"the texts are judged without their phonemes: {told}", severity="warning")
        finally:
            self.is_learning = False
        self._pane.look_now()

    async def _ask(self) -> None:
        """One question; an answer that came too late for what it belongs to is dropped."""
        pane, belongs_to = self._pane, self._belongs_to
        config = str(pane.corpus.config) if pane.corpus else ""
        if self._raw is None:
            lists = [str(file.path) for file in pane.board.files]
            reply = await pane.asker.ask("raw_lists", config=config, lists=lists)
            if belongs_to is self._belongs_to:
                self._raw = [bool(each) for each in reply["raw"]]
            return
        for texts in _parts(list(dict.fromkeys(self._new()))):
            reply = await pane.asker.ask("clean", config=config, texts=texts)
            if belongs_to is not self._belongs_to:
                return
            self._known.update(zip(texts, map(str, reply["texts"]), strict=True))


def _is_same(one: object, other: object) -> bool:
    return one is other


def _parts(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]
