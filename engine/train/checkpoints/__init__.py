"""Checkpoints: written, read, checked, and used to start another voice."""
