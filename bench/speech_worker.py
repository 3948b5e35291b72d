"""The process that speaks for a measurement: sentences of ids for each line of stdin, answered by a line of JSON.

`bench/speech.py` starts it, several at once, and lets them take turns (`bench/turns.py`). A line of stdin holds the
`sentences`, the `seed` of their noise, and a file to `save` the samples to, or "". With seed 0 the plain form draws its
noise as the family does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Ids = list[int]
Array = NDArray[np.float32]
CHECKPOINT = "G_0.pth"


@dataclass(frozen=True)
class Speech:
    """What a process speaks with.

    Attributes:
        form: "plain" (`plain_speak.py`), "torch", "bf16", "onnx", "int8"; "first", torch until the first samples of a
            sentence in windows; "torch at once" and "onnx at once", several sentences at once as a text is spoken.
        run: a folder with `CHECKPOINT`, its config.json and the files of onnxruntime.
        threads: and cores, where the system can set them.
    """

    script: ClassVar[str] = "speech_worker.py"
    form: str
    run: str
    threads: int


Say = Callable[[list[Ids], int], list[Array]]  # sentences and a seed to the samples of each


def sayer(asked: Speech) -> Say:
    """What speaks in this form."""
    from engine import config as configs
    from engine.speak.loading import load_speaker
    from engine.speak.manner import Manner
    from engine.speak.network import Scales, Windows
    from engine.speak.voice_text import Sentence

    checkpoint = Path(asked.run, CHECKPOINT)
    settings = configs.load(Path(asked.run, "config.json"))
    if asked.form == "plain":
        return plain_sayer(checkpoint, settings)
    kind, _, is_together = asked.form.partition(" at ")
    runtime = "onnx" if kind in ("onnx", "int8") else "torch"
    precision = kind if kind in ("bf16", "int8") else "fp32"
    speaker = load_speaker(checkpoint, settings, runtime=runtime, precision=precision)

    def say(sentences: list[Ids], seed: int) -> list[Array]:
        if asked.form == "first":
            return [next(speaker.network.say(ids, 0, Scales(), [seed], Windows())) for ids in sentences]
        return [
            np.concatenate(list(speaker.network.say(ids, 0, Scales(), [seed], None))) for ids in sentences
        ]

    def say_together(sentences: list[Ids], seed: int) -> list[Array]:
        jobs = [(Sentence("", tuple(ids), 0.0), (seed,)) for ids in sentences]
        return [np.concatenate(list(pieces)) for _, pieces in speaker.spoken(jobs, Manner())]

    return say_together if is_together else say


def plain_sayer(checkpoint: Path, settings: Any) -> Say:
    """The plain forward pass, with the noise that `Network.say` draws for the same seed."""
    import torch
    from plain_speak import PlainSpeech

    from engine.model.voice import Noise
    from engine.speak.torch_network import read_voice

    voice, _ = read_voice(checkpoint, settings, "cpu")
    plain = PlainSpeech(voice, settings.model)

    def say(sentences: list[Ids], seed: int) -> list[Array]:
        found = []
        for ids in sentences:
            noise = None
            if seed:
                dice = np.random.default_rng([seed])
                rhythm_2N = dice.standard_normal((2, len(ids)), dtype=np.float32)
                prior_FC = dice.standard_normal((10 * len(ids), voice.inter_channels), dtype=np.float32)
                noise = Noise(None, torch.from_numpy(prior_FC.T)[None], torch.from_numpy(rhythm_2N)[None])
            wave_B1L = plain.speak(torch.tensor([ids]), noise=noise)
            found.append(np.asarray(wave_B1L[0, 0].numpy()))
        return found

    return say


def main() -> None:
    asked = Speech(**json.loads(sys.argv[1]))
    if hasattr(os, "sched_setaffinity"):  # onnxruntime takes a thread for each core that it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    if asked.form == "plain":
        os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "1024"  # torch's own, which the engine lowers
    else:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # as `vitsdeck` sets it
    say = sayer(asked)
    for line in sys.stdin:
        job = json.loads(line)
        began, worked = time.perf_counter(), time.process_time()
        waves_L = say(job["sentences"], job["seed"])
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
        if job["save"]:
            np.save(job["save"], np.concatenate(waves_L))
        answer = {"seconds": seconds, "cpu_seconds": cpu_seconds, "samples": sum(map(len, waves_L))}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
