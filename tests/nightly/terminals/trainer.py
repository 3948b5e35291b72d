"""A worker for the dashboard's tests: it computes nothing, but keeps the run folder's contract with the real classes.

Run by `engine.runs.launch.start(folder, kind="train", argv=[python, trainer.py, folder, steps, steps_a_second])`.
It writes state, events, log and checkpoints as training does, and obeys commands.
"""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path

from engine.runs.commands import Inbox
from engine.runs.events import EventWriter
from engine.runs.registry import StateFile

CHECKPOINT_STEPS = 100


def main(folder: Path, steps: int, rate: float) -> int:
    state, inbox = StateFile(folder), Inbox(folder)
    step = int(state.read().get("step") or 0)
    with EventWriter(folder / "events.jsonl") as events:
        state.update(state="running", step=step, total_steps=steps, device="cpu", device_bytes=512 << 20)
        events.state("running")
        while step < steps:
            step += 1
            values = {
                "loss/g/mel": 20 + 60 * math.exp(-step / 200) + math.sin(step * 0.7),
                "loss/g/total": 30 + 70 * math.exp(-step / 220) + math.sin(step * 0.5),
                "loss/d/total": 2.5 + 0.3 * math.sin(step * 0.21),
                "loss/g/kl": 1.2 + 3 * math.exp(-step / 90),
                "loss/g/fm": 4 + math.sin(step * 0.05),
                "loss/g/dur": 1.1 + math.exp(-step / 60),
                "grad_norm_g": 80 + 40 * math.sin(step * 0.9),
                "grad_norm_d": 20 + 10 * math.sin(step * 1.3),
                "learning_rate": 2e-4 * 0.9999**step,
            }
            events.metric(step, step // 50, values)
            print(f"step {step:>6} epoch {step // 50} mel {values['loss/g/mel']:.2f}", flush=True)
            if step % CHECKPOINT_STEPS == 0:
                checkpoint(folder, events, step, values["loss/g/mel"])
            state.update(step=step, epoch=step // 50, rate=rate, eta_s=(steps - step) / rate)
            for message in inbox.poll():
                inbox.reply(message, ok=True)
                if message.command in ("stop", "stop_now"):
                    checkpoint(folder, events, step, values["loss/g/mel"])
                    events.state("stopped", "asked to stop")
                    state.update(state="stopped", reason="asked to stop")
                    print("stopped: asked to", flush=True)
                    return 0
            time.sleep(1 / rate)
        checkpoint(folder, events, step, 20.0)
        events.state("finished")
    state.update(state="finished", rate=None, eta_s=None)
    return 0


def checkpoint(folder: Path, events: EventWriter, step: int, mel: float) -> None:
    names = [f"G_{step}.pth", f"D_{step}.pth"]
    for name in names:
        (folder / name).write_bytes(os.urandom(2048))
    events.checkpoint(step, step // 50, names, 4096, best=True, figure=("loss/val/mel", mel))
    sample = folder / "samples" / str(step) / "0.wav"
    sample.parent.mkdir(parents=True, exist_ok=True)
    sample.write_bytes(b"RIFF")
    events.sample(step, "The quick brown fox jumps over the lazy dog.", {"wav": f"samples/{step}/0.wav"})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
