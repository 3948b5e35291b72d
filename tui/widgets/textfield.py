"""A field to type in that keeps the order of keys."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.widgets import Input

from engine.i18n import _

_EDITS = {
    key: binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding) and binding.action != "submit"
    for key in binding.key.split(",")
}


class TextField(Input):
    """Textual's input, for keys that arrive in one burst, as over a slow line, and for pastes of several lines.

    Textual puts letters into the field and sends editing keys on to the app: in a burst, a backspace would act after
    the letters that were typed behind it.
    """

    async def _on_key(self, event: events.Key) -> None:
        if (action := _EDITS.get(event.key)) is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        self.replace(" ".join(lines), *self.selection)
        if len(lines) > 1:
            self.app.notify(_("{n} lines were joined to one").format(n=len(lines)))
