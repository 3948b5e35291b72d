"""Presets: configs that hold sizes and audio parameters only; the workspace says the rest when a run is made.

A config that names its lists is complete and taken as it is. The configs that earlier versions of `init` wrote name
lists too, always the same ones: they count as presets, unless the lists of LJ Speech that most of them name are there.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from engine import config as configs
from engine import voice_file
from engine.config import Config, DataConfig
from engine.languages import ESPEAK
from engine.text import espeak_languages, symbol_sets
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
    """The config at `path` with all that a training needs.

    What a preset does not say is filled in: the workspace's lists, its cleaners, and the symbols and speakers of its
    voice.json.

    Raises:
        InputError: a fault of the config, of voice.json or of vitsdeck.toml.
    """
    config, said = _read(workspace, path)
    if said is None:
        return config
    voice = voice_file.read(workspace.root)
    folder = Path(workspace.settings.filelists)
    cleaners = tuple(said.get("text_cleaners", workspace.cleaners))
    speakers = config.speakers or voice.speakers or None
    n_speakers = max(config.data.n_speakers, len(speakers or ()))
    gin_channels = config.model.gin_channels or (GIN_CHANNELS if n_speakers > 1 else 0)
    return dataclasses.replace(
        config,
        data=dataclasses.replace(
            config.data,
            training_files=(folder / LISTS[0]).as_posix(),
            validation_files=(folder / LISTS[1]).as_posix(),
            text_cleaners=cleaners,
            n_speakers=n_speakers,
        ),
        model=dataclasses.replace(config.model, gin_channels=gin_channels),
        symbols=config.symbols or voice.symbols or _table(cleaners),
        speakers=speakers,
    )


def is_preset(workspace: Workspace, path: str | Path) -> bool:
    """Whether the workspace completes the config at `path`. Raises InputError as `complete` does."""
    return _read(workspace, path)[1] is not None


def _read(workspace: Workspace, path: str | Path) -> tuple[Config, dict[str, Any] | None]:
    """A config, and what it says of its data itself; None where it is complete."""
    text = configs.read_text(path)
    config = configs.parse(text, path)
    said: dict[str, Any] = json.loads(text)["data"]
    if not {"training_files", "validation_files"} & set(said):
        return config, said
    return config, ({} if _is_from_init(config.data, said, workspace.root) else None)


def _is_from_init(data: DataConfig, said: dict[str, Any], root: Path) -> bool:
    """Whether an earlier `init` wrote this data section, and nobody has the lists of LJ Speech that it names."""
    lists = (data.training_files, data.validation_files)
    written = DataConfig(training_files=lists[0], validation_files=lists[1])
    if data != written or "text_cleaners" not in said:
        return False
    return lists == _USUAL_LISTS or (lists == _LJ_SPEECH_LISTS and not (root / lists[0]).is_file())


def _table(cleaners: tuple[str, ...]) -> tuple[str, ...] | None:
    """The symbols of a language before voice.json has any; None: the English table, which a config need not say."""
    if cleaners and cleaners[-1].startswith(ESPEAK):  # told without loading espeak
        return (*ENGLISH_178, *espeak_languages.APPENDED)
    table = symbol_sets.needed(cleaners)
    return None if table == ENGLISH_178 else table
