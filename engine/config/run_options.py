"""Values that replace the config's for a run: flags of `train`, fields of the dashboard's dialog."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine import languages
from engine.config import Config
from engine.config.reader import check_rules
from engine.config.rules import check
from engine.errors import InputError

_KEYS = {
    "train_list": "data.training_files",
    "val_list": "data.validation_files",
    "batch_size": "train.batch_size",
    "epochs": "train.epochs",
    "eval_interval": "train.eval_interval",
    "fp16": "train.fp16_run",
}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """None keeps the config's value.

    Attributes:
        train_list, val_list: filelists, as the workspace's root names them.
        language: the lists' language, under any of its names; chooses the cleaner.
        batch_size: clips a step and device.
        epochs: passes over the training clips.
        eval_interval: steps between two validations; each of them saves a checkpoint, too.
        fp16: half precision; a CPU trains in full precision all the same.
    """

    train_list: str | None = None
    val_list: str | None = None
    language: str | None = None
    batch_size: int | None = None
    epochs: int | None = None
    eval_interval: int | None = None
    fp16: bool | None = None

    def apply(self, config: Config) -> Config:
        """The config with these values.

        Raises:
            InputError: a value that the config's rules refuse, named by its flag; no such language.
        """
        changes: dict[str, dict[str, Any]] = {"train": {}, "data": {}}
        for flag, key in _KEYS.items():
            if (value := getattr(self, flag)) is not None:
                section, _, name = key.partition(".")
                changes[section][name] = value
        if self.fp16 is not None:  # else the config's precision would win over the flag
            changes["train"]["precision"] = ""
        if self.language is not None:
            language = languages.find(self.language)
            if languages.of_cleaners(config.data.text_cleaners) != language:
                changes["data"]["text_cleaners"] = (language.cleaner,)
                changes["data"]["normaliser"] = language.normaliser if config.data.normaliser else ""
        changed = dataclasses.replace(
            config,
            train=dataclasses.replace(config.train, **changes["train"]),
            data=dataclasses.replace(config.data, **changes["data"]),
        )
        check_rules(changed.train, "train", _fault)
        check(changed, _fault)
        return changed


NO_OPTIONS = RunOptions()


def _fault(key: str, what: str, fix: str = "") -> InputError:
    flags = {key: f"--{flag}" for flag, key in _KEYS.items()}
    return InputError(f"{flags.get(key, key)} {what}", fix=fix)
