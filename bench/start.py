"""How long `vitsdeck train` takes from its start to the first step of a large corpus, and the memory of long lists.

    python bench/start.py [CONFIG] [--clips 13100] [--lines 10000,100000]                  about 3 min for small_cpu

The corpus is as many distinct clips of 1 s as LJ Speech has; all lie in a temporary folder (600 MB). The first start
measures every clip, the second one resumes the run: the time that somebody waits for who starts again. Each ends after
one step; what follows that step, a validation and a checkpoint, is not counted.

Memory is the largest process of a start until its end, with lists of two lengths. Their clips are links to those of the
corpus, taken as measured before, so that only the length of the list differs.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import rows
import soundfile
from step_worker import ROOT
from turns import environment, vitsdeck, write_config

PHONEMES = "ðə lˈaɪthaʊs kˈiːpɚ"
VALIDATED = 8
TARGET_SECONDS = 10.0
FLAT = 1.1  # memory with the long list over memory with the short one


def make_corpus(root: Path, clips: int) -> None:
    """Clips of a tone with noise, and their lists; every clip has another first sample."""
    time_L = np.arange(22050) / 22050
    tone_L = 0.3 * np.sin(2 * np.pi * 150 * time_L + 3 * np.sin(9 * time_L))
    wave_L = tone_L + 0.02 * np.random.default_rng(0).standard_normal(len(time_L))
    (root / "wavs").mkdir(exist_ok=True)
    one = root / "wavs" / "one.wav"
    soundfile.write(one, wave_L, 22050, subtype="PCM_16")
    data = one.read_bytes()
    for index in range(clips):
        sample = (index + 1).to_bytes(2, "little")
        (root / "wavs" / f"{index}.wav").write_bytes(data[:44] + sample + data[46:])
    write_lists(root, [f"wavs/{index}.wav" for index in range(clips)])


def write_lists(root: Path, paths: list[str]) -> None:
    """Cleaned lists of these clips, the first of which are validated on."""
    lines = [f"{path}|{PHONEMES}\n" for path in paths]
    for name, part in (("val", lines[:VALIDATED]), ("train", lines[VALIDATED:])):
        (root / "filelists" / f"{name}.txt.cleaned").write_text("".join(part), encoding="utf-8")


def seconds_to_step(root: Path, step: int, *words: str) -> float:
    """From the start of the command to a step of run `voice` that is logged."""
    from engine.runs.events import EventTail

    began = time.time()
    vitsdeck(root, "train", "-m", "voice", "--steps", str(step), *words)
    events = EventTail(root / "logs" / "voice" / "events.jsonl").read_new()
    return next(each["t"] for each in events if each["kind"] == "metric" and each["step"] == step) - began


def link_corpus(root: Path, clips: int, lines: int) -> None:
    """A list of so many lines, each a clip of its own that was measured."""
    from engine.dataset.clips.cache import Measured, StatsCache, stamp_of
    from engine.dataset.clips.measure import measure_clip

    stats = measure_clip(root / "wavs" / "0.wav")
    folder = root / "wavs" / str(lines)
    folder.mkdir()
    measured = []
    for index in range(lines):
        path = folder / f"{index}.wav"
        os.link(root / "wavs" / f"{index % clips}.wav", path)
        stamp = stamp_of(path)
        assert stamp is not None
        measured.append(Measured(str(path.relative_to(root)), stamp, replace(stats, audio=f"{index:032x}")))
    StatsCache(root).add(measured)
    write_lists(root, [each.path for each in measured])


def peak_bytes(root: Path, name: str, config: Path) -> int:
    """Memory of the largest process of a start that makes one step."""
    command = [sys.executable, __file__, str(config), "--measure", name]
    done = subprocess.run(command, cwd=root, env=environment(), check=True, capture_output=True, text=True)
    return int(done.stdout.splitlines()[-1])


def measure(name: str, config: Path) -> None:
    """In a process of its own, whose children are those of one start: print the largest one's bytes."""
    vitsdeck(Path.cwd(), "train", "-m", name, "-c", str(config), "--new", "--foreground", "--steps", "1")
    scale = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * scale)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "small_cpu.json")
    parser.add_argument("--clips", type=int, default=13_100)
    parser.add_argument("--lines", default="10000,100000")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    rows.add_flag(parser)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure, arguments.config)
        return
    from engine import workspace as workspaces

    made = []
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        root = workspaces.init(Path(folder)).root
        make_corpus(root, arguments.clips)
        config = write_config(root, arguments.config, "bench")
        name = f"start to the first step, {arguments.clips:,} clips, {arguments.config.stem}, "
        first = seconds_to_step(root, 1, "-c", str(config))
        made.append(rows.Row(name + "first start", "", f"{first:.1f} s"))
        second = seconds_to_step(root, 2)
        made.append(rows.at_most(name + "second start", second, TARGET_SECONDS, "{:.1f} s"))
        rows.print_table(made)
        peaks = {}
        for lines in map(int, arguments.lines.split(",")):
            link_corpus(root, arguments.clips, lines)
            peaks[lines] = peak_bytes(root, f"lines-{lines}", config)
            print(
                f"a list of {lines:,} lines: {peaks[lines] / 1e6:.0f} MB in the largest process", flush=True
            )
        few, many = min(peaks), max(peaks)
        name = f"memory of a start, {many:,} lines against {few:,}"
        made.append(rows.at_most(name, peaks[many] / peaks[few], FLAT, "{:.2f} x"))
    rows.report(made, arguments.rows)


if __name__ == "__main__":
    main()
