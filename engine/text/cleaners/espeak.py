"""Text to IPA through phonemizer and espeak-ng; the one place that knows how both are loaded.

A voice serves any number of lines: making one takes 5 to 20 ms (it copies and loads the library), a line 0.2 to
0.6 ms, nine tenths of them inside espeak. espeak-ng is all global variables, so a thread that speaks has a voice, and
with it a copy of the library, for itself; espeak's part of the work runs on as many cores as there are threads. The
library is the one inside the espeakng-loader wheel, unless a system one is asked for by PHONEMIZER_ESPEAK_LIBRARY or
`use_library`.

phonemizer takes punctuation out before espeak sees a line and puts it back afterwards. Its 3.4 fails where a
decimal number ends a sentence ("costs 3.5." came back as two lines, "three." and "five") and keeps brackets,
which the symbol tables lack. So the marks are kept here, by its own rule of what a mark is, and what stands
between them goes to phonemizer's wrapper of the library. Its backend above that would also count words, to warn
where espeak joins some: half of its time for nothing. A test holds the results to be those of the backend.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.metadata
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.i18n import _

if TYPE_CHECKING:
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

# phonemizer's marks up to 3.3; its 3.4 added ( ) { } [ ], which the family's tables cannot hold
MARKS = ';:,.!?¡¿—…"«»“”'
_ALWAYS_MARKS = "".join(mark for mark in MARKS if mark not in ",.")
# a comma or point between two digits belongs to the number, so that espeak reads 1.5 as one number
_MARKS_RE = re.compile(rf"((?:\s*(?:[{re.escape(_ALWAYS_MARKS)}]|(?<![0-9])[,.]|[,.](?![0-9]))+\s*)+)")
# the same where there is no such number, at a twentieth of the time: it begins with a set of characters
_NUMBER = re.compile("[0-9][,.][0-9]")
_MARKS_AND_SPACE = re.compile(rf"([{re.escape(MARKS)}](?:[{re.escape(MARKS)}\s]*))")
_LANGUAGE_FLAG = re.compile(
    r"\(.+?\)"
)  # espeak writes "(fr)" where it changes to the rules of another language
_STRESS_MARKS = str.maketrans("", "", "ˈˌ'-")
_LONGEST_DATA_PATH = 159  # espeak-ng holds it in 160 bytes, and ends the process when it does not fit

_lock = threading.RLock()  # choosing and loading a library is for one thread at a time
_idle: dict[str, list[EspeakWrapper]] = {}  # voices that no thread is using, by language
_chosen_library: str | None = None


def use_library(path: str | Path | None) -> None:
    """Phonemize with this espeak library from now on; None: the environment's, or else the bundled one.

    Raises:
        InputError: there is no such file.
    """
    global _chosen_library  # noqa: PLW0603 - phonemizer keeps its library in a class variable as well
    if path is not None and not Path(path).is_file():
        raise InputError(_("no such espeak library"), path=path)
    with _lock:
        _chosen_library = None if path is None else str(path)
        _load.cache_clear()
        _idle.clear()  # a voice that is speaking now goes back into a list that nobody looks into


def chosen_library() -> str | None:
    """What `use_library` was told."""
    return _chosen_library


def phonemize(lines: Iterable[str], language: str, *, punctuation: bool, stress: bool) -> list[str]:
    """IPA for each line, words separated by one space, language switch flags removed.

    Args:
        language: espeak's code, as "en-us".
        punctuation: keep marks (quotes and dashes too) where they stood; otherwise they become spaces.
        stress: keep the stress marks ˈ and ˌ.

    Raises:
        InputError: espeak does not know the language, or the library that was asked for cannot be loaded.
    """
    with _voice(language) as voice:
        spoken = [_line(line, voice, punctuation) for line in lines]
    return spoken if stress else [line.translate(_STRESS_MARKS) for line in spoken]


def _line(line: str, voice: EspeakWrapper, punctuation: bool) -> str:
    if not punctuation:
        return _speak(_MARKS_RE.sub(" ", line), voice)
    parts = split_marks(line)
    for place in range(0, len(parts), 2):
        if parts[place].strip():
            parts[place] = _speak(parts[place], voice)
    return "".join(parts)


def split_marks(line: str) -> list[str]:
    """Text, marks, text, marks, text: the space around marks goes with them, that around the line is gone."""
    line = line.strip()
    if _NUMBER.search(line):
        return _MARKS_RE.split(line)
    parts = _MARKS_AND_SPACE.split(line)
    for place in range(0, len(parts) - 1, 2):
        text = parts[place].rstrip()
        if len(text) < len(parts[place]):
            parts[place], parts[place + 1] = text, parts[place][len(text) :] + parts[place + 1]
    return parts


def _speak(text: str, voice: EspeakWrapper) -> str:
    """Text without marks as IPA; _ stands between phonemes, and a NUL would end the C string."""
    spoken: str = voice.text_to_phonemes(text.replace("\0", " "))
    spoken = spoken.strip().replace("\n", " ").replace("  ", " ").replace("_", "")
    return _LANGUAGE_FLAG.sub("", spoken) if "(" in spoken else spoken


def languages() -> list[str]:
    """The codes of all languages that the library in use speaks, sorted."""
    with _lock:
        _load()
        from phonemizer.backend import EspeakBackend

        return sorted(EspeakBackend.supported_languages())


def versions() -> dict[str, str]:
    """Versions of phonemizer and of the espeak library in use; phonemes depend on both."""
    with _lock:
        return {"phonemizer": importlib.metadata.version("phonemizer"), "espeak": _load()}


@functools.cache
def _load() -> str:
    """Tell phonemizer which library and data to use; returns the version of espeak."""
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    library = _chosen_library or os.environ.get("PHONEMIZER_ESPEAK_LIBRARY")
    EspeakWrapper.set_data_path(None)
    if library:
        if not Path(library).is_file():
            raise InputError(_("PHONEMIZER_ESPEAK_LIBRARY names no file"), path=library)
        EspeakWrapper.set_library(library)
    else:
        import espeakng_loader

        EspeakWrapper.set_library(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
        if len(os.fsencode(data)) <= _LONGEST_DATA_PATH:
            EspeakWrapper.set_data_path(data)
        else:  # phonemizer would follow the link to the long path again; espeak itself does not
            os.environ["ESPEAK_DATA_PATH"] = _short_path(data)
    try:
        return ".".join(str(part) for part in EspeakWrapper().version)
    except RuntimeError as error:
        raise InputError(_("espeak cannot be loaded ({error})").format(error=error), path=library) from None


def _short_path(data: str) -> str:
    """A path that fits into espeak's 160 bytes: a link in the temporary folder, or else a copy."""
    folder = tempfile.mkdtemp(prefix="espeak-")
    link = Path(folder) / "espeak-ng-data"
    try:
        link.symlink_to(data, target_is_directory=True)
    except OSError:
        shutil.copytree(data, link)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(link)


@contextlib.contextmanager
def _voice(language: str) -> Iterator[EspeakWrapper]:
    """A voice for this thread alone, a new one where all are in use."""
    with _lock:
        waiting = _idle.setdefault(language, [])
        voice = waiting.pop() if waiting else _new_voice(language)
    try:
        yield voice
    finally:
        waiting.append(voice)


def _new_voice(language: str) -> EspeakWrapper:
    _load()
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    voice = EspeakWrapper()
    try:
        voice.set_voice(language)
    except RuntimeError as error:
        raise InputError(
            _('espeak has no language "{language}" ({error})').format(language=language, error=error)
        ) from None
    return voice
