"""Write corrected texts into the manifest of a transcription: only their lines change.

Such a manifest has the report MANIFEST.transcribed.json beside it. Any other manifest is only read.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.dataset.lists.filelist import ListFile
from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _

REPORT = ".transcribed.json"


def correct(opened: DatasetState, board: DatasetState) -> dict[Path, int]:
    """Bring what was edited since `opened` into the manifests that it comes from; how many lines changed in each.

    Raises:
        InputError: somebody else has changed one of these lines, or a manifest cannot be written; it is as it was.
    """
    wanted: dict[int, dict[str, tuple[str, str]]] = {}
    for index in board.edited_clips.keys() | opened.edited_clips.keys():
        base, before, after = board.base[index], opened.clip(index).text, board.clip(index).text
        line = board.files[base.source].lines[base.line - 1] if base.source >= 0 else None
        if line is not None and line.entry is not None and before != after:
            wanted.setdefault(base.source, {})[line.entry.path] = before, after
    return {
        board.files[source].path: _write(board.files[source].path, texts)
        for source, texts in wanted.items()
        if board.homes[source] is None and _is_transcribed(board.files[source].path)
    }


def _is_transcribed(manifest: Path) -> bool:
    return manifest.with_name(manifest.name + REPORT).is_file()


def _write(path: Path, texts: Mapping[str, tuple[str, str]]) -> int:
    """Replace texts by name: (as it was, as it shall be)."""
    data, changed = _corrected(ListFile.read(path), texts)
    if changed:
        try:
            mode = path.stat().st_mode & 0o777
            with replacing(path) as file:
                give_ordinary_mode(file)
                file.write(data)
            path.chmod(mode)
        except OSError as error:
            raise InputError(
                _("cannot be written ({reason})").format(reason=error.strerror or error), path=path
            ) from None
    return changed


def _corrected(file: ListFile, texts: Mapping[str, tuple[str, str]]) -> tuple[bytes, int]:
    lines, changed = [], 0
    for number, line in enumerate(file.lines, 1):
        before, after = texts.get(line.entry.path, ("", "")) if line.entry is not None else ("", "")
        if line.entry is None or after in (before, line.entry.text):
            lines.append(line.raw)
            continue
        if line.entry.text != before:
            what = f"the text of {line.entry.path} has been changed meanwhile"
            raise InputError(what, path=file.path, line=number, fix=_("open it again"))
        head = line.raw.rpartition(b"|")[0].decode(line.encoding)
        lines.append(f"{head}|{after}".encode() + line.end)
        changed += 1
    return file.mark + b"".join(lines), changed
