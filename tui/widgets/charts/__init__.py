"""Widgets and drawing for curves, waveforms, spectrograms and bars."""
