"""Processes: who they are, how they are started, found and ended."""
