"""What the model reads of raw texts, and waveforms: answered by one helper process, which has the libraries."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from engine.dataset.lists import open_dataset
from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.runs.processes.helper import Helper, HelperError
from tui.app import words
from tui.panes.dataset.session import Session
from tui.widgets.charts.waveform import Waveform

_SECONDS = 90.0  # the first answer waits for libraries to load
_AT_ONCE = 500  # texts of one question: a tenth of a second, so that other questions need not wait long
HELPER_ERRORS = (InputError, HelperError, TimeoutError)  # what a question may fail with


class HelperProcess:
    """One helper for the pane and its dialogs, started at the first question."""

    def __init__(self) -> None:
        self._helper = Helper([sys.executable, "-m", "engine.speak.server"])

    async def ask(self, op: str, **args: Any) -> dict[str, Any]:
        """Ask in a thread. Raises one of HELPER_ERRORS."""
        return await asyncio.to_thread(partial(self._helper.ask, op, timeout_s=_SECONDS, **args))

    async def draw(self, wave: Waveform, path: Path, pairs: int = 600) -> None:
        """Draw a recording by so many pairs of extremes; where it cannot be read, say why."""
        try:
            reply = await self.ask("waveform", path=str(path), pairs=pairs)
        except HELPER_ERRORS as error:
            wave.say(words.sentence(error))
            return
        values = [float(value) for value in reply["waveform"]]
        wave.show(list(zip(values[::2], values[1::2], strict=False)), float(reply["seconds"]))

    def close(self) -> None:
        """End the helper now; it would end by itself later."""
        threading.Thread(target=self._helper.close, daemon=True).start()


class PhonemeReader:
    """Remembers what the model reads of each text, so that no key waits for it."""

    def __init__(self) -> None:
        self._belongs_to: tuple[object, ...] = (None,)
        self._raw: Sequence[bool] | None = None  # of each list that is open; None: not known yet
        self._known: dict[str, str] = {}
        self._has_failed = False
        self.is_reading = False

    def of(self, session: Session, state: DatasetState) -> list[str | None]:
        """What is read of each clip: None where it is not known; empty without a config."""
        if session.config is None:
            return []
        self._forget_others(session, state)
        raw, known = self._raw, self._known
        if raw is None:
            return [None] * len(state)
        return [
            (known.get(clip.text) if not raw or raw[clip.source] else clip.text)
            if clip.path and clip.text
            else None
            for clip in state.clips
        ]

    def is_cleaned(self, session: Session, state: DatasetState) -> bool:
        """Whether what is open holds phonemes: as the check of training judges, by name until that is known."""
        if self._raw is None or session.config is None:
            return open_dataset.is_cleaned(state)
        return bool(self._raw) and not any(self._raw)

    def begin(self, session: Session, state: DatasetState) -> bool:
        """Whether `read` is to be called: something is not read yet, and no call is under way."""
        if session.config is None or self.is_reading:
            return False
        self._forget_others(session, state)
        self.is_reading = not self._has_failed and (self._raw is None or bool(self._unread(state)))
        return self.is_reading

    async def read(self, helper: HelperProcess, session: Session, state: DatasetState) -> None:
        """Have the helper read what is not known; an answer that is too late for what is open is dropped.

        Raises:
            InputError, HelperError, TimeoutError: nothing more is read of this dataset then.
        """
        belongs_to, config = self._belongs_to, str(session.config)
        try:
            if self._raw is None:
                lists = [str(file.path) for file in state.files]
                reply = await helper.ask("raw_lists", config=config, lists=lists)
                if belongs_to is not self._belongs_to:
                    return
                self._raw = [bool(each) for each in reply["raw"]]
            texts = self._unread(state)
            for start in range(0, len(texts), _AT_ONCE):
                part = texts[start : start + _AT_ONCE]
                reply = await helper.ask("clean", config=config, texts=part)
                if belongs_to is not self._belongs_to:
                    return
                self._known.update(zip(part, map(str, reply["texts"]), strict=True))
        except HELPER_ERRORS:
            if belongs_to is self._belongs_to:
                self._has_failed = True
                raise
        finally:
            self.is_reading = False

    def _forget_others(self, session: Session, state: DatasetState) -> None:
        """Forget what belongs to another dataset, or to another config."""
        belongs_to = (session.config, session.limits, state.files)
        if all(new is old for new, old in zip(belongs_to, self._belongs_to, strict=False)):
            return
        self._belongs_to, self._known, self._has_failed = belongs_to, {}, False
        is_cleaned = state.files and all(Path(f"{file.path}.json").is_file() for file in state.files)
        self._raw = [False] * len(state.files) if is_cleaned else None

    def _unread(self, state: DatasetState) -> list[str]:
        raw, known = self._raw or (), self._known
        texts = (clip.text for clip in state.clips if clip.path and (not raw or raw[clip.source]))
        return [text for text in dict.fromkeys(texts) if text and text not in known]
