"""Which phonemizer and espeak made the lists and voices of a workspace, beside those that would speak now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine import workspace
from engine.text.cleaners import registry

_LARGEST_JSON = 4 << 20  # bytes; a sidecar has a few hundred
_MOST_FILES = 2000


def look_at_versions(root: Path) -> dict[str, Any]:
    """`recorded`: path within the folder and versions, of every sidecar and every run that has some."""
    place = workspace.find(root)
    if place is None:
        return {"here": {}, "recorded": [], "is_workspace": False}
    paths = [*sorted(place.filelists_dir.glob("*.json")), *sorted(place.logs_dir.glob("*/run.json"))]
    recorded = []
    for path in paths[:_MOST_FILES]:
        versions = read_versions(path)
        if versions:
            name = path.relative_to(place.root) if path.is_relative_to(place.root) else path
            recorded.append({"path": str(name), "versions": versions})
    return {"here": registry.versions() if recorded else {}, "recorded": recorded, "is_workspace": True}


def read_versions(path: Path) -> dict[str, str]:
    """The versions of phonemizer and espeak that a sidecar or a run.json names; {} for any other file."""
    try:
        if path.stat().st_size > _LARGEST_JSON:
            return {}
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    versions = tree.get("versions") if isinstance(tree, dict) else None
    if not isinstance(versions, dict):
        return {}
    return {name: str(versions[name]) for name in ("phonemizer", "espeak") if versions.get(name)}
