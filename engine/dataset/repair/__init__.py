"""Fixing clips: a plan, copies below `fixed/`, and undo."""
