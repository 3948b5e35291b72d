"""voice.json in the workspace: the symbols in the order of their ids, and which id each speaker has.

    {"symbols": ["_", ";", ...], "speakers": {"anna": 0, "ben": 1}}

Entries are appended and never move, since checkpoints were trained with the ids. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode

FILE_NAME = "voice.json"
_COPY = "copy its symbols and speakers from the config.json of a run"


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """What voice.json says; an id is a place in its tuple. Both are empty where nothing was written yet."""

    symbols: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


def read(root: str | Path) -> VoiceFile:
    """The voice.json of a workspace; an empty one where there is no such file.

    Raises:
        InputError: it cannot be read, or is no voice.json.
    """
    path = Path(root) / FILE_NAME
    try:
        tree = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return VoiceFile()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    except ValueError as error:
        raise InputError(
            f"is not JSON: {error}",
            path=path,
            fix=_COPY,
        ) from None
    if not isinstance(tree, dict):
        raise InputError("must be an object with symbols and speakers", path=path)
    return VoiceFile(_symbols(tree.get("symbols", []), path), _speakers(tree.get("speakers", {}), path))


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
    try:
        with replacing(path) as file:
            give_ordinary_mode(file)
            file.write(f"{{\n{lines}\n}}\n".encode())
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from None
    return voice


def _symbols(listed: Any, path: Path) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(each, str) and len(each) == 1 for each in listed):
        raise InputError(
            "symbols must be a list of single characters",
            path=path,
            fix=_COPY,
        )
    return tuple(listed)


def _speakers(numbers: Any, path: Path) -> tuple[str, ...]:
    """Names in the order of their ids, which must be 0, 1, 2 and so on: a checkpoint has a row for each."""
    ids = list(numbers.values()) if isinstance(numbers, dict) else [None]
    if not all(type(each) is int for each in ids) or set(ids) != set(range(len(ids))):
        fix = 'write {"anna": 0, "ben": 1}'
        raise InputError("speakers must map each name to an id of its own from 0 up", path=path, fix=fix)
    return tuple(sorted(numbers, key=numbers.__getitem__))
