"""Character error rates of the wavs that were brought back, by faster-whisper with a model in a folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def add(out: Path, model: Path) -> None:
    """Transcribe every wav of `out`, and add a row for each to the part `learn` of gpu.json.

    Args:
        model: the folder of a model of faster-whisper (CTranslate2).
    """
    from faster_whisper import WhisperModel

    path = out / "gpu.json"
    found = json.loads(path.read_text())
    part = found["parts"]["learn"]
    whisper = WhisperModel(str(model), device="cpu", compute_type="int8")
    rows = [row for row in part["rows"] if not row["what"].startswith("character error")]
    for wav in part["facts"]["wavs"]:
        pieces, _ = whisper.transcribe(str(out / wav["file"]), language="en", beam_size=5)
        heard = " ".join(piece.text.strip() for piece in pieces)
        wav |= {"heard": heard, "character_error": round(error_rate(wav["text"], heard), 4)}
        rows.append(_row(wav))
    part["rows"] = rows
    path.write_text(json.dumps(found, indent=1))


def _row(wav: dict[str, Any]) -> dict[str, Any]:
    figure = f"{wav['character_error']:.2f}: {wav['heard'] or 'nothing'}"
    return {"what": f"character error of {wav['file']}", "figure": figure, "target": "", "met": None}


def error_rate(text: str, heard: str) -> float:
    """Characters to insert, delete or replace, a character of the text; small letters, without signs."""
    wanted, found = (re.sub(r"[^a-z0-9 ]", "", " ".join(each.lower().split())) for each in (text, heard))
    before = list(range(len(found) + 1))
    for i, letter in enumerate(wanted, 1):
        row = [i]
        for j, other in enumerate(found, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other)))
        before = row
    return before[-1] / max(1, len(wanted))
