"""Training a voice: `python -m engine.train --run FOLDER`.

The command line makes torch's threads sleep while they wait, for short work beside a training. The training itself is
faster with torch's own waiting, and chooses its number of threads (`engine.train.ranks.threads`).
"""

import os

if os.environ.get("OMP_WAIT_POLICY") == "PASSIVE":  # read when torch is loaded, which is later
    del os.environ["OMP_WAIT_POLICY"]
