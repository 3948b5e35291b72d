"""Settings: a voice's config, the workspace's vitsdeck.toml, its voice.json, and values that replace the config's.

The schema of configs is imported when it is first asked for: the dashboard's first frame needs vitsdeck.toml alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.config.family_json import from_source, load, open_source, parse
    from engine.config.schema import DECODER_FLAGS, Config, DataConfig, Decoder, ModelConfig, TrainConfig

__all__ = [
    "DECODER_FLAGS",
    "Config",
    "DataConfig",
    "Decoder",
    "ModelConfig",
    "TrainConfig",
    "from_source",
    "load",
    "open_source",
    "parse",
]
_READERS = ("from_source", "load", "open_source", "parse")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    module = import_module(f"{__name__}.{'family_json' if name in _READERS else 'schema'}")
    return getattr(module, name)
