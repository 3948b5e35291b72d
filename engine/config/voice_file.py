"""voice.json in the workspace: the symbols in the order of their ids, and which id each speaker has.

    {"symbols": ["_", ";", ...], "speakers": {"anna": 0, "ben": 1}}

Entries are appended and never move, since checkpoints were trained with the ids. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.config import reader
from engine.config.reader import Rule, setting
from engine.files.permissions import write_own
from engine.i18n import _

FILE_NAME = "voice.json"
_ONE_CHARACTER = Rule(_("a single character"), lambda symbol: len(symbol) == 1)


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """What voice.json says; an id is a place in its tuple. Both are empty where nothing was written yet."""

    symbols: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    symbols: tuple[str, ...] = setting("The symbols in the order of their ids.", (), rule=_ONE_CHARACTER)
    speakers: dict[str, int] | None = setting("The id of each speaker, from 0 up.", None)


def read(root: str | Path) -> VoiceFile:
    """The voice.json of a workspace; an empty one where there is no such file.

    Raises:
        InputError: it cannot be read, or is no voice.json.
    """
    path = Path(root) / FILE_NAME
    if not path.exists():
        return VoiceFile()
    source = reader.read(path)
    found = source.section(_File, source.tree)
    speakers = found.speakers or {}
    if set(speakers.values()) != set(range(len(speakers))):  # a checkpoint has a row for each
        what = _("must map each name to an id of its own from 0 up")
        raise source.fault("speakers", what, _("write {example}").format(example='{"anna": 0, "ben": 1}'))
    return VoiceFile(found.symbols, tuple(sorted(speakers, key=speakers.__getitem__)))


def appended(known: tuple[str, ...], wanted: Iterable[str]) -> tuple[str, ...]:
    """The entries that are known, then those that are wanted besides, in their order."""
    return known + tuple(dict.fromkeys(each for each in wanted if each not in known))


def add_symbols(root: str | Path, symbols: Sequence[str]) -> VoiceFile:
    """Append the symbols that voice.json lacks, in their order; those that it has keep their ids.

    Raises:
        InputError: as `read`, or it cannot be written.
    """
    voice = read(root)
    if not voice.symbols:  # a table as it is: the family's hold the apostrophe twice
        return _write(root, replace(voice, symbols=tuple(symbols)))
    return _write(root, replace(voice, symbols=appended(voice.symbols, symbols)))


def add_speakers(root: str | Path, names: Iterable[str]) -> VoiceFile:
    """Append the speakers that voice.json lacks, in their order; those that it has keep their ids.

    Raises:
        InputError: as `read`, or it cannot be written.
    """
    voice = read(root)
    return _write(root, replace(voice, speakers=appended(voice.speakers, names)))


def _write(root: str | Path, voice: VoiceFile) -> VoiceFile:
    path = Path(root) / FILE_NAME
    if path.exists() and read(root) == voice:
        return voice
    tree = {
        "symbols": list(voice.symbols),
        "speakers": {name: number for number, name in enumerate(voice.speakers)},
    }
    lines = ",\n".join(f'  "{key}": {json.dumps(tree[key], ensure_ascii=False)}' for key in tree)
    write_own(path, f"{{\n{lines}\n}}\n")
    return voice
