"""Recordings to text, with a meter of what it costs."""

from tui.panes.transcription.pane import TranscriptionPane

__all__ = ["TranscriptionPane"]
