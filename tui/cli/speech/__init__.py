"""The commands speak and convert-voice."""
