"""Presets: configs with sizes and audio parameters only; the workspace adds the rest when a run is made.

A config that names its lists is complete and used as it is. Configs of earlier versions of `init` name lists, always
the same ones: they count as presets, unless the lists of LJ Speech that most of them name exist.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import config as configs
from engine.config import Config, DataConfig, voice_file
from engine.files.permissions import write_own
from engine.languages import ESPEAK
from engine.text import symbol_sets
from engine.text.cleaners import espeak_languages
from engine.text.symbols import ENGLISH_178
from engine.workspace import Workspace

LISTS = ("train.txt.cleaned", "val.txt.cleaned")  # what `preprocess` makes of what `split` writes
GIN_CHANNELS = 256  # of a voice with several speakers
# what the configs of an earlier `init` name
_USUAL_LISTS = ("filelists/train.txt.cleaned", "filelists/val.txt.cleaned")
_LJ_SPEECH_LISTS = (
    "filelists/ljs_audio_text_train_filelist.txt.cleaned",
    "filelists/ljs_audio_text_val_filelist.txt.cleaned",
)


def complete(workspace: Workspace, path: str | Path) -> Config:
    """The config at `path`; a preset gets lists and cleaners of the workspace, symbols and speakers of its voice.json.

    Raises:
        InputError: a fault of the config, of voice.json or of vitsdeck.toml.
    """
    config, given = _read(workspace, path)
    return config if given is None else _filled_in(workspace, config, given)


def usual(workspace: Workspace) -> Config:
    """The workspace's voice with default sizes, for lists, symbols and speakers. Raises InputError: voice.json."""
    return _filled_in(workspace, Config(), {})


def symbols_for(workspace: Workspace, cleaners: Sequence[str]) -> tuple[str, ...] | None:
    """The symbols of voice.json, else those that these cleaners need; None for the English table.

    Raises:
        InputError: a fault of voice.json, an unknown cleaner.
    """
    symbols = voice_file.read(workspace.root).symbols
    if not symbols and cleaners and cleaners[-1].startswith(ESPEAK):  # known without loading espeak
        symbols = (*ENGLISH_178, *espeak_languages.APPENDED)
    symbols = symbols or symbol_sets.needed(cleaners)
    return None if symbols == ENGLISH_178 else symbols


def is_preset(workspace: Workspace, path: Path) -> bool:
    """Whether the workspace completes the config at `path`. Raises InputError as `complete`."""
    return _read(workspace, path)[1] is not None


def file_of(workspace: Workspace, path: Path | None) -> Path:
    """Where symbols and speakers are kept: a complete config holds its own, else (and for None) voice.json does.

    Raises:
        InputError: as `complete`.
    """
    if path is None or is_preset(workspace, path):
        return workspace.root / voice_file.FILE_NAME
    return path


def store(workspace: Workspace, path: Path | None, config: Config) -> None:
    """Keep the symbols and speakers of `config`, which may hold more than before, in the file that `file_of` names.

    Raises:
        InputError: as `complete`, or the file cannot be written.
    """
    target = file_of(workspace, path)
    if target != path:
        voice_file.add_symbols(workspace.root, config.symbols or ())
        voice_file.add_speakers(workspace.root, config.speakers or ())
        return
    write_own(target, config.to_json())


def _read(workspace: Workspace, path: str | Path) -> tuple[Config, dict[str, Any] | None]:
    """A config, and what it says of its data itself; None where it is complete."""
    source = configs.open_source(path)
    config, given = configs.from_source(source), source.tree["data"]
    if not {"training_files", "validation_files"} & set(given):
        return config, given
    return config, ({} if _is_from_init(config.data, given, workspace.root) else None)


def _is_from_init(data: DataConfig, given: dict[str, Any], root: Path) -> bool:
    """Whether an earlier `init` wrote this data section, and nobody has the lists of LJ Speech that it names."""
    lists = (data.training_files, data.validation_files)
    written = DataConfig(training_files=lists[0], validation_files=lists[1])
    if data != written or "text_cleaners" not in given:
        return False
    return lists == _USUAL_LISTS or (lists == _LJ_SPEECH_LISTS and not (root / lists[0]).is_file())


def _filled_in(workspace: Workspace, config: Config, given: dict[str, Any]) -> Config:
    folder = Path(workspace.settings.filelists)
    cleaners = tuple(given.get("text_cleaners", workspace.cleaners))
    voice = voice_file.read(workspace.root)
    symbols = symbols_for(workspace, cleaners)
    if config.symbols:  # what a preset holds itself comes first, so that ids stay what they are
        symbols = voice_file.appended(config.symbols, voice.symbols)
    speakers = voice_file.appended(config.speakers or (), voice.speakers) or None
    n_speakers = max(config.data.n_speakers, len(speakers or ()))
    gin_channels = config.model.gin_channels or (GIN_CHANNELS if n_speakers > 1 else 0)
    return dataclasses.replace(
        config,
        data=dataclasses.replace(
            config.data,
            training_files=(folder / LISTS[0]).as_posix(),
            validation_files=(folder / LISTS[1]).as_posix(),
            text_cleaners=cleaners,
            normaliser=given.get("normaliser", workspace.normaliser),
            n_speakers=n_speakers,
        ),
        model=dataclasses.replace(config.model, gin_channels=gin_channels),
        symbols=symbols,
        speakers=speakers,
    )
