"""The providers by name."""

from __future__ import annotations

import importlib.util
import re

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import Plan, Provider, Settings
from engine.transcribe.providers.google import Google
from engine.transcribe.providers.pocketsphinx import PocketSphinx
from engine.transcribe.providers.whisper import Whisper

_PROVIDERS: dict[str, type[Provider]] = {"google": Google, "whisper": Whisper, "pocketsphinx": PocketSphinx}
NAMES = tuple(_PROVIDERS)


def plan(settings: Settings) -> Plan:
    """What a call with these settings is limited to and decided by; nothing is loaded or called.

    Raises:
        InputError: no such provider, or settings that it does not know.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", settings.language):
        what = _('"{language}" is not a language code').format(language=settings.language)
        raise InputError(what, fix=_("write it as en-US, de-DE or ja-JP"))
    if not 8000 <= settings.rate <= 48000:
        what = _("a rate of {rate} Hz is not between 8000 and 48000").format(rate=settings.rate)
        raise InputError(what, fix=_("16000 is usual"))
    if not 1 <= settings.call_seconds <= 3600:
        what = _("a call of {seconds:g} s is not between 1 and 3600 s").format(seconds=settings.call_seconds)
        raise InputError(what, fix=_("90 is usual"))
    if settings.provider not in _PROVIDERS:
        what = _('there is no provider "{provider}"').format(provider=settings.provider)
        raise InputError(what, fix=_("choose one of {names}").format(names=", ".join(NAMES)))
    found = _PROVIDERS[settings.provider].plan(settings)
    if found.rate not in (0, settings.rate):
        what = _("{provider} needs {needed} Hz, not {rate}").format(
            provider=found.provider, needed=found.rate, rate=settings.rate
        )
        raise InputError(what, fix=_("leave --rate out"))
    return found


def connect(settings: Settings) -> Provider:
    """The provider, ready to be called.

    Raises:
        InputError: a library, a model or credentials are missing.
    """
    _check_library(settings)
    return _PROVIDERS[settings.provider](settings)


def check(settings: Settings) -> None:
    """Find out cheaply what `connect` would miss: a library, or credentials.

    Raises:
        InputError: says what is missing and how to get it.
    """
    _check_library(settings)
    _PROVIDERS[settings.provider].check(settings)


def _check_library(settings: Settings) -> None:
    library = plan(settings).library
    if library is not None and importlib.util.find_spec(library[0]) is None:
        what = _("{name} is not installed").format(name=library[0].replace("_", "-"))
        fix = _("in vitsdeck's folder: `pip install -e '.[{extra}]'`").format(extra=library[1])
        raise InputError(what, fix=fix)
