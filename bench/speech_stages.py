"""The stages of `vitsdeck speak` in a process of its own, as seconds in a line of JSON; `bench/speech.py` starts it.

    python bench/speech_stages.py RUNTIME CHECKPOINT CONFIG TEXT BEGAN

BEGAN is the time of the start, by `time.time()`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    runtime, checkpoint, config, text, began = sys.argv[1:]
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # as `vitsdeck` sets it
    from engine import config as configs
    from engine.speak.loading import load_speaker
    from engine.speak.manner import Manner
    from tui.cli.speech import speak  # noqa: F401 - the command with all that it imports

    if runtime == "onnx":
        import onnxruntime  # noqa: F401
    else:
        import engine.speak.torch_network  # noqa: F401
    times = [float(began), time.time()]
    speaker = load_speaker(Path(checkpoint), configs.load(Path(config)), runtime=runtime)
    times.append(time.time())
    sentences = list(speaker.text.sentences(speaker.text.parts(text)))
    times.append(time.time())
    spoken = speaker.spoken(((each, (1, n)) for n, each in enumerate(sentences)), Manner())
    samples = sum(len(wave_L) for _, pieces in spoken for wave_L in pieces)
    times.append(time.time())
    names = ("imports", "load", "phonemes", "model")
    found = {name: after - before for name, before, after in zip(names, times, times[1:], strict=False)}
    print(json.dumps(found | {"torch": "torch" in sys.modules, "samples": samples}))


if __name__ == "__main__":
    main()
