"""Settings: a voice's config, the workspace's vitsdeck.toml, its voice.json, and values that replace the config's."""

from engine.config.schema import (
    DECODER_FLAGS,
    Config,
    DataConfig,
    Decoder,
    ModelConfig,
    TrainConfig,
    line_of,
    load,
    parse,
    read_text,
)

__all__ = [
    "DECODER_FLAGS",
    "Config",
    "DataConfig",
    "Decoder",
    "ModelConfig",
    "TrainConfig",
    "line_of",
    "load",
    "parse",
    "read_text",
]
