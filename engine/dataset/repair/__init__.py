"""Fixes for clips with a fault, and how they are undone."""
