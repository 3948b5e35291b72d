"""Measures a training on a rented GPU, in nine minutes, with torch (2.8 or newer), numpy and the standard library.

    python bench/gpu.py --pack DIR          where vitsdeck is installed: makes a folder of less than 40 MiB
    python bench/gpu.py                     in that folder, on the machine with the GPU: everything, into out/
    python bench/gpu.py PART                one part: machine, steps, kernels, sync, free_memory, out_of_memory, resume,
                                            nccl, data_wait or learn
    python bench/gpu.py --score OUT MODEL   where faster-whisper is: character errors of the wavs, by a model's folder

out/ then holds gpu.json, gpu.md and five wavs. A part that fails or runs out of its time is reported as such and the
next one goes on; each is a process of its own. `--device cpu --quick` shows in a few minutes that all parts run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.gpu_box import page  # noqa: E402 - found by the line above
from bench.gpu_box.box import DATA, Box  # noqa: E402
from bench.gpu_box.parts import PARTS, run  # noqa: E402

TOTAL_S = 540.0
END_S = 5.0  # for the page, and for killed parts to be gone
CPU_TIMES = 6.0  # a CPU may take so much longer: there it is only shown that the parts run


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=PARTS)
    parser.add_argument("--pack", metavar="DIR", type=Path)
    parser.add_argument("--score", nargs=2, metavar=("OUT", "MODEL"), type=Path)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--quick", action="store_true", help="the smallest measurement of each part")
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    parser.add_argument("--seconds", type=float, help="of the part, or of all parts together")
    arguments = parser.parse_args()
    if arguments.pack:
        return _pack(arguments.pack)
    if arguments.score:
        from bench.gpu_box import score

        score.add(*arguments.score)
        page.write(arguments.score[0])
        return 0
    if not DATA.is_dir():
        print(f"there are no clips in {DATA}; make a folder with --pack DIR and run the bench/gpu.py in it")
        return 2
    _measure(arguments)
    return 0


def _pack(folder: Path) -> int:
    from bench.gpu_box import pack
    from engine.errors import InputError

    try:
        size = pack.make(folder)
    except InputError as error:
        print(error)
        return 2
    print(
        f"{folder} has {size / 2**20:.1f} MiB; on the machine with the GPU, in that folder: python bench/gpu.py"
    )
    return 0


def _measure(arguments: argparse.Namespace) -> None:
    """Run the parts one after the other, and write the page after each."""
    out, work = arguments.out.absolute(), ROOT / "work"
    if not arguments.part:  # nothing of an earlier run may stand in the page
        shutil.rmtree(work, ignore_errors=True)
    for folder in (out, work):
        folder.mkdir(parents=True, exist_ok=True)
    times = 1.0 if arguments.device == "cuda" else CPU_TIMES
    end = time.monotonic() + (arguments.seconds or times * TOTAL_S)
    for name in [arguments.part] if arguments.part else PARTS:
        own = arguments.seconds if arguments.part and arguments.seconds else times * PARTS[name].seconds
        limit = max(1.0, min(own, end - time.monotonic() - END_S))
        print(f"{name}: {run(Box(name, arguments.device, arguments.quick, limit, work, out))}", flush=True)
        page.collect(out, work)
        page.write(out)
    print(f"see {out / 'gpu.md'}")


if __name__ == "__main__":
    sys.exit(main())
