"""Training a voice: `python -m engine.train --run FOLDER`."""
