"""The supervisor: the process that starts a run's worker, watches it and records how it ended."""
