"""Named by the engine, and not used where the recordings have the voice's rate."""
