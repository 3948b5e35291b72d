"""Transcription providers: one file each."""
