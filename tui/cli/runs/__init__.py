"""Commands that start, follow and manage runs."""
