"""What the figures of a validation cost, in processor seconds.

    python bench/validation.py WORKSPACE CONFIG                                      less than a minute for the demo

The voice is untrained: it speaks for about as long as the recordings last, and Whisper understands nothing of it. The
second row of each figure is without the loading of libraries and weights.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from engine import config as configs
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.dataset import Clips
from engine.quality.sentences import Sentences
from engine.text.symbols import ENGLISH_178
from engine.train import evaluate
from engine.train.reporter import Reporter
from engine.train.state import new_state


def measured(name: str, work: Callable[[], object]) -> None:
    for _ in range(2):
        began = time.process_time()
        work()
        print(f"{name:40} {time.process_time() - began:6.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("config", type=Path)
    arguments = parser.parse_args()
    config = configs.load(arguments.config)
    os.chdir(arguments.workspace)
    torch.set_num_threads(1)
    data, device = prepare_data(config), torch.device("cpu")
    state = new_state(config, len(config.symbols or ENGLISH_178), device)
    sentences, clips = Sentences(config, data), Clips(data.val, config, is_trained=False)
    frames = sum(clip.frames for part in sentences.parts.values() for clip in part.prepared)
    seconds = frames * config.data.hop_length / config.data.sampling_rate
    print(f"{sum(map(len, sentences.parts.values()))} sentences, {seconds:.0f} s of recordings")
    with tempfile.TemporaryDirectory() as folder:
        reporter = Reporter(Path(folder), 1, device)
        measured("validation loss", lambda: evaluate.validation_mel(state, clips, reporter))
        measured("distances of the sentences", lambda: evaluate.spoken_sentences(state, sentences, reporter))
        spoken, _figures = evaluate.spoken_sentences(state, sentences, reporter)
        for name, judge in sentences.judges().items():
            measured(name, lambda judge=judge: judge(spoken, lambda: None))
        reporter.close()


if __name__ == "__main__":
    main()
