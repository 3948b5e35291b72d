"""Logs of runs: followed, indexed and summarised."""
