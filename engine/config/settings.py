"""vitsdeck.toml: what it may say, and changing one setting in it at a time. Standard library only."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import languages
from engine.config import reader
from engine.config.reader import FROM_0, NOT_EMPTY, Rule, Source, key_of, matching, one_of, setting
from engine.errors import InputError
from engine.files.permissions import write_own
from engine.i18n import _

FILE_NAME = "vitsdeck.toml"
NOTIFY = ("off", "bell", "desktop")
THEMES = ("dark", "light", "contrast", "contrast-light")
_RATE_SENT = Rule(_("from 8000 to 48000; 16000 is usual"), lambda rate: 8000 <= rate <= 48000)
_ON_THIS_MACHINE = matching(
    r"|(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}",
    _("on this machine, as 127.0.0.1:8080: credentials are sent to it"),
)


def _in(section: str, meaning: str, default: Any, rule: Rule | None = None, key: str = "") -> Any:
    return setting(meaning, default, rule=rule, key=key, family=False, section=section)


def _folder(default: str, meaning: str) -> Any:
    return _in("folders", meaning, default, NOT_EMPTY)


@dataclass(frozen=True, slots=True)
class Settings:
    """What vitsdeck.toml may say. This is the one table: the file, its checks and its comments come from here."""

    language: str = _in(
        "voice",
        "What the recordings speak, as de or German; cleaner, espeak voice and transcription locale follow.",
        "",
    )
    logs: str = _folder("logs", "Runs: one folder each, with checkpoints, log and curves.")
    configs: str = _folder("configs", "Config files that `vitsdeck train -c` can name without a path.")
    filelists: str = _folder("filelists", "Filelists: which file says what.")
    audio: str = _folder("wavs", "Converted recordings; `split` looks for a clip here first.")
    spoken: str = _folder("spoken", "Where `vitsdeck speak` and the speech pane put wav files.")
    rate: int = _in("convert", "Samples a second that `vitsdeck convert` makes; must be the config's.", 22050)
    workers: int = _in(
        "convert", "Processes that convert at the same time; 0 is one for each core.", 0, FROM_0
    )
    ratios: str = _in(
        "split", "Per cent of the clips for training, validation and test.", "70,25,5", NOT_EMPTY
    )
    seed: int = _in(
        "split", "Decides which clip goes where; the same seed gives the same split.", 1234, FROM_0
    )
    text_cleaners: str = _in(
        "preprocess", "Cleaners, separated by commas; empty: the one of the language.", ""
    )
    normalise: bool = _in(
        "text",
        "Whether numbers, dates, signs and abbreviations are written as words before the cleaner. Keep it as it is "
        "once a voice is trained.",
        False,
    )
    transcribe_language: str = _in(
        "transcribe",
        "Locale of the recordings, as de-AT; empty: the one of the language.",
        "",
        key="language",
    )
    sample_rate: int = _in(
        "transcribe",
        "Samples a second that are sent to Google; the other providers always take 16000.",
        16000,
        _RATE_SENT,
    )
    model: str = _in(
        "transcribe",
        "Google's model that the dashboard begins with, as latest_long; empty: the usual one.",
        "",
    )
    data_logging: bool = _in(
        "transcribe",
        "Whether your Google project takes part in data logging: chosen in Google's console, it lowers the price.",
        False,
    )
    account: str = _in(
        "transcribe", "The billing account that pays, a name of your own.", "default", NOT_EMPTY
    )
    endpoint: str = _in(
        "transcribe",
        "HOST:PORT of a server on this machine that stands in for Google's, to try things out.",
        "",
        _ON_THIS_MACHINE,
    )
    theme: str = _in("dashboard", f"Colours of the dashboard: {', '.join(THEMES)}.", "dark", one_of(*THEMES))
    notify: str = _in(
        "dashboard",
        f"How the terminal calls you when a run finishes, fails, stalls or has a new best: {', '.join(NOTIFY)}. "
        "In tmux, desktop needs `set -g allow-passthrough on`.",
        "bell",
        one_of(*NOTIFY),
    )

    @property
    def cleaners(self) -> tuple[str, ...]:
        """The names in text_cleaners; empty where the language decides."""
        return tuple(name for part in self.text_cleaners.split(",") if (name := part.strip()))


# what earlier files said at first; now the language decides
_UNSET = {"text_cleaners": "english_cleaners2", "transcribe_language": "en-US"}
KEYS = "keys"
_IGNORED = {"currency", "exchange_rate"}  # settings of older versions, without effect


def read_settings(path: str | Path) -> Settings:
    """Read vitsdeck.toml; what it does not name keeps its default.

    Raises:
        InputError: unreadable, not TOML, an unknown setting, a value of another kind; with the line.
    """
    return _checked(reader.read(path))


def _checked(source: Source) -> Settings:
    """The settings of a parsed file; refuses unknown ones, and cleaners of another language than [voice]."""
    sections = sorted({each.metadata["section"] for each in dataclasses.fields(Settings)})
    values: dict[str, Any] = {}
    for section, table in source.tree.items():
        if section == KEYS:  # of the dashboard: engine.config.keymap
            continue
        if section not in sections:
            fix = _("the sections are {sections}").format(sections=", ".join(sections))
            raise source.fault(section, _("unknown section"), fix)
        kept = table
        if section == "transcribe" and isinstance(table, dict):
            kept = {key: value for key, value in table.items() if key not in _IGNORED}
        found = source.section(Settings, kept, section)
        names = (each.name for each in dataclasses.fields(Settings) if each.metadata["section"] == section)
        values |= {name: getattr(found, name) for name in names}
    settings = Settings(**{name: value for name, value in values.items() if value != _UNSET.get(name)})
    if not settings.language:
        return settings
    try:
        language = languages.find(settings.language)
    except InputError as error:
        raise source.fault("voice.language", error.what, error.fix) from None
    if languages.of_cleaners(settings.cleaners) not in (None, language):
        what = _('"{cleaners}" is not {language}, the language of [voice]')
        what = what.format(cleaners=settings.text_cleaners, language=language.name)
        raise source.fault("preprocess.text_cleaners", what, _("remove one of the two lines"))
    return settings


def settings_file(settings: Settings | None = None) -> str:
    """The text of a vitsdeck.toml: every setting below the sentence that documents it."""
    settings = settings or Settings()
    head = (
        "# Settings of this vitsdeck workspace. A setting that is removed has the value shown here at first."
    )
    lines = [head]
    section = ""
    for each in dataclasses.fields(Settings):
        if each.metadata["section"] != section:
            section = each.metadata["section"]
            lines += ["", f"[{section}]"]
        # texts, numbers and booleans are the same in JSON and TOML
        value = json.dumps(getattr(settings, each.name))
        lines += [f"# {each.metadata['meaning']}", f"{key_of(each)} = {value}"]
    return "\n".join(lines) + "\n"


def save_setting(path: Path, name: str, value: str | float) -> None:
    """Change one setting in a vitsdeck.toml; comments and order stay.

    Raises:
        InputError: the file has a fault, cannot be written, or is formatted so that no safe change is possible.
    """
    source = reader.read(path)
    _checked(source)
    each = next(each for each in dataclasses.fields(Settings) if each.name == name)
    section, key = each.metadata["section"], key_of(each)
    line = f"{key} = {json.dumps(value)}"
    changed = _with_line(source, section, key, line)
    wanted = source.tree | {section: source.tree.get(section, {}) | {key: value}}
    try:
        is_safe = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        is_safe = False
    if not is_safe:
        what, fix = _("{key} is written in an unusual way"), _("change it by hand to {line}")
        raise InputError(what.format(key=key), path=path, fix=fix.format(line=line))
    _checked(reader.parse(changed, path))  # a value that does not go with the others is refused
    write_own(path, changed)


def _with_line(source: Source, section: str, key: str, line: str) -> str:
    """The text with this line in place of the key's own, else first in its section, else in a new section."""
    lines = source.text.splitlines()
    at = source.line_of(f"{section}.{key}")
    if at is None:
        lines += ["", f"[{section}]", line]
    elif re.match(rf"\s*{key}\s*=", lines[at - 1]):
        old = re.compile(rf"\s*{key}\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^#\s]+)")
        lines[at - 1] = old.sub(lambda _unused: line, lines[at - 1], count=1)
    else:
        lines.insert(at, line)
    return "\n".join(lines) + "\n"
