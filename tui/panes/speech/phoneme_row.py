"""The phonemes of what is typed, and what the voice has no symbols for."""

from __future__ import annotations

import asyncio
from typing import Any

from textual import getters
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, Static

from engine.i18n import _
from tui.app import safe_text, words
from tui.app.dashboard import Dashboard
from tui.app.workers import run_worker
from tui.panes.speech.pronouncing import FAULTS, Ask

_DEBOUNCE_SECONDS = 0.25


class PhonemeRow(Horizontal):
    """`ask` puts the question `phonemes` to the helper."""

    app = getters.app(Dashboard)
    DEFAULT_CSS = """
    PhonemeRow { height: auto; max-height: 3; }
    PhonemeRow #phonemes { height: auto; max-height: 3; width: 1fr; }
    PhonemeRow #phonemes.fault { color: $text-error; }
    """

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    def compose(self) -> ComposeResult:
        yield Label("phonemes", classes="caption")
        yield Static(id="phonemes", markup=False)

    def show_soon(self, text: str, request: dict[str, Any] | None) -> None:
        """Show the phonemes of `text`, unless another text follows at once; `request` names the cleaners."""
        run_worker(self, self._show, text, request, group="phonemes")

    async def _show(self, text: str, request: dict[str, Any] | None) -> None:
        await asyncio.sleep(_DEBOUNCE_SECONDS)  # ended by the next key
        if not text.strip() or request is None:
            self._set("")
            return
        try:
            reply = await self._ask(text=text, **request)
        except FAULTS as error:
            self._set(self.app.shortened(words.sentence(error)), fault=True)
            return
        shown = _("the voice has no {symbols}  in  {phonemes}") if reply["unknown"] else "{phonemes}"
        shown = shown.format(symbols=" ".join(reply["unknown"]), phonemes=reply["phonemes"])
        self._set(shown, fault=bool(reply["unknown"]))

    def _set(self, text: str, *, fault: bool = False) -> None:
        for field in self.query("#phonemes").results(Static):  # none when the dashboard is closing
            field.set_class(fault, "fault")
            field.update(safe_text.content(text))
