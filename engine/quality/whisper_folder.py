"""The folder of a model of faster-whisper, checked before a training starts. Standard library only."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from engine.config import Config
from engine.errors import InputError
from engine.i18n import _

# without the tokenizer the library would look for one on the network
_FILES = ("model.bin", "config.json", "tokenizer.json")


def whisper_folder(config: Config, root: str | Path) -> Path | None:
    """The folder that `train.whisper_model` names, relative to the workspace `root`; None where it is not set.

    Raises:
        InputError: it is no folder, or a file of the model is missing.
    """
    if not config.train.whisper_model:
        return None
    folder = Path(root).absolute() / config.train.whisper_model
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        what = _("train.whisper_model names no folder with a model of faster-whisper: {files} is missing")
        fix = _("name the folder of a converted model, or leave train.whisper_model empty")
        raise InputError(what.format(files=missing[0]), path=folder, fix=fix)
    return folder


def require_library() -> None:
    """Raise InputError where faster-whisper is not installed."""
    if find_spec("faster_whisper") is None:
        fix = _("in vitsdeck's folder: `pip install -e '.[{extra}]'`").format(extra="quality")
        raise InputError(_("{name} is not installed").format(name="faster-whisper"), fix=fix)
