"""Which speaker of a voice is meant; without torch, since the dashboard asks too."""

from __future__ import annotations

from engine.config import Config
from engine.errors import InputError
from engine.i18n import _


def speaker_id(config: Config, word: str) -> int:
    """The id of a speaker: its place in the config's list, so that names may be digits, or the number itself.

    Raises:
        InputError: there is no such speaker.
    """
    names = config.speakers or ()
    if word in names:
        return names.index(word)
    if word.removeprefix("-").isdecimal():
        check_speaker(config, int(word))
        return int(word)
    raise _no_speaker(config, word)


def check_speaker(config: Config, number: int) -> None:
    """Raises InputError: there is no speaker of this number."""
    if not 0 <= number < max(1, config.data.n_speakers):
        raise _no_speaker(config, str(number))


def check_several(config: Config) -> None:
    """Raises InputError: the voice has one speaker."""
    if config.data.n_speakers < 2:
        fix = _("choose a run that was trained with several speakers")
        raise InputError(_("this voice has one speaker, and nobody to convert to"), fix=fix)


def _no_speaker(config: Config, word: str) -> InputError:
    count = max(1, config.data.n_speakers)
    fix = _("choose one from 0 to {last} or one of {names}")
    if not config.speakers:
        fix = _("choose one from 0 to {last}") if count > 1 else _("this voice has one speaker, 0")
    fix = fix.format(last=count - 1, names=", ".join(config.speakers or ()))
    return InputError(_("there is no speaker {speaker}").format(speaker=word), fix=fix)
