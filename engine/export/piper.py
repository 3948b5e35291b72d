"""NAME and NAME.onnx.json as Piper, Home Assistant and our own `speak` read them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from engine import languages
from engine.config import Config
from engine.languages import ENGLISH, ESPEAK, Language
from engine.speak.onnx.exported import OWN_KEY
from engine.text.symbols import PAD

BEGIN, END = "^", "$"  # what players look up in the symbols for the ids around a sentence
NOISE_SCALE, LENGTH_SCALE, NOISE_SCALE_W = 0.667, 1.0, 0.8
# Piper's names for sizes, by millions of parameters that speak
_QUALITIES = ((10, "low"), (25, "medium"))


def espeak_voice(config: Config) -> str:
    """The espeak voice whose phonemes the voice was trained on, as "de"; "" where espeak wrote none."""
    last = config.data.text_cleaners[-1] if config.data.text_cleaners else ""
    if last.startswith(ESPEAK):
        return last.removeprefix(ESPEAK)
    return ENGLISH.espeak_voice if last == ENGLISH.cleaner else ""


def locale(config: Config, language: Language) -> tuple[str, str]:
    """Language and region as ("de", "DE"); the region is "" where none is known.

    Args:
        language: of the workspace, for cleaners that belong to no language.
    """
    spoken = languages.of_cleaners(config.data.text_cleaners) or language
    found = re.search(r"-([A-Za-z]{2})$", espeak_voice(config)) or re.search(r"-([A-Z]{2})$", spoken.locale)
    return spoken.code.partition("-")[0], found[1].upper() if found else ""


def quality(parameters: int) -> str:
    """Piper's name for a size: low, medium or high."""
    return next((name for most, name in _QUALITIES if parameters < most * 1e6), "high")


def voice_name(config: Config, language: Language, dataset: str, parameters: int) -> str:
    """A name as Piper's voices have, de_DE-anna-medium."""
    code = "_".join(part for part in locale(config, language) if part)
    plain = re.sub(r"[^\w.]+", "_", dataset)  # hyphens separate the parts
    return f"{code}-{plain}-{quality(parameters)}"


def settings(config: Config, table: Mapping[str, int], name: str, language: Language, *, symbols: int) -> str:
    """The text of NAME.onnx.json.

    Args:
        config: with symbols and speakers as the checkpoint has them.
        table: symbol to id.
        symbols: rows of the checkpoint's text embedding.
    """
    data, voice = config.data, espeak_voice(config)
    family, region = locale(config, language)
    _code, dataset, size = (*name.split("-", 2), "", "")[:3]
    ids: dict[str, list[int]] = {symbol: [place] for symbol, place in table.items()}
    # with these Piper sends what training wrote, blanks included
    ids |= {BEGIN: [], END: [], PAD: [table[PAD]] if data.add_blank else []}
    split = {symbol: unicodedata.normalize("NFD", symbol) for symbol in table}
    clusters = [list(parts) for symbol, parts in split.items() if parts != symbol]
    ids |= {parts: ids[symbol] for symbol, parts in split.items() if parts != symbol}
    names = config.speakers or [str(number) for number in range(data.n_speakers)]
    found: dict[str, Any] = {
        "audio": {"sample_rate": data.sampling_rate, "quality": size},
        "espeak": {"voice": voice or family},
        "phoneme_type": "espeak" if voice else "text",
        "language": {"code": f"{family}_{region}" if region else family, "family": family, "region": region},
        "dataset": dataset,
        "inference": {"noise_scale": NOISE_SCALE, "length_scale": LENGTH_SCALE, "noise_w": NOISE_SCALE_W},
        "num_symbols": symbols,
        "num_speakers": max(1, data.n_speakers),
        "speaker_id_map": {each: place for place, each in enumerate(names)} if data.n_speakers > 1 else {},
        "hop_length": data.hop_length,
        "phoneme_id_map": ids,
        OWN_KEY: _own(config),
    }
    if clusters:  # Piper takes symbols apart, as c and its cedilla; this joins them again
        found["vowel_clusters"] = clusters
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _own(config: Config) -> dict[str, Any]:
    """The config without paths."""
    tree: dict[str, Any] = json.loads(config.to_json())
    tree["train"].pop("whisper_model", None)
    tree["data"] = {key: value for key, value in tree["data"].items() if not key.endswith("_files")}
    return tree
