"""French, Spanish, Italian, Portuguese, Dutch and Polish: rules that they share, and where each differs."""
