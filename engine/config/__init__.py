"""Settings: a voice's config, the workspace's vitsdeck.toml, its voice.json, and values that replace the config's."""

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
