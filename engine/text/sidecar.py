"""`LIST.cleaned.json`, beside a cleaned list: how `LIST` was cleaned.

Phonemes depend on the versions of phonemizer and espeak (1.51 and 1.52 agree on three sentences of four), so the
sidecar keeps them, and `sidecar_warnings` tells a later reader who has others. A list that was cleaned otherwise than
a config asks is refused by `check_sidecar`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine import languages
from engine import workspace as workspaces
from engine.errors import InputError
from engine.files.atomic import replacing
from engine.files.permissions import give_ordinary_mode
from engine.i18n import _
from engine.languages import NORMALISE, Language
from engine.text import pronunciations
from engine.text.cleaners import registry
from engine.text.pronunciations import Pronunciations
from engine.text.rows import parse

AGAIN = "run preprocess again"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What later readers ask of a sidecar.

    Attributes:
        language: its code; "" where the cleaners have none. Earlier versions wrote espeak's code.
        source: the list's name before it was cleaned, in the same folder.
        source_sha256: of its content.
        pronunciations: the digest of the words of pronunciations.txt.
        versions: of the libraries that decide the result.
    """

    cleaners: tuple[str, ...]
    language: str
    source: str
    source_sha256: str | None
    pronunciations: str
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def spoken(self) -> Language | None:
        """The language that it was cleaned in; None where no cleaner has one or the code is unknown."""
        try:
            return languages.find(self.language) if self.language else languages.of_cleaners(self.cleaners)
        except InputError:
            return None

    @property
    def known_cleaners(self) -> list[str]:
        """Those of the cleaners that are here; whoever wrote the sidecar may have had others."""
        return [name for name in self.cleaners if registry.is_known(name)]


def sidecar_path(cleaned: str | Path) -> Path:
    """Where the sidecar of a cleaned list is kept."""
    return Path(f"{cleaned}.json")


def read_sidecar(cleaned: str | Path) -> Sidecar | None:
    """The sidecar of a cleaned list; None when there is none that can be read."""
    try:
        found = json.loads(sidecar_path(cleaned).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("cleaners"), list):
        return None
    versions = found.get("versions")
    return Sidecar(
        cleaners=tuple(map(str, found["cleaners"])),
        language=str(found.get("language", "")),
        source=str(found.get("source") or Path(cleaned).stem),
        source_sha256=found.get("source_sha256"),
        pronunciations=found.get("pronunciations", ""),
        versions=versions if isinstance(versions, dict) else {},
    )


def write_sidecar(cleaned: Path, content: Mapping[str, object]) -> None:
    """Write the sidecar of a cleaned list, readable by whoever reads the list."""
    with replacing(sidecar_path(cleaned)) as file:
        give_ordinary_mode(file)
        file.write((json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8"))


def digest(path: Path) -> str:
    """The SHA-256 of a list, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_current(source: str | Path, cleaners: Sequence[str], words: Pronunciations) -> bool:
    """Whether `SOURCE.cleaned` was made of this very list by these cleaners, with these pronunciations."""
    cleaned = Path(f"{source}.cleaned")
    sidecar = read_sidecar(cleaned) if cleaned.is_file() else None
    return (
        sidecar is not None
        and sidecar.cleaners == tuple(cleaners)
        and sidecar.pronunciations == words.digest
        and sidecar.source_sha256 == digest(Path(source))
    )


def are_cleaned_as(lists: Iterable[str | Path], language: Language) -> bool:
    """Whether each list, or the cleaned one beside it, was cleaned as this language: somebody has said so before."""
    found = (read_sidecar(path) or read_sidecar(f"{path}.cleaned") for path in lists)
    return all(sidecar is not None and sidecar.spoken == language for sidecar in found)


def check_sidecar(cleaned: str | Path, cleaners: Sequence[str]) -> None:
    """Refuse a cleaned list that other cleaners or another language made than a config asks for.

    A list without a sidecar, as the family's, is taken for what the config says.

    Raises:
        InputError: they differ; with the command that cleans the list again.
    """
    sidecar = read_sidecar(cleaned)
    if sidecar is None:
        return
    used, was, asked = sidecar.cleaners, sidecar.spoken, languages.of_cleaners(cleaners)
    if used == tuple(cleaners) and was in (None, asked):
        return
    said, wanted = (
        f"{languages.cleaning_said(names, others)}{f' ({spoken.name})' if spoken else ''}"
        for names, others, spoken in ((used, cleaners, was), (cleaners, used, asked))
    )
    other = _("name its cleaners in the config")
    if was not in (None, asked):
        other = _("if it is {language}, say so with `vitsdeck init --language {code}`").format(
            language=was.name, code=was.code
        )
    again = command(Path(cleaned).with_name(sidecar.source), cleaners)
    raise InputError(
        _("was cleaned by {said}, but the voice uses {wanted}").format(said=said, wanted=wanted),
        path=cleaned,
        fix=_("clean it again with `{again}`, or {other}").format(again=again, other=other),
    )


def command(source: str | Path, cleaners: Sequence[str]) -> str:
    """The command that cleans a list: the short one, which takes all lists of the workspace, where it does the same."""
    place = workspaces.find(Path(source).parent)
    if place and place.cleaning == tuple(cleaners) and Path(source).absolute() in place.split_lists:
        return "vitsdeck preprocess"
    names = [name for name in cleaners if not name.startswith(NORMALISE)]
    normalises, usual = len(names) < len(cleaners), place is not None and place.settings.normalise
    flag = "" if normalises == usual else " --normalise" if normalises else " --no-normalise"
    return f"vitsdeck preprocess --filelists {source} --text_cleaners {' '.join(names)}{flag}"


def raw_texts(path: str | Path) -> list[str]:
    """The texts of a list before they were cleaned: of a cleaned one those of its source; none where that is gone."""
    path = Path(path)
    if sidecar := read_sidecar(path):
        path = path.with_name(sidecar.source)
    if path.suffix == ".cleaned" or not path.is_file():
        return []
    return [row.columns[-1] for row in parse(path.read_bytes()) if row.kind == "row" and row.columns]


def sidecar_warnings(cleaned: str | Path) -> list[str]:
    """What a reader of a cleaned list should know, as sentences; none when all is as it was.

    Other versions of phonemizer or espeak, other pronunciations, or a source that changed since.
    """
    sidecar = read_sidecar(cleaned)
    if sidecar is None:
        return []
    found, used = [], sidecar.versions
    now = registry.versions(sidecar.known_cleaners) if used else {}
    other = [
        _("{name} {version} (here: {here})").format(name=name, version=used[name], here=now[name])
        for name in now
        if used.get(name, now[name]) != now[name]
    ]
    if other:
        found.append(
            _(
                "{path}: was cleaned by {versions}, so its phonemes may differ from those spoken later; {fix}"
            ).format(path=cleaned, versions=", ".join(other), fix=AGAIN)
        )
    if sidecar.pronunciations != pronunciations.around(cleaned, sidecar.known_cleaners).digest:
        found.append(
            _("{path}: was cleaned with another {name} than the one that is here; {fix}").format(
                path=cleaned, name=pronunciations.FILE_NAME, fix=AGAIN
            )
        )
    source = Path(cleaned).with_name(sidecar.source)
    if source.is_file() and sidecar.source_sha256 != digest(source):
        found.append(
            _("{path}: {source} changed after it was cleaned; {fix}").format(
                path=cleaned, source=source.name, fix=AGAIN
            )
        )
    return found
