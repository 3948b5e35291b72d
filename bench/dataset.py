"""What analysing a corpus costs per hour of sound, how that grows from 100 to 10,000 clips, and the memory it takes.

    python bench/dataset.py CORPORA [--clips 100,1000,10000] [--workers N]

CORPORA is the folder that the README calls corpora. Its clips of LJ Speech are copied (not linked: equal names of other
contents would be recognised) with one sample changed in each, so that no two are equal and every one is decoded. Each
size runs in a process of its own; memory is the peak of that process, and of the largest of its workers.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPLICE = 44  # bytes of a WAV header: the samples that are made different begin there


def make_corpus(corpora: Path, folder: Path, clips: int) -> None:
    """Copies of real clips, each with another first sample, and a filelist of them."""
    sources = sorted((corpora / "ljspeech" / "wavs").glob("*.wav"))
    contents = [path.read_bytes() for path in sources]
    (folder / "wavs").mkdir()
    lines = []
    for number in range(clips):
        data = bytearray(contents[number % len(contents)])
        data[SPLICE : SPLICE + 2] = (number % 251).to_bytes(1, "little") + bytes([number // 251])
        (folder / "wavs" / f"{number:05d}.wav").write_bytes(data)
        lines.append(f"wavs/{number:05d}.wav|words that belong to clip {number}\n")
    (folder / "corpus.txt").write_text("".join(lines), encoding="utf-8")


def measure(folder: Path, workers: int) -> dict[str, float]:
    """Measure, list again, judge, divide and save; seconds of each and megabytes."""
    from engine.dataset.clips.cache import StatsCache
    from engine.dataset.clips.issues import Requirements
    from engine.dataset.clips.measure import measure_clips
    from engine.dataset.lists.open_dataset import judge, open_source
    from engine.dataset.lists.save_lists import save
    from engine.dataset.split import SplitSettings
    from engine.jobs.executor import workers as hire

    told: dict[str, float] = {}

    def timed(name: str, started: float) -> None:
        told[name] = time.perf_counter() - started

    started = time.perf_counter()
    board = open_source([folder / "corpus.txt"], folder)
    timed("open", started)
    names = [clip.path for clip in board.clips]
    started = time.perf_counter()
    with hire(count=workers, jobs=1000) as crew:  # processes for 100 clips too, so that the sizes compare
        report = measure_clips(folder, names, executor=crew)
    timed("measure", started)
    told["audio_hours"] = report.audio_seconds / 3600
    started = time.perf_counter()
    figures = StatsCache(folder).find(names)
    timed("list", started)
    started = time.perf_counter()
    judge(board, figures, Requirements(), folder)
    timed("judge", started)
    started = time.perf_counter()
    board = board.split(SplitSettings(seed=2))
    timed("split", started)
    started = time.perf_counter()
    save(board, folder / "filelists")
    timed("save", started)
    told["own_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told["worker_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--clips", default="100,1000,10000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.workers)))
        return
    names = ("measure", "an hour", "list", "judge", "split", "save", "memory", "a worker")
    print(f"{'clips':>7} {'hours':>6} " + " ".join(f"{name:>9}" for name in names))
    for clips in map(int, arguments.clips.split(",")):
        with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as name:
            make_corpus(arguments.corpora, Path(name), clips)
            command = [sys.executable, __file__, str(arguments.corpora), "--measure", name]
            done = subprocess.run(
                [*command, "--workers", str(arguments.workers)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            told = json.loads(done.stdout)
        cells = [f"{told['measure']:.1f} s", f"{told['measure'] / told['audio_hours']:.1f} s"]
        cells += [f"{1000 * told[name]:.0f} ms" for name in ("list", "judge", "split", "save")]
        cells += [f"{told[name]:.0f} MB" for name in ("own_mb", "worker_mb")]
        print(
            f"{clips:>7,} {told['audio_hours']:>6.2f} " + " ".join(f"{cell:>9}" for cell in cells), flush=True
        )
    print(
        f"{arguments.workers} worker processes; list, judge, split, save: of all clips once they are measured"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
