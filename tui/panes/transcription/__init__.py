"""Recordings to text, with a meter of what it costs."""
