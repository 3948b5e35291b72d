"""Text as a voice reads it: sentences, their phonemes and their ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import languages
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.text import marked, pronunciations
from engine.text.cleaners import registry
from engine.text.pronunciations import Pronunciations
from engine.text.sentences import LONGEST, stretches
from engine.text.symbols import describe, table, to_ids, unknown_symbols, with_blanks

SHORTEST = 20  # characters of a stretch, however slowly it is spoken


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is spoken at once, and the silence behind it. There are no ids where the cleaners read nothing."""

    phonemes: str
    ids: tuple[int, ...]
    pause_s: float


class VoiceText:
    """Turns text into what one voice reads."""

    def __init__(self, config: Config, symbols: tuple[str, ...], checkpoint: Path | None = None) -> None:
        """`checkpoint`: where the pronunciations lie; None for none."""
        self.config = config
        self.table = table(symbols)
        self.words = Pronunciations()
        if checkpoint is not None:
            self.read_words(checkpoint)

    def read_words(self, checkpoint: Path) -> None:
        """Take the pronunciations that hold for a checkpoint now. Raises InputError: a fault of theirs."""
        self.words = pronunciations.around(checkpoint, self.config.data.text_cleaners)
        self.words.check(tuple(self.table))

    def parts(self, text: str, length_scale: float = 1.0) -> list[tuple[str, float]]:
        """The sentences of a text, each with its pause in seconds; slow ones are cut shorter.

        Raises:
            InputError: a stretch as `marked.check` refuses.
        """
        marked.check(text)
        language = languages.of_cleaners(self.config.data.text_cleaners)
        most = max(SHORTEST, int(LONGEST / max(1.0, length_scale)))
        found = stretches(text, most, language.code if language else "")
        return [(each.text, each.pause_s) for each in found]

    def sentences(self, parts: list[tuple[str, float]]) -> Iterator[Sentence]:
        """What the voice reads of `parts`. Raises InputError: symbols outside the table."""
        for text, pause_s in parts:
            phonemes = registry.clean_all([text], self.config.data.cleaning, words=self.words)[0]
            is_spoken = bool(phonemes.strip())
            yield Sentence(phonemes, tuple(self.ids(phonemes)) if is_spoken else (), pause_s)

    def ids(self, phonemes: str) -> list[int]:
        """What the voice reads for phonemes. Raises InputError: symbols outside the table."""
        unknown = unknown_symbols(phonemes, self.table)
        if unknown:
            what = _('the voice does not know these symbols: {symbols}; they are in "{phonemes}"')
            what = what.format(symbols=", ".join(map(describe, unknown)), phonemes=phonemes[:60])
            raise InputError(what, fix=_("leave out what is spoken so, or train with texts that have it"))
        ids: list[int] = to_ids(phonemes, self.table)
        return with_blanks(ids) if self.config.data.add_blank else ids

    def nothing_to_say(self) -> InputError:
        """The error for a text of which the cleaners read nothing."""
        what = _("there is nothing to say: {cleaners} reads nothing of the text")
        what = what.format(cleaners=" ".join(self.config.data.text_cleaners))
        return InputError(what, fix=_("give a text in the language of the voice"))
