"""How a word is spoken: asked for the word under the cursor, kept in the workspace's pronunciations.txt."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.i18n import _
from engine.runs.processes.helper import HelperError
from engine.text import pronunciations
from tui.app import words
from tui.dialogs.form import Field, FormScreen

if TYPE_CHECKING:
    from tui.app.dashboard import Dashboard

Ask = Callable[..., Awaitable[dict[str, Any]]]
FAULTS = (InputError, HelperError, TimeoutError, OSError)  # of a question to a helper process
_WORD = re.compile(r"[\w\u0300-\u036f'’-]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s$", re.IGNORECASE)


def word_at(text: str, cursor: int) -> str:
    """The word that the cursor stands in or behind, else the last one before it; of "Nguyen's" the name."""
    before = [found[0] for found in _WORD.finditer(text) if found.start() <= cursor]
    return _POSSESSIVE.sub("", before[-1].strip("'’-")) if before else ""


def correct(app: Dashboard, word: str, phonemes: str, unknown: Ask, speak: Callable[[], None]) -> None:
    """Ask how `word` is spoken, keep it and speak again.

    Args:
        phonemes: how it is spoken now.
        unknown: which symbols of `text` the voice lacks, as {"unknown": [...]}.
    """
    path = app.workspace.root / pronunciations.FILE_NAME

    async def fault(values: dict[str, str]) -> str:
        said = values["said"]
        try:
            if not said.startswith("=") and (lacks := (await unknown(text=said))["unknown"]):
                return _("the voice has no {symbols}").format(symbols=" ".join(map(str, lacks)))
            pronunciations.store(path, values["word"], said, app.workspace.language.code)
        except InputError as error:
            return f"{error.what}; {error.fix}" if error.fix else error.what
        except FAULTS as error:
            return words.sentence(error)
        return ""

    about = _(
        "Phonemes as below the text, or = and another spelling, as =Seersha. It is kept in "
        "pronunciations.txt."
    )
    fields = (Field("word", "word", word), Field("said", _("spoken as"), phonemes))
    form = FormScreen(
        _("Correct a word"), about, fields, enter=_("keeps and speaks"), ask=fault, first="said"
    )
    app.take_answer(form, lambda _values: speak())
