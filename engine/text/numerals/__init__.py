"""Numerals of Korean and Chinese, for the cleaners and the normaliser."""
