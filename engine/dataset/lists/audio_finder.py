"""Find the audio that a list names: paths of other machines, ids without an ending, other spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath

from engine.audio.recordings import SUFFIXES

_MOST_SPEAKER_LETTERS = 100


class AudioFinder:
    """Finds audio by a path or an id, beside a list and in folders that may hold it.

    Paths of another machine are found by their last parts: `C:\\\\data\\\\wavs\\\\a.wav` as `wavs/a.wav` or `a.wav`.
    A name that is not there is looked for in another letter case and Unicode form; `respelt` counts those found.
    """

    def __init__(self, folders: Path | Iterable[Path]) -> None:
        folders = [folders] if isinstance(folders, Path) else list(folders)
        self.folders = [folder / below for folder in folders for below in ("wavs", "", "clips", "wav")]
        self.respelt = 0
        self._names: dict[Path, dict[str, str]] = {}

    def find(self, name: str, speaker: str | None = None) -> str | None:
        """The path to write into a filelist, or None."""
        if not name:
            return None
        if "\\" in name and not is_file(Path(name)):
            name = PureWindowsPath(name).as_posix()
        if is_file(Path(name)):
            return name
        for tail in _tails(name):
            found = next(filter(None, (_in(folder, tail) for folder in self.folders)), None)
            found = found or (speaker and self.find_in_speaker_folder(tail, speaker))
            if found:
                return found
        for tail in _tails(name):
            if found := next(filter(None, (self._respelt_in(folder, tail) for folder in self.folders)), None):
                self.respelt += 1
                return found
        return None

    def _respelt_in(self, folder: Path, name: str) -> str | None:
        *above, last = Path(name).parts or ("",)
        for part in above:
            folder /= self._listing(folder).get(_spelling(part), part)
        names = self._listing(folder)
        found = next((names[key] for s in ("", *SUFFIXES) if (key := _spelling(last + s)) in names), None)
        return None if found is None or not is_file(folder / found) else str(folder / found)

    def _listing(self, folder: Path) -> dict[str, str]:
        """The names in a folder by their spelling; nothing where it cannot be read."""
        if folder not in self._names:
            try:
                self._names[folder] = {_spelling(path.name): path.name for path in folder.iterdir()}
            except (OSError, ValueError):
                self._names[folder] = {}
        return self._names[folder]

    def find_in_speaker_folder(self, name: str, speaker: str) -> str | None:
        """`SPEAKER/ID.suffix` in one of the folders."""
        if not name or not speaker or len(speaker) > _MOST_SPEAKER_LETTERS or speaker.startswith(("/", ".")):
            return None
        return next(filter(None, (_in(folder / speaker, name) for folder in self.folders)), None)


def _spelling(name: str) -> str:
    """The same for a name in any letter case, composed or decomposed."""
    return unicodedata.normalize("NFC", name).casefold()


def _tails(name: str) -> Iterator[str]:
    """A relative name as it is; of an absolute one, which is of another machine, its last parts."""
    parts = [part for part in name.split("/") if part]
    if not name.startswith("/") and not re.match(r"[A-Za-z]:", name):
        yield name
    else:
        yield from ("/".join(parts[-count:]) for count in range(min(3, len(parts)), 0, -1))


def _in(folder: Path, name: str) -> str | None:
    for suffix in ("", *SUFFIXES):
        candidate = folder / (name + suffix)
        if is_file(candidate):
            return str(candidate)
    return None


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file can have is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text taken for a name: too long, or with a NUL
        return False
