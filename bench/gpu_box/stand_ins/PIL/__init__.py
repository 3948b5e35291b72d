"""Pillow's Image, without pictures."""
