"""A worker that keeps every promise of the contract and does nothing else: `toy_worker.py FOLDER [STEPS]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from engine.runs.commands import Inbox
from engine.runs.events import EventWriter
from engine.runs.registry import StateFile


def main() -> int:
    folder, steps = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10**6
    state, inbox = StateFile(folder), Inbox(folder)
    step = state.read().get("step") or 0
    state.update(state="running", total_steps=steps, device="cpu")
    with EventWriter(folder / "events.jsonl") as events:
        while step < steps:
            step += 1
            state.update(step=step, epoch=1, rate=50.0)
            events.metric(step, 1, {"loss/g/mel": 1.0 / step})
            print(f"step {step}")
            for message in inbox.poll():
                inbox.reply(message, step=step)
                if message.command == "stop":
                    state.update(state="stopped", reason="asked to", step=step)
                    return 0
            time.sleep(0.02)
        state.update(state="finished", step=step)
    return 0


if __name__ == "__main__":
    sys.exit(main())
