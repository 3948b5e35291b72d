"""Runs as folders and processes: no torch, no numpy. The run folder is the only meeting place of the processes."""
