"""vitsdeck.toml: what it may say, read with the line of every fault, and changed one setting at a time.

Standard library only.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import languages
from engine.errors import InputError
from engine.files import atomic

FILE_NAME = "vitsdeck.toml"
THEMES = ("dark", "light", "contrast", "contrast-light")


def _setting(
    section: str,
    default: Any,
    says: str,
    one_of: tuple[str, ...] = (),
    *,
    like: tuple[str, str] | None = None,
    key: str = "",
) -> Any:
    """`like`: a pattern that a text must match, and how to write it. `key`: its name in the file, if another."""
    about = {"section": section, "says": says, "one_of": one_of, "like": like, "key": key}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Settings:
    """What vitsdeck.toml may say. This is the one table: the file, its checks and its comments come from here."""

    language: str = _setting(
        "voice",
        "",
        "What the recordings speak, as de or German; cleaner, espeak voice and transcription locale follow.",
    )
    logs: str = _setting("folders", "logs", "Runs: one folder each, with checkpoints, log and curves.")
    configs: str = _setting(
        "folders", "configs", "Config files that `vitsdeck train -c` can name without a path."
    )
    filelists: str = _setting("folders", "filelists", "Filelists: which file says what.")
    audio: str = _setting("folders", "wavs", "Converted recordings; `split` looks for a clip here first.")
    spoken: str = _setting("folders", "spoken", "Where `vitsdeck speak` and the speech pane put wav files.")
    rate: int = _setting(
        "convert", 22050, "Samples a second that `vitsdeck convert` makes; must be the config's."
    )
    workers: int = _setting("convert", 0, "Processes that convert at the same time; 0 is one for each core.")
    ratios: str = _setting("split", "70,25,5", "Per cent of the clips for training, validation and test.")
    seed: int = _setting("split", 1234, "Decides which clip goes where; the same seed gives the same split.")
    text_cleaners: str = _setting(
        "preprocess", "", "Cleaners, separated by commas; empty: the one of the language."
    )
    normalise: bool = _setting(
        "text",
        False,
        "Whether numbers, dates, signs and abbreviations are written as words before the cleaner. Keep it as it is "
        "once a voice is trained.",
    )
    transcribe_language: str = _setting(
        "transcribe",
        "",
        "Locale of the recordings, as de-AT; empty: the one of the language.",
        key="language",
    )
    sample_rate: int = _setting(
        "transcribe",
        16000,
        "Samples a second that are sent to Google; the other recognisers always take 16000.",
        like=(r"[89]\d{3}|[1-3]\d{4}|4[0-7]\d{3}|48000", "it must be from 8000 to 48000; 16000 is usual"),
    )
    model: str = _setting(
        "transcribe",
        "",
        "Google's model that the dashboard begins with, as latest_long; empty: the usual one.",
    )
    data_logging: bool = _setting(
        "transcribe",
        False,
        "Whether your Google project takes part in data logging: chosen in Google's console, it lowers the price.",
    )
    account: str = _setting("transcribe", "default", "The billing account that pays, a name of your own.")
    currency: str = _setting(
        "transcribe",
        "USD",
        "Your currency: the dashboard shows sums in it as well.",
        like=(r"[A-Z]{3}", "write it as EUR"),
    )
    exchange_rate: float = _setting(
        "transcribe", 1.0, "What one dollar of the price list is worth in your currency."
    )
    endpoint: str = _setting(
        "transcribe",
        "",
        "HOST:PORT of a server on this machine that stands in for Google's, to try things out.",
        like=(
            r"|(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}",
            "it must be on this machine, as 127.0.0.1:8080: credentials are sent to it",
        ),
    )
    theme: str = _setting(
        "dashboard", "dark", f"Colours of the dashboard: {', '.join(THEMES)}.", one_of=THEMES
    )

    @property
    def cleaners(self) -> tuple[str, ...]:
        """The names in text_cleaners; empty where the language decides."""
        return tuple(name for part in self.text_cleaners.split(",") if (name := part.strip()))


_UNSET = {
    "text_cleaners": "english_cleaners2",
    "transcribe_language": "en-US",
}  # what earlier files said at first


def read_settings(path: str | Path) -> Settings:
    """Read vitsdeck.toml; what it does not name keeps its default.

    Raises:
        InputError: unreadable, not TOML, an unknown setting, a value of another kind; with the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", path=path, fix="save it as UTF-8") from None
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> Settings:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        what = str(error).partition(" (at ")[0]
        line = int(found[1]) if found else text.count("\n") + 1
        raise InputError(f"is not TOML: {what}", path=path, line=line) from None
    values = dict(_checked(tree, text, path))
    settings = Settings(**{name: value for name, value in values.items() if value != _UNSET.get(name)})
    _check_language(settings, text, path)
    return settings


def settings_file(settings: Settings | None = None) -> str:
    """The text of a vitsdeck.toml: every setting below the sentence that documents it."""
    settings = settings or Settings()
    lines = [
        "# Settings of this vitsdeck workspace. A setting that is removed has the value shown here at first."
    ]
    section = ""
    for each in dataclasses.fields(Settings):
        if each.metadata["section"] != section:
            section = each.metadata["section"]
            lines += ["", f"[{section}]"]
        # a JSON string, number or truth of these kinds is the same in TOML
        lines += [f"# {each.metadata['says']}", f"{_key(each)} = {json.dumps(getattr(settings, each.name))}"]
    return "\n".join(lines) + "\n"


def save_setting(path: Path, name: str, value: str | float) -> None:
    """Change one setting in a vitsdeck.toml; comments, order and all else in it stay as the person wrote them.

    Raises:
        InputError: the file has a fault, cannot be written, or says it in a way that cannot be changed safely.
    """
    read_settings(path)  # with its fault, if it has one
    setting = next(each for each in dataclasses.fields(Settings) if each.name == name)
    section, key = setting.metadata["section"], _key(setting)
    said = f"{key} = {json.dumps(value)}"
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    at = _line(text, section, key)
    if at is None:
        lines += ["", f"[{section}]", said]
    elif re.match(rf"\s*{key}\s*=", lines[at - 1]):
        old = re.compile(rf"(\s*{key}\s*=\s*)(?:\"[^\"]*\"|'[^']*'|[^#\s]+)")
        lines[at - 1] = old.sub(lambda found: found[1] + json.dumps(value), lines[at - 1], count=1)
    else:
        lines.insert(at, said)
    changed = "\n".join(lines) + "\n"
    wanted = tomllib.loads(text)
    wanted.setdefault(section, {})[key] = value
    try:
        is_safe = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        is_safe = False
    if not is_safe:
        raise InputError(f"{key} is written in an unusual way", path=path, fix=f"change it by hand to {said}")
    _parsed(changed, path)  # a value that does not go with the others is refused
    try:
        mode = path.stat().st_mode
        with atomic.replacing(path) as file:
            file.write(changed.encode())
        path.chmod(mode & 0o777)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from None


_KINDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def _checked(tree: dict[str, Any], text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """The settings that the file names, each known and of its kind."""
    known = {(each.metadata["section"], _key(each)): each for each in dataclasses.fields(Settings)}
    sections = sorted({section for section, _ in known})
    for section, values in tree.items():
        if section not in sections or not isinstance(values, dict):
            fix = f"the sections are {', '.join(sections)}"
            raise InputError(f"unknown section {section}", path=path, line=_line(text, section), fix=fix)
        for key, value in values.items():
            line = _line(text, section, key)
            setting = known.get((section, key))
            if setting is None:
                there = ", ".join(name for part, name in known if part == section)
                raise InputError(
                    f"unknown setting {key}", path=path, line=line, fix=f"[{section}] has {there}"
                )
            if type(setting.default) is float and type(value) is int:
                value = float(value)  # noqa: PLW2901 - 1 is a number as well
            _check_value(setting, value, path, line)
            yield setting.name, value


def _key(setting: dataclasses.Field[Any]) -> str:
    """A setting's name in the file."""
    return setting.metadata["key"] or setting.name


def _check_language(settings: Settings, text: str, path: Path) -> None:
    """The language must be known, and what says it a second time must say the same."""
    spoken, at = languages.of_cleaners(settings.cleaners), _line(text, "preprocess", "text_cleaners")
    if settings.language:
        at = _line(text, "voice", "language")
        try:
            spoken = languages.find(settings.language)
        except InputError as error:
            raise InputError(error.what, path=path, line=at, fix=error.fix) from None
    for section, key, value, also in (
        ("preprocess", "text_cleaners", settings.text_cleaners, languages.of_cleaners(settings.cleaners)),
        ("transcribe", "language", settings.transcribe_language, _of_locale(settings.transcribe_language)),
    ):
        if spoken is not None and also not in (None, spoken):
            what = f'[{section}] {key} = "{value}" is not {spoken.name}, as {path}:{at} says'
            fix = "remove one of the two lines"
            raise InputError(what, path=path, line=_line(text, section, key), fix=fix)


def _of_locale(locale: str) -> languages.Language | None:
    """None for what no row has: then it is the provider that knows it."""
    try:
        return languages.find(locale) if locale else None
    except InputError:
        return None


def _check_value(setting: dataclasses.Field[Any], value: Any, path: Path, line: int | None) -> None:
    kind, one_of = type(setting.default), setting.metadata["one_of"]
    if type(value) is not kind:
        what = f"{setting.name} is {json.dumps(value, default=str)}"
        raise InputError(
            what, path=path, line=line, fix=f"it must be {_KINDS[kind]}, as {json.dumps(setting.default)}"
        )
    if one_of and value not in one_of:
        raise InputError(
            f'{setting.name} is "{value}"', path=path, line=line, fix=f"choose one of {', '.join(one_of)}"
        )
    like: tuple[str, str] | None = setting.metadata["like"]
    if like is not None and not re.fullmatch(like[0], str(value)):
        raise InputError(f'{setting.name} is "{value}"', path=path, line=line, fix=like[1])
    if isinstance(value, float) and not 0 < value < float("inf"):
        raise InputError(f"{setting.name} is {value}", path=path, line=line, fix="it must be above 0")
    if isinstance(value, int) and value < 0:
        raise InputError(f"{setting.name} is {value}", path=path, line=line, fix="it cannot be below 0")
    if value == "" and setting.default != "":
        raise InputError(
            f"{setting.name} is empty", path=path, line=line, fix=f"as {json.dumps(setting.default)}"
        )


def _line(text: str, section: str, key: str | None = None) -> int | None:
    """The line of `key` in its section, else the line where the section begins."""
    begin, inside = None, False
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if head:
            inside = head[1].strip("\"'") == section
        if key is not None and inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
        if begin is None and (inside or re.match(rf"\s*[\"']?{re.escape(section)}[\"']?\s*[.=]", line)):
            begin = number
    return begin
