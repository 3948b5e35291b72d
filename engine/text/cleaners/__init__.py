"""Cleaners by language: from written text to what the model reads."""
