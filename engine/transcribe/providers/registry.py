"""The providers by name."""

from __future__ import annotations

import re
from types import ModuleType

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers import google, pocketsphinx, whisper
from engine.transcribe.providers.base import Plan, Provider, Settings

_MODULES: dict[str, ModuleType] = {"google": google, "whisper": whisper, "pocketsphinx": pocketsphinx}
NAMES = tuple(_MODULES)


def plan(settings: Settings) -> Plan:
    """What a call with these settings is limited to and decided by; nothing is loaded or called.

    Raises:
        InputError: no such provider, or settings that it does not know.
    """
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", settings.language):
        what = f'"{settings.language}" is not a language code'
        raise InputError(what, fix=_("write it as en-US, de-DE or ja-JP"))
    if not 8000 <= settings.rate <= 48000:
        raise InputError(
            _("a rate of {rate} Hz is not between 8000 and 48000").format(rate=settings.rate),
            fix=_("16000 is usual"),
        )
    if not 1 <= settings.call_seconds <= 3600:
        what = f"a call of {settings.call_seconds:g} s is not between 1 and 3600 s"
        raise InputError(what, fix=_("90 is usual"))
    found: Plan = _module(settings).plan(settings)
    return found


def connect(settings: Settings) -> Provider:
    """The provider, ready to be called.

    Raises:
        InputError: a library, a model or credentials are missing.
    """
    found: Provider = _module(settings).connect(settings)
    return found


def check(settings: Settings) -> None:
    """Find out cheaply what `connect` would miss: a library, or credentials.

    Raises:
        InputError: says what is missing and how to get it.
    """
    _module(settings).check(settings)


def _module(settings: Settings) -> ModuleType:
    if settings.provider not in _MODULES:
        fix = f"choose one of {', '.join(NAMES)}"
        raise InputError(_('there is no provider "{provider}"').format(provider=settings.provider), fix=fix)
    return _MODULES[settings.provider]
