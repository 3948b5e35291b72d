"""A look at audio files without decoding them: `header(path) -> ClipHeader`. No numpy for wav and flac."""

from __future__ import annotations

from engine.audio.header import ClipHeader, header

__all__ = ["ClipHeader", "header"]
