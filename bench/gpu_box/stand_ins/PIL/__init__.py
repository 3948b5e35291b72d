# ruff: noqa: N999 - Pillow's name
"""Pillow's Image, without pictures."""
