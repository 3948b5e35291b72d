"""The manifest of a checkpoint: SHA-256 of its files and of itself, so that any changed bit is found.

It is one line of JSON whose last field is the SHA-256 of all that stands before it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from engine.errors import InputError, cannot_read
from engine.files import atomic
from engine.i18n import _

Tree = dict[str, Any]
_VERSION = 2
_SEAL = ', "sha256": "'


def path_of(folder: Path, stem: int | str) -> Path:
    """Where the manifest lies: of a checkpoint by its step, of another file by its name without the ending."""
    return folder / f"{stem}.manifest.json"


def write(path: Path, fields: Tree) -> None:
    """Write a manifest; `fields` has `files`, {name: {"sha256", "bytes"}}, and whatever else describes the unit."""
    body = json.dumps({"v": _VERSION, **fields}, allow_nan=False).removesuffix("}")
    text = f'{body}{_SEAL}{hashlib.sha256(body.encode()).hexdigest()}"}}\n'
    atomic.write_text(path, text)


def read(path: Path) -> Tree:
    """The fields of a manifest.

    Raises:
        InputError: missing, unreadable, or not what was written.
    """
    damaged = InputError(_("the manifest is damaged"), path=path)
    try:
        text = path.read_bytes().decode("ascii")
        tree = json.loads(text)
    except (OSError, ValueError, RecursionError):
        raise damaged from None
    if not isinstance(tree, dict) or not isinstance(tree.get("files"), dict):
        raise damaged
    if tree.get("v") == 1 and "sha256" not in tree:  # written before manifests were sealed
        return tree
    body, _unused, _unused = text.rpartition(_SEAL)
    if text != f'{body}{_SEAL}{hashlib.sha256(body.encode()).hexdigest()}"}}\n':
        raise damaged
    return tree


def compare(file: Path, entry: object) -> None:
    """Raise InputError when a file is not the one that its entry in the manifest describes."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise InputError(_("is missing"), path=file) from None
    except OSError as error:
        raise cannot_read(error, file) from None
    if not isinstance(entry, dict) or digest != entry.get("sha256"):
        raise InputError(_("its content is not what was saved (SHA-256 differs)"), path=file)
