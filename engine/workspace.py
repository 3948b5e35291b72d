"""The workspace: a folder with a `vitsdeck.toml` in which voices are made.

    vitsdeck.toml   settings, each with the sentence that documents it
    configs/        one file for each kind of voice; the shipped ones to start from
    filelists/      the text of each clip
    wavs/           the recordings as training reads them
    logs/NAME/      one folder for each run

Standard library only, for a fast start.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine import languages
from engine.config.settings import FILE_NAME, Settings, read_settings, save_setting, settings_file
from engine.errors import InputError, cannot_write
from engine.files.permissions import write_own
from engine.i18n import _
from engine.languages import NORMALISE, Language

# examples of the format that an earlier `init` wrote
_EXAMPLES = {f"example_{name}.txt" for name in ("speakers", "speakers_train", "train", "val")}


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace. All folders are absolute."""

    root: Path
    settings: Settings = field(default_factory=Settings)

    @property
    def language(self) -> Language:
        """[voice] language, else that of text_cleaners, else English."""
        if self.settings.language:
            return languages.find(self.settings.language)
        return languages.of_cleaners(self.settings.cleaners) or languages.ENGLISH

    def in_language(self, name: str) -> Workspace:
        """The workspace as if its vitsdeck.toml named this language. Raises InputError: no such language."""
        language = languages.find(name)
        if language == self.language:
            return self
        settings = dataclasses.replace(
            self.settings, language=language.code, text_cleaners="", transcribe_language=""
        )
        return dataclasses.replace(self, settings=settings)

    @property
    def cleaners(self) -> tuple[str, ...]:
        """The cleaners of its texts."""
        return self.settings.cleaners or (self.language.cleaner,)

    @property
    def normaliser(self) -> str:
        """The normaliser before the cleaners; "" for none."""
        return self.language.normaliser if self.settings.normalise else ""

    @property
    def cleaning(self) -> tuple[str, ...]:
        """The normaliser, if any, then the cleaners."""
        return self.cleaning_by(self.cleaners)

    def cleaning_by(self, cleaners: Sequence[str], *, normalise: bool | None = None) -> tuple[str, ...]:
        """The same with other cleaners; `normalise` replaces the setting."""
        if not (self.settings.normalise if normalise is None else normalise):
            return tuple(cleaners)
        spoken = languages.of_cleaners(cleaners) or self.language
        return (NORMALISE + spoken.normaliser, *cleaners)

    @property
    def locale(self) -> str:
        """The locale for transcription, as de-DE."""
        return self.settings.transcribe_language or self.language.locale

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
    def split_lists(self) -> list[Path]:
        """The lists that `split` writes and `preprocess` cleans."""
        return [self.filelists_dir / f"{name}.txt" for name in ("train", "val", "test")]

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
        found = _files(self.filelists_dir, "*.txt", "*.cleaned")
        return [path for path in found if path.name not in _EXAMPLES]

    def config_named(self, name: str) -> Path:
        """The config file that `-c NAME` means: a path, or the name of one in `configs_dir` without its ending.

        Raises:
            InputError: there is none; says which there are.
        """
        for path in (Path(name), self.configs_dir / name, self.configs_dir / f"{name}.json"):
            if path.is_file():
                return path.absolute()
        there = ", ".join(path.stem for path in self.configs()) or "none yet"
        raise InputError(
            _("no such config"),
            path=name,
            fix=_("in {configs}/ there are: {there}").format(configs=self.settings.configs, there=there),
        )

    def run_folder(self, name: str) -> Path:
        """The folder of run NAME, which must be one plain folder name. Raises InputError otherwise."""
        if not re.fullmatch(r"[^\W_][\w.-]*", name) or len(name.encode()) > 100:
            raise InputError(
                _("{name!r} cannot be a run's name").format(name=name),
                fix=_("use letters, digits, - and _, as in my_voice"),
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


def init(
    folder: str | Path, on_made: Callable[[Path], None] | None = None, *, language: str | None = None
) -> Workspace:
    """Make a workspace, or complete one: what is there stays as it is, but for a language that is asked for.

    Args:
        on_made: called with every file and folder that was made.
        language: what the recordings speak, under any of its names; None: what vitsdeck.toml says, else English.

    Raises:
        InputError: the folder cannot be written, or its vitsdeck.toml has a fault.
    """
    root = Path(folder).absolute()
    toml = root / FILE_NAME
    code = languages.find(language).code if language else ""
    if code and toml.exists() and Workspace(root, read_settings(toml)).language.code != code:
        save_setting(toml, "language", code)
    fresh = Settings(language=code or languages.ENGLISH.code, normalise=True)
    workspace = Workspace(root, read_settings(toml) if toml.exists() else fresh)
    try:
        for made in _make(workspace):
            if on_made is not None:
                on_made(made)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            _("is not a folder"), path=error.filename or root, fix=_("choose another name")
        ) from None
    except OSError as error:
        raise cannot_write(error, error.filename or root, _("choose a folder of your own")) from None
    return workspace


def shipped_configs() -> Path:
    """The folder of presets that came with vitsdeck: inside an installed wheel, or in the clone."""
    package = Path(__file__).resolve().parent
    inside = package / "shipped" / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def write_new(path: Path, text: str) -> bool:
    """Write a file of the user's own, unless something is there already; whether it was written."""
    if path.exists():
        return False
    write_own(path, text)
    return True


def _make(workspace: Workspace) -> Iterator[Path]:
    """Make what is missing. The settings file comes last: what was interrupted does not count as a workspace."""
    for folder in (workspace.root, workspace.configs_dir, workspace.filelists_dir, workspace.audio_dir):
        if not folder.is_dir():
            folder.mkdir(parents=True)
            yield folder
    files = {
        workspace.configs_dir / source.name: source.read_text(encoding="utf-8")
        for source in sorted(shipped_configs().iterdir())
    }
    for path, text in (files | {workspace.root / FILE_NAME: settings_file(workspace.settings)}).items():
        if write_new(path, text):
            yield path


def _files(folder: Path, *patterns: str) -> list[Path]:
    try:
        return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    except OSError:
        return []
