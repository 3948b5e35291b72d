"""Seconds of audio made in one second of work, at 1 and 2 threads, with fresh weights (time does not depend on them).

    python bench/speak.py [CONFIG ...]

The duration predictor of a fresh voice means little, so durations are fixed by length_scale to about the
speed of speech; each figure is the median of 7 sentences after one warm-up, text cleaning left out.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

from engine import config
from engine.model.voice import build_voice

ROOT = Path(__file__).resolve().parent.parent
SYMBOLS = 121  # a sentence of 60 phonemes with blanks between


def ratio_of(settings: config.Config, threads: int, runs: int = 7) -> tuple[float, float]:
    """Median of (audio seconds / seconds taken), and the audio's length in seconds."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    voice = build_voice(settings, 178).eval()
    voice.fold_weight_norm()
    ids_BN = torch.randint(1, 170, (1, SYMBOLS))
    lengths_B = torch.tensor([SYMBOLS])
    found, seconds = [], 0.0
    with torch.inference_mode():
        for index in range(runs + 1):
            started = time.perf_counter()
            spoken = voice.infer(
                ids_BN, lengths_B, length_scale=3.0, generator=torch.Generator().manual_seed(index)
            )
            took = time.perf_counter() - started
            seconds = spoken.wave_B1L.shape[-1] / settings.data.sampling_rate
            found.append(seconds / took)
    return statistics.median(found[1:]), seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="*", type=Path)
    names = parser.parse_args().configs or [
        ROOT / "configs" / f"{name}.json"
        for name in ("ljs_mb_istft_vits", "ljs_mini_mb_istft_vits", "small_cpu")
    ]
    print(f"torch {torch.__version__}, audio seconds per second of work (above 1 is faster than real time)")
    for path in names:
        settings = config.load(path)
        figures = {threads: ratio_of(settings, threads) for threads in (1, 2)}
        shown = "   ".join(f"{threads} threads {ratio:6.1f}" for threads, (ratio, _) in figures.items())
        print(f"{path.stem:28} {shown}   ({figures[1][1]:.1f} s of audio)")


if __name__ == "__main__":
    main()
