"""The language of a workspace is said once; what earlier workspaces say still counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine import languages, workspace
from engine.config import settings
from engine.errors import InputError
from engine.text.cleaners import espeak
from engine.workspace import Workspace

# [preprocess] and [transcribe] as `init` wrote them before there was [voice]
EARLIER = """
[preprocess]
# Cleaners that `vitsdeck preprocess` applies, separated by commas.
text_cleaners = "english_cleaners2"

[transcribe]
# What recordings speak, until the dashboard is told.
language = "en-US"
sample_rate = 16000
"""


def _workspace(root: Path, toml: str) -> Workspace:
    (root / settings.FILE_NAME).write_text(toml, encoding="utf-8")
    found = workspace.find(root)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("de", ["de", "de-DE", "de_at", "german", "German", "Deutsch", " DE ", "espeak:de"]),
        ("pt-br", ["pt-BR"]),  # a regional form is another language only where it has a row of its own
        ("pt", ["pt-PT"]),
        ("en", ["en-GB"]),
        ("fr", ["fr-CA"]),
    ],
)
def test_one_language_has_many_names(code: str, names: list[str]) -> None:
    assert {languages.find(name).code for name in names} == {code}


def test_every_espeak_voice_of_the_table_is_one_of_espeaks() -> None:
    known = set(espeak.languages())
    assert {row.espeak_voice for row in languages.LANGUAGES} <= known
    assert languages.ESPEAK_CODES - {"en", "fr"} <= known
    assert {code.partition("-")[0] for code in known} - {"chr"} == languages.ESPEAK_CODES


def test_a_language_of_espeak_without_a_row_is_spoken_by_its_voice() -> None:
    swahili = languages.find("sw")
    assert (swahili.code, swahili.cleaner, swahili.espeak_voice) == ("sw", "espeak:sw", "sw")


@pytest.mark.parametrize(
    ("cleaners", "code"),
    [
        (["english_cleaners2"], "en"),
        (["basic_cleaners", "korean_pronounced_cleaners"], "ko"),
        (["espeak:fr-ch"], "fr"),
        (["espeak:cmn"], "zh"),
        (["basic_cleaners"], None),
        (["espeak:of-no-espeak"], None),
        ([], None),
    ],
)
def test_cleaners_tell_their_language(cleaners: list[str], code: str | None) -> None:
    found = languages.of_cleaners(cleaners)
    assert (found.code if found else None) == code


KOREAN, GERMAN = '[voice]\nlanguage = "ko"\n', '[voice]\nlanguage = "german"\n'


@pytest.mark.parametrize(
    ("toml", "facts"),
    [
        # an earlier `init` means English, or the language of its cleaners; its defaults count as unset
        (EARLIER, ("en", "english_cleaners2", "en-US")),
        (EARLIER.replace("english_cleaners2", "espeak:de"), ("de", "espeak:de", "de-DE")),
        (KOREAN + EARLIER, ("ko", "korean_cleaners", "ko-KR")),
        # cleaners and locale of the same language, or of none, are kept
        (
            KOREAN + '[preprocess]\ntext_cleaners = "korean_pronounced_cleaners"\n',
            ("ko", "korean_pronounced_cleaners", "ko-KR"),
        ),
        (GERMAN + '[transcribe]\nlanguage = "de-AT"\n', ("de", "espeak:de", "de-AT")),
        (GERMAN + '[preprocess]\ntext_cleaners = "basic_cleaners"\n', ("de", "basic_cleaners", "de-DE")),
        # an empty key follows the language
        (
            KOREAN + '[preprocess]\ntext_cleaners = ""\n[transcribe]\nlanguage = ""\n',
            ("ko", "korean_cleaners", "ko-KR"),
        ),
    ],
)
def test_language_cleaners_and_locale_follow_the_settings(
    tmp_path: Path, toml: str, facts: tuple[str, str, str]
) -> None:
    found = _workspace(tmp_path, toml)
    assert (found.language.code, *found.cleaners, found.locale) == facts


@pytest.mark.parametrize(
    ("toml", "line", "says"),
    [
        (
            '[voice]\nlanguage = "de"\n[preprocess]\ntext_cleaners = "korean_cleaners"\n',
            4,
            r'text_cleaners: "korean_cleaners" is not German, the language of .voice.; remove one',
        ),
        ('[voice]\nlanguage = "klingon"\n', 2, "no language is called"),
    ],
)
def test_a_contradicting_language_is_named_with_its_line(
    tmp_path: Path, toml: str, line: int, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        _workspace(tmp_path, toml)
    assert caught.value.line == line
    assert re.search(says, str(caught.value))


def test_init_leaves_settings_that_contradict_the_language_as_they_are(tmp_path: Path) -> None:
    _workspace(tmp_path, before := '[preprocess]\ntext_cleaners = "korean_cleaners"\n')
    with pytest.raises(InputError, match="is not German"):
        workspace.init(tmp_path, language="de")
    assert (tmp_path / settings.FILE_NAME).read_text() == before


def test_the_table_in_the_docs_is_that_of_the_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "guide" / "languages.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| ([\w ]+) \| `(\S+)` \| `(\S+)` \| `(\S+)` \|$", text, re.MULTILINE)
    assert rows == [
        (row.code, row.name, row.cleaner, row.espeak_voice, row.locale) for row in languages.LANGUAGES
    ]
