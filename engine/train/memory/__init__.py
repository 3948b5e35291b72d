"""Out-of-memory recovery."""
