"""What sherpa-onnx wants: tokens.txt beside the graph, and metadata inside of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from engine.config import Config
from engine.export.piper import BEGIN, END, espeak_voice, locale
from engine.languages import Language
from engine.text.symbols import BLANK_ID, PAD


def tokens(table: Mapping[str, int]) -> str:
    """One symbol a line with its id, which ends the line: a space is a symbol too.

    sherpa-onnx takes symbols apart, as c and its cedilla, and skips what is not listed. So the letter alone stands for
    the symbol, unless the voice has that letter as well.
    """
    bases = {unicodedata.normalize("NFD", symbol)[0]: place for symbol, place in table.items()}
    framed = bases | dict(table) | {BEGIN: BLANK_ID, END: BLANK_ID, PAD: BLANK_ID}
    return "".join(f"{symbol} {place}\n" for symbol, place in framed.items())


def metadata(config: Config, language: Language) -> dict[str, str]:
    """Keys that end sherpa-onnx's process where they are missing; "piper" in the comment chooses its way to ids."""
    family, _region = locale(config, language)
    return {
        "model_type": "vits",
        "comment": "piper",
        "language": family,
        "voice": espeak_voice(config) or family,
        "has_espeak": str(int(bool(espeak_voice(config)))),
        "n_speakers": str(max(1, config.data.n_speakers)),
        "sample_rate": str(config.data.sampling_rate),
        "add_blank": str(int(config.data.add_blank)),
    }
