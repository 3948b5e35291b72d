"""The parts of bench/gpu.py: which there are, and each in a process of its own with a time limit."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from bench.gpu_box.box import Box, Inapplicable

CHILD = [sys.executable, str(Path(__file__).with_name("child.py"))]


@dataclass(frozen=True)
class Part:
    """A function of a module of bench/gpu_box and the most seconds that it takes."""

    module: str
    seconds: float
    title: str


PARTS = {
    "machine": Part("machine", 45, "Machine and versions"),
    "steps": Part("steps", 130, "A training step: the plain loop against ours"),
    "kernels": Part("kernels", 60, "Where the time of a step goes"),
    "sync": Part("kernels", 25, "Waiting of the host for the device"),
    "free_memory": Part("memory", 40, "Freeing memory by message"),
    "out_of_memory": Part("memory", 35, "Out of memory, and the recovery"),
    "resume": Part("runs", 75, "Killed and resumed"),
    "nccl": Part("nccl", 20, "NCCL on one rank"),
    "data_wait": Part("runs", 45, "Waiting for data"),
    "learn": Part("learn", 500, "A voice after the rest of the time"),
}


def run(box: Box) -> str:
    """Run one part to its end or to the end of its time, in a process group of its own; how it ended."""
    log = box.work / f"{box.part}.log"
    result = box.work / f"{box.part}.json"
    result.unlink(missing_ok=True)
    command = [*CHILD, "bench.gpu_box.parts:work", box.part, box.device, str(int(box.quick))]
    command += [str(box.seconds), str(box.work), str(box.out)]
    # a GPU that is there must not be found by the trainer either
    hidden = {} if box.on_gpu else {"CUDA_VISIBLE_DEVICES": ""}
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env=os.environ | hidden, start_new_session=True
        )
        try:
            process.wait(box.seconds)
        except subprocess.TimeoutExpired:
            status = f"out of time after {box.seconds:.0f} s"
        else:
            lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            status = "done" if process.returncode == 0 else f"failed: {lines[-1]}"
        finally:  # also on Ctrl+C; what the part has started is of its group
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    found = json.loads(result.read_text()) if result.exists() else {"rows": [], "facts": {}, "seconds": 0.0}
    if status != "done" or not found.get("status"):
        found["status"] = status
    found["options"] = ("" if box.on_gpu else " --device cpu") + (" --quick" if box.quick else "")
    result.write_text(json.dumps(found, indent=1))
    return str(found["status"])


def work(argv: list[str]) -> int:
    """The process of one part."""
    part, device, quick, seconds, folder, out = argv
    # the part ends by itself a little before it is ended
    box = Box(part, device, bool(int(quick)), 0.95 * float(seconds), Path(folder), Path(out))
    box.save()
    try:
        getattr(importlib.import_module(f"bench.gpu_box.{PARTS[part].module}"), part)(box)
    except Inapplicable as error:
        box.save(status=f"not applicable: {error}")
    except Exception as error:  # noqa: BLE001 - the last line is what the page shows
        traceback.print_exc()
        print(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}")
        return 1
    else:
        box.save(status="done")
    return 0
