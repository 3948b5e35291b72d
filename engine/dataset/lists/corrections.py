"""Write corrected texts into the manifest of a transcription: only their lines change, but for the encoding.

Such a manifest has the report MANIFEST.transcribed.json beside it. Any other manifest is only read.
Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.dataset.lists.filelist import ListFile
from engine.dataset.session import DatasetState
from engine.errors import InputError
from engine.files.permissions import write_own
from engine.i18n import _

REPORT = ".transcribed.json"


def correct(opened: DatasetState, state: DatasetState) -> dict[Path, int]:
    """Write what was edited since `opened` into the manifests that it comes from; how many lines changed in each.

    Raises:
        InputError: somebody else has changed one of these lines, or a manifest cannot be written; it is as it was.
    """
    wanted: dict[Path, dict[str, tuple[str, str]]] = {}
    for index in state.edited_clips.keys() | opened.edited_clips.keys():
        base, before, after = state.base[index], opened.clip(index).text, state.clip(index).text
        if base.source < 0 or state.homes[base.source] is not None or before == after:
            continue
        manifest = state.files[base.source]
        line = manifest.lines[base.line - 1]
        if line.entry is not None and manifest.path.with_name(manifest.path.name + REPORT).is_file():
            wanted.setdefault(manifest.path, {})[line.entry.path] = before, after
    return {path: _write(path, texts) for path, texts in wanted.items()}


def _write(path: Path, texts: Mapping[str, tuple[str, str]]) -> int:
    """Replace texts by name: (as it was, as it shall be). A manifest that changes is written in UTF-8."""
    file = ListFile.read(path)
    lines, changed = [], 0
    for number, line in enumerate(file.lines, 1):
        before, after = texts.get(line.entry.path, ("", "")) if line.entry is not None else ("", "")
        if line.entry is None or after in (before, line.entry.text):
            lines.append(line.text)
            continue
        if line.entry.text != before:
            what = _("the text of {clip} has been changed meanwhile").format(clip=line.entry.path)
            raise InputError(what, path=path, line=number, fix=_("open it again"))
        lines.append(f"{line.text.rpartition('|')[0]}|{after}{line.end}")
        changed += 1
    if changed:
        write_own(path, file.mark + "".join(lines).encode())
    return changed
