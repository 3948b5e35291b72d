"""Training a voice: `python -m engine.train --run FOLDER`."""

import os

# Before torch is loaded: OpenMP threads that spin while they wait starve whatever else runs on a small machine, the
# dashboard first of all. Measured beside two busy processes on 2 cores: a step of 10 s becomes one of 2.2 s.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
