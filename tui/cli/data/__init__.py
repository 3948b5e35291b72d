"""Commands on recordings, filelists and texts."""
