"""Alignment search, espeak, and the versions that made the lists and voices of this workspace."""

from __future__ import annotations

from engine.doctor.check import PIP, REINSTALL, Check, Facts, plural
from engine.doctor.libraries import trouble

COMPILE = "optional: install a C compiler, then: pip install --force-reinstall --no-deps vitsdeck (in a clone: -e .)"


def judge_alignment(facts: Facts) -> Check:
    """Which kernel runs, and that it is right."""
    if "error" in facts:
        return trouble("alignment", facts, REINSTALL)
    if not facts["is_right"]:
        return Check("alignment", "fail", f"{facts['implementation']} finds a wrong path", COMPILE)
    if facts["implementation"] == "cython":
        return Check("alignment", "ok", "cython (compiled)")
    return Check("alignment", "ok", "numba (compiled when first used; as exact as cython)", COMPILE)


def judge_espeak(facts: Facts) -> Check:
    """The library, its version, and that it speaks."""
    if "error" in facts:
        return trouble("espeak", facts, f"{PIP} espeakng-loader phonemizer")
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    if not facts["said"]:
        return Check("espeak", "fail", f"{versions} says nothing", f"{PIP} --force-reinstall espeakng-loader")
    return Check("espeak", "ok", f"{versions}; {facts['library']}")


def judge_phonemes(facts: Facts) -> Check:
    """Whether lists and voices were made with the espeak that would speak now."""
    if "error" in facts:
        return trouble("phonemes", facts, f"{PIP} espeakng-loader phonemizer")
    if not facts["is_workspace"]:
        return Check("phonemes", "not applicable", "not inside a workspace")
    if not facts["recorded"]:
        return Check("phonemes", "not applicable", "no list was cleaned and no voice trained here yet")
    here = facts["here"]
    others = [(one["path"], _differences(one["versions"], here)) for one in facts["recorded"]]
    others = [(path, found) for path, found in others if found]
    now = ", ".join(f"{name} {version}" for name, version in here.items())
    if not others:
        return Check("phonemes", "ok", f"{plural(len(facts['recorded']), 'file')} agree with {now}")
    path, found = others[0]
    more = f", and {plural(len(others) - 1, 'file')} more" if len(others) > 1 else ""
    seen = f"{path}: made with {' and '.join(found)}, here is {now}{more}"
    details = "\n".join(f"{path}: {', '.join(found)}" for path, found in others)
    return Check("phonemes", "warning", seen, _mend(others), details)


def _differences(recorded: dict[str, str], here: dict[str, str]) -> list[str]:
    return [f"{name} {recorded[name]}" for name in here if name in recorded and recorded[name] != here[name]]


def _mend(others: list[tuple[str, list[str]]]) -> str:
    """A list is cleaned again; a voice keeps its phonemes, so it wants the library back that it was trained with."""
    lists = [path for path, _ in others if not path.endswith("run.json")]
    if lists:
        raw = " ".join(path.removesuffix(".json").removesuffix(".cleaned") for path in lists[:6])
        return f"vitsdeck preprocess --filelists {raw}"
    old = next((word for word in others[0][1] if word.startswith("phonemizer ")), "")
    if old and all(word.startswith("phonemizer ") for word in others[0][1]):
        return f"{PIP} phonemizer=={old.split()[1]}"
    return "PHONEMIZER_ESPEAK_LIBRARY=/path/to/libespeak-ng.so of that version, when this voice speaks or trains on"
