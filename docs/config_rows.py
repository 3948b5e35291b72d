"""Every key of a voice's config and of vitsdeck.toml as a row of docs/reference/config.md."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from engine.config.reader import key_of
from engine.config.schema import DECODER_FLAGS, Config, DataConfig, ModelConfig, TrainConfig
from engine.config.settings import Settings

_NAMES: dict[Any, str] = {bool: "true or false", int: "whole number", float: "number", str: "text"}


class Row(NamedTuple):
    """One key: where it stands, as `train.betas`, its default as JSON, and whether the family reads it."""

    key: str
    type: str
    default: str
    meaning: str
    family: bool


def config_rows() -> Iterator[Row]:
    """The keys of a voice's config, in the order of the file."""
    for section, kind in (("train", TrainConfig), ("data", DataConfig), ("model", ModelConfig)):
        for row in _rows(kind, section):
            if row.key == "model.decoder":
                for flag, decoder in DECODER_FLAGS.items():
                    chosen = json.dumps(decoder == ModelConfig().decoder)
                    yield Row(f"model.{flag}", _NAMES[bool], chosen, f"Chooses the {decoder} decoder.", True)
            else:
                yield row
    yield from _rows(Config, "")


def settings_rows() -> Iterator[Row]:
    """The keys of vitsdeck.toml, in the order of the file."""
    return _rows(Settings, "")


def _rows(kind: type[Any], section: str) -> Iterator[Row]:
    hints = typing.get_type_hints(kind)
    for each in dataclasses.fields(kind):
        about = each.metadata
        if about:
            where = about["section"] or section
            key = f"{where}.{key_of(each)}" if where else key_of(each)
            default = json.dumps(each.default, ensure_ascii=False)
            yield Row(key, _type_name(hints[each.name]), default, about["meaning"], about["family"])


def _type_name(hint: Any) -> str:
    arms = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return f"{_type_name(arms[0])} or null"
    if typing.get_origin(hint) is Literal:
        return " or ".join(arms)
    if typing.get_origin(hint) is tuple:
        items = _type_name(arms[0])
        return f"list of {items}" if arms[-1] is Ellipsis else f"list of {len(arms)} x {items}"
    return _NAMES[hint]
