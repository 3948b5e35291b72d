"""The workspace: a folder with a `vitsdeck.toml` in which one person's voices are made.

    vitsdeck.toml   settings, each with the sentence that documents it
    configs/        one file for each kind of voice; the shipped ones to start from
    filelists/      who says what in which file
    wavs/           the recordings as training reads them
    logs/NAME/      one folder for each run

Standard library only: the command line and the dashboard read it before anything else.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.run import atomic
from engine.run.permissions import give_ordinary_mode

FILE_NAME = "vitsdeck.toml"
SHIPPED = ("configs", "filelists")
THEMES = ("dark", "light", "contrast", "contrast-light")


def _setting(
    section: str, default: Any, says: str, one_of: tuple[str, ...] = (), like: tuple[str, str] | None = None
) -> Any:
    """`like`: a pattern that a text must match, and how to write it."""
    about = {"section": section, "says": says, "one_of": one_of, "like": like}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Settings:
    """What vitsdeck.toml may say. This is the one table: the file, its checks and its comments come from here."""

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
        "preprocess", "english_cleaners2", "Cleaners that `vitsdeck preprocess` applies, separated by commas."
    )
    language: str = _setting("transcribe", "en-US", "What recordings speak, until the dashboard is told.")
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
    theme: str = _setting("dashboard", "dark", f"Colours of the dashboard: {', '.join(THEMES)}.", THEMES)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace. All folders are absolute."""

    root: Path
    settings: Settings = field(default_factory=Settings)

    @property
    def logs_dir(self) -> Path:
        """Where the runs are."""
        return self.root / self.settings.logs

    @property
    def configs_dir(self) -> Path:
        """Where `-c NAME` looks."""
        return self.root / self.settings.configs

    @property
    def filelists_dir(self) -> Path:
        """Where `split` writes."""
        return self.root / self.settings.filelists

    @property
    def audio_dir(self) -> Path:
        """The converted recordings."""
        return self.root / self.settings.audio

    @property
    def spoken_dir(self) -> Path:
        """Where spoken sentences go."""
        return self.root / self.settings.spoken

    def configs(self) -> list[Path]:
        """Every config file, by name."""
        return _files(self.configs_dir, "*.json")

    def filelists(self) -> list[Path]:
        """Every filelist, raw and cleaned, by name."""
        return _files(self.filelists_dir, "*.txt", "*.cleaned")

    def config_named(self, name: str) -> Path:
        """The config file that `-c NAME` means: a path, or the name of one in `configs_dir` without its ending.

        Raises:
            InputError: there is none; says which there are.
        """
        for path in (Path(name), self.configs_dir / name, self.configs_dir / f"{name}.json"):
            if path.is_file():
                return path.absolute()
        there = ", ".join(path.stem for path in self.configs()) or "none yet"
        raise InputError("no such config", path=name, fix=f"in {self.settings.configs}/ there are: {there}")

    def run_folder(self, name: str) -> Path:
        """The folder of run NAME, which must be one plain folder name. Raises InputError otherwise."""
        if not re.fullmatch(r"[^\W_][\w.-]*", name) or len(name.encode()) > 100:
            raise InputError(
                f"{name!r} cannot be a run's name", fix="use letters, digits, - and _, as in my_voice"
            )
        return self.logs_dir / name


def find(start: str | Path) -> Workspace | None:
    """The workspace that `start` lies in: the nearest folder upwards with a vitsdeck.toml, or None.

    Raises:
        InputError: its vitsdeck.toml has a fault, named with its line.
    """
    start = Path(start).absolute()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return Workspace(folder, read_settings(folder / FILE_NAME))
    return None


def init(folder: str | Path, on_made: Callable[[Path], None] | None = None) -> Workspace:
    """Make a workspace, or complete one: what is there stays as it is.

    Args:
        on_made: called with every file and folder that was made.

    Raises:
        InputError: the folder cannot be written, or its vitsdeck.toml has a fault.
    """
    root = Path(folder).absolute()
    toml = root / FILE_NAME
    workspace = Workspace(root, read_settings(toml) if toml.exists() else Settings())
    try:
        for made in _make(workspace):
            if on_made is not None:
                on_made(made)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError("is not a folder", path=error.filename or root, fix="choose another name") from None
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            path=error.filename or root,
            fix="choose a folder of your own",
        ) from None
    return workspace


def shipped(folder: str) -> Path:
    """The folder `configs` or `filelists` that came with vitsdeck: inside an installed wheel, or in the clone."""
    package = Path(__file__).resolve().parent
    inside = package / "shipped" / folder
    return inside if inside.is_dir() else package.parent / folder


def write_new(path: Path, text: str) -> bool:
    """Write a file of the user's own, unless something is there already; whether it was written."""
    if path.exists():
        return False
    with atomic.replacing(path) as file:
        give_ordinary_mode(file)
        file.write(text.encode())
    return True


def read_settings(path: str | Path) -> Settings:
    """Read vitsdeck.toml; what it does not name keeps its default.

    Raises:
        InputError: unreadable, not TOML, an unknown setting, a value of another kind; with the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", path=path, fix="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        what = str(error).partition(" (at ")[0]
        line = int(found[1]) if found else text.count("\n") + 1
        raise InputError(f"is not TOML: {what}", path=path, line=line) from None
    return Settings(**dict(_checked(tree, text, path)))


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
        lines += [f"# {each.metadata['says']}", f"{each.name} = {json.dumps(getattr(settings, each.name))}"]
    return "\n".join(lines) + "\n"


def save_setting(path: Path, name: str, value: str | float) -> None:
    """Change one setting in a vitsdeck.toml; comments, order and all else in it stay as the person wrote them.

    Raises:
        InputError: the file has a fault, cannot be written, or says it in a way that cannot be changed safely.
    """
    read_settings(path)  # with its fault, if it has one
    setting = next(each for each in dataclasses.fields(Settings) if each.name == name)
    section, said = setting.metadata["section"], f"{name} = {json.dumps(value)}"
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    at = _line(text, section, name)
    if at is None:
        lines += ["", f"[{section}]", said]
    elif re.match(rf"\s*{name}\s*=", lines[at - 1]):
        old = re.compile(rf"(\s*{name}\s*=\s*)(?:\"[^\"]*\"|'[^']*'|[^#\s]+)")
        lines[at - 1] = old.sub(lambda found: found[1] + json.dumps(value), lines[at - 1], count=1)
    else:
        lines.insert(at, said)
    changed = "\n".join(lines) + "\n"
    wanted = tomllib.loads(text)
    wanted.setdefault(section, {})[name] = value
    try:
        is_safe = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        is_safe = False
    if not is_safe:
        raise InputError(
            f"{name} is written in an unusual way", path=path, fix=f"change it by hand to {said}"
        )
    try:
        mode = path.stat().st_mode
        with atomic.replacing(path) as file:
            file.write(changed.encode())
        path.chmod(mode & 0o777)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from None


def _make(workspace: Workspace) -> Iterator[Path]:
    """Make what is missing. The settings file comes last: what was interrupted does not count as a workspace."""
    folders = {"configs": workspace.configs_dir, "filelists": workspace.filelists_dir}
    for folder in (workspace.root, *folders.values(), workspace.audio_dir):
        if not folder.is_dir():
            folder.mkdir(parents=True)
            yield folder
    files = {
        folders[name] / source.name: source.read_text(encoding="utf-8")
        for name in SHIPPED
        for source in sorted(shipped(name).iterdir())
    }
    for path, text in (files | {workspace.root / FILE_NAME: settings_file()}).items():
        if write_new(path, text):
            yield path


def _files(folder: Path, *patterns: str) -> list[Path]:
    try:
        return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    except OSError:
        return []


_KINDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def _checked(tree: dict[str, Any], text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """The settings that the file names, each known and of its kind."""
    known = {(each.metadata["section"], each.name): each for each in dataclasses.fields(Settings)}
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
            yield key, value


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
