"""The commands: each a few lines that call the engine, which is imported when the command runs."""
