"""Alignment search, espeak, and the versions that made the lists and voices of this workspace."""

from __future__ import annotations

import json
import os
from pathlib import Path

from engine import workspace
from engine.doctor.check import Result, check
from engine.doctor.fixes import PIP, REINSTALL, Facts
from engine.i18n import plural
from engine.workspace import Workspace

_COMPILE = "optional: install a C compiler, then: pip install --force-reinstall --no-deps vitsdeck (in a clone: -e .)"
_INSTALL = f"{PIP} espeakng-loader phonemizer"


@check("alignment", "The search for which sound belongs to which symbol, in Cython or numba.", fix=REINSTALL)
def check_alignment(_root: Path) -> Result:
    import torch

    from engine.model import alignment

    score_BFN = torch.tensor([[[5.0, 0.0], [4.0, 0.0], [0.0, 3.0]]])  # the best path can be read off
    tokens_BF = alignment.frame_tokens(score_BFN, torch.tensor([2]), torch.tensor([3]))
    return judge_alignment(alignment.implementation(), is_right=tokens_BF.tolist() == [[0, 0, 1]])


def judge_alignment(implementation: str, *, is_right: bool) -> Result:
    """Which implementation runs, and that it is right."""
    if not is_right:
        return Result("alignment", "fail", f"{implementation} finds a wrong path", _COMPILE)
    if implementation == "cython":
        return Result("alignment", "ok", "cython (compiled)")
    return Result("alignment", "ok", "numba (compiled when first used; as exact as cython)", _COMPILE)


@check("espeak", "Turns words into phonemes.", fix=_INSTALL)
def check_espeak(_root: Path) -> Result:
    from engine.text.cleaners import espeak, registry

    said = registry.clean_all(["ready"], ["english_cleaners2"])[0]  # a library that loads may lack its voices
    library = espeak.chosen_library() or os.environ.get("PHONEMIZER_ESPEAK_LIBRARY") or "bundled library"
    return judge_espeak(registry.versions(), library, said)


def judge_espeak(versions: dict[str, str], library: str, said: str) -> Result:
    """Its version, and that it speaks."""
    if not said:
        fix = f"{PIP} --force-reinstall espeakng-loader"
        return Result("espeak", "fail", f"{_listed(versions)} returns no phonemes", fix)
    return Result("espeak", "ok", f"{_listed(versions)}; {library}")


@check(
    "phonemes",
    "Another espeak gives other phonemes: the one here is compared with those that made this workspace's lists and "
    "voices.",
    failure="warning",
    fix=_INSTALL,
)
def check_phonemes(root: Path) -> Result:
    place = workspace.find(root)
    if place is None:
        return Result("phonemes", "not applicable", "not inside a workspace")
    recorded = _recorded(place)
    if not recorded:
        return Result("phonemes", "not applicable", "no list was cleaned and no voice trained here yet")
    from engine.text.cleaners import registry

    return judge_phonemes(registry.versions(), recorded)


def _recorded(place: Workspace) -> dict[str, dict[str, str]]:
    """Path -> versions, of every sidecar and every run that names some."""
    paths = [*sorted(place.filelists_dir.glob("*.json")), *sorted(place.logs_dir.glob("*/run.json"))]
    found = {}
    for path in paths:
        if versions := _read_versions(path):
            found[str(path.relative_to(place.root) if path.is_relative_to(place.root) else path)] = versions
    return found


def _read_versions(path: Path) -> dict[str, str]:
    try:
        tree: Facts = json.loads(path.read_text(encoding="utf-8"))
        versions = tree["versions"]
        return {name: str(versions[name]) for name in ("phonemizer", "espeak") if versions.get(name)}
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return {}  # any other JSON, or none


def judge_phonemes(here: dict[str, str], recorded: dict[str, dict[str, str]]) -> Result:
    """Whether lists and voices were made with the espeak that is installed now.

    Args:
        recorded: path of a list's sidecar or of a run.json -> the versions it names.
    """
    others = {}
    for path, versions in recorded.items():
        if changed := [name for name in here if versions.get(name, here[name]) != here[name]]:
            others[path] = {name: versions[name] for name in changed}
    now = _listed(here)
    if not others:
        return Result("phonemes", "ok", f"{_files(recorded)} agree with {now}")
    path, first = next(iter(others.items()))
    seen = f"{_files(others)}, as {path}: made with {_listed(first)}, here is {now}"
    details = "\n".join(f"{path}: {_listed(versions)}" for path, versions in others.items())
    return Result("phonemes", "warning", seen, _fix(others), details)


def _fix(others: dict[str, dict[str, str]]) -> str:
    """A list is cleaned again; a voice keeps its phonemes, so it needs the library that it was trained with."""
    lists = [path for path in others if not path.endswith("run.json")]
    if lists:
        raw = " ".join(path.removesuffix(".json").removesuffix(".cleaned") for path in lists[:6])
        return f"vitsdeck preprocess --filelists {raw}"
    return "PHONEMIZER_ESPEAK_LIBRARY=/path/to/libespeak-ng.so of that version, when this voice speaks or trains on"


def _files(found: dict[str, dict[str, str]]) -> str:
    return plural("{n:,} file", "{n:,} files", len(found))


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
