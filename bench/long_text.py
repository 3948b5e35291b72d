"""A chapter and a book spoken by the smallest voice: seconds, and the most memory of a process of its own for each.

    python bench/long_text.py [--characters 2000,200000]

The voice is `small_cpu` with fresh weights: what it says means nothing, and it speaks faster than a person.
The text is the transcripts of LJ Speech in $VITSDECK_CORPORA, again and again; the sound goes into a flac file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def text_of(characters: int) -> str:
    """So many characters of real sentences."""
    corpora = Path(os.environ.get("VITSDECK_CORPORA") or ROOT.parent / "shared" / "corpora")
    lines = (corpora / "ljspeech" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    once = " ".join(line.split("|")[-1] for line in lines) + " "
    return (once * (characters // len(once) + 1))[:characters]


def measure(characters: int) -> dict[str, float]:
    """Speak in this process."""
    import torch

    from engine import config
    from engine.model.voice import build_voice
    from engine.speak.manner import Manner
    from engine.speak.synthesis import Speaker
    from engine.speak.torch_network import TorchNetwork
    from engine.speak.voice_text import VoiceText
    from engine.text.symbols import ENGLISH_178

    torch.manual_seed(0)
    settings = config.load(ROOT / "configs" / "small_cpu.json")
    voice = build_voice(settings, len(ENGLISH_178)).eval()
    voice.fold_weight_norm()
    speaker = Speaker(TorchNetwork(voice, settings), VoiceText(settings, ENGLISH_178))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.flac"
        speech = speaker.say_to_file(text_of(characters), path, Manner(seed=1))
        size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "sentences": speech.sentences,
        "seconds": speech.seconds,
        "took_s": speech.took_s,
        "mb": size / 1e6,
        "peak_mb": peak,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--characters", default="2000,200000")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    first = 0.0
    for characters in map(int, given.characters.split(",")):
        command = [sys.executable, __file__, "--one", str(characters)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        first = first or found["peak_mb"]
        print(
            f"{characters:>9,} characters, {found['sentences']:,} sentences: {found['seconds']:,.0f} s of sound in "
            f"{found['took_s']:,.0f} s, {found['mb']:.1f} MB of flac, at most {found['peak_mb']:.0f} MB of memory, "
            f"{found['peak_mb'] - first:+.0f} MB"
        )


if __name__ == "__main__":
    main()
