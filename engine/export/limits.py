"""What no player does for a voice, each in one sentence that says what it means."""

from __future__ import annotations

from engine.config import Config
from engine.export.piper import espeak_voice
from engine.i18n import _
from engine.text.pronunciations import FILE_NAME, Pronunciations


def player_limits(config: Config, words: Pronunciations) -> list[str]:
    """Sentences about what plain text loses in Piper and sherpa-onnx; `vitsdeck speak` has all of it."""
    data, found = config.data, []
    if not espeak_voice(config):
        text = _(
            "no player has {cleaners}: it can be given phonemes that `vitsdeck preprocess` wrote, but no text"
        )
        found.append(text.format(cleaners=" ".join(data.text_cleaners) or _("a voice without cleaners")))
    if data.normaliser:
        text = _(
            "no player has the normaliser {name}: numbers, dates and signs are spoken as espeak reads them"
        )
        found.append(text.format(name=data.normaliser))
    if words.words:
        text = _("no player reads {file}: its words are spoken as espeak says them")
        found.append(text.format(file=FILE_NAME))
    return found
