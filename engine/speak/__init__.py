"""Text in, waveform out: the voice itself and the helper process of the dashboard."""
