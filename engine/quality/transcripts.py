"""What is said in a clip, in words: lists for training hold phonemes."""

from __future__ import annotations

from pathlib import Path

from engine.config import Config
from engine.text.rows import parse
from engine.text.sidecar import read_sidecar


def transcripts(config: Config, root: str | Path) -> dict[str, str]:
    """The words of each clip by its path in the lists; without those whose list before the cleaning is gone.

    Args:
        root: the workspace.
    """
    found: dict[str, str] = {}
    for name in (config.data.training_files, config.data.validation_files):
        source = _before_cleaning(Path(root) / name, is_cleaned=config.data.cleaned_text)
        if source is None or not source.is_file():
            continue
        for row in parse(source.read_bytes()):
            if row.kind == "row" and len(row.columns) > 1:
                found[row.columns[0]] = row.columns[-1]
    return found


def _before_cleaning(path: Path, *, is_cleaned: bool) -> Path | None:
    """The list that a list was cleaned from; itself where its texts are words; None where nobody can say."""
    if sidecar := read_sidecar(path):
        return path.with_name(sidecar.source)
    if path.suffix == ".cleaned":
        return path.with_suffix("")
    return None if is_cleaned else path
