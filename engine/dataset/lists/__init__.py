"""Filelists and other lists of recordings: read, found, opened and saved."""
