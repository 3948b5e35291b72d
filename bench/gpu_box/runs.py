"""Parts `resume` and `data_wait`: the real trainer killed and started again, and how long it waits for clips."""

from __future__ import annotations

import statistics
import time

from bench.gpu_box.box import Box
from bench.gpu_box.trainer import LOOK_S, Trainer

WORKERS = 2
MOST_WAIT = 0.03


def resume(box: Box) -> None:
    """Train without a stop, then again with kill -9 and a second start; the losses of both after the checkpoint."""
    total, every, killed_at = (4, 2, 2) if box.quick else (40, 10, 15)
    config = box.config(
        "small_cpu",
        2 if box.quick else 16,
        box.half(),
        adversarial_start=box.first_adversarial,
        log_interval=1,
        eval_interval=every,
    )
    with Trainer(box, "resume-without", config) as trainer:
        trainer.start(total)
        trainer.wait()
        whole = _losses(trainer)
    with Trainer(box, "resume", config) as trainer:
        trainer.start(total)
        trainer.wait_for_step(killed_at)
        while not trainer.events("checkpoint"):  # written after the figures of its step
            trainer.wait_for_step(killed_at)
            time.sleep(LOOK_S)
        trainer.kill()
        last, logged = trainer.step(), len(trainer.events("metric"))
        began = time.monotonic()
        trainer.start(total)
        while len(trainer.events("metric")) <= logged:
            trainer.wait_for_step(last)
            time.sleep(LOOK_S)
        seconds = time.monotonic() - began
        trainer.wait()
        since = trainer.events("resumed")[-1]["step"]
        again = _losses(trainer)
    box.row(
        "killed after step, resumed from the checkpoint of", f"{last}, {since}", "a checkpoint", since > 0
    )
    box.row("from the second start to the first new step", f"{seconds:.1f} s")
    apart = [abs(again[step] - whole[step]) / abs(whole[step]) for step in range(since + 1, total + 1)]
    target = "0 on a CPU" if box.on_gpu else "0"
    met = None if box.on_gpu else max(apart) == 0
    box.row("losses apart from the run without a kill, first step", f"{apart[0]:.1e}", target, met)
    box.row(f"the same, the worst of {len(apart)} steps", f"{max(apart):.1e}", target, met)


def _losses(trainer: Trainer) -> dict[int, float]:
    """Loss of the generator by step; of steps that came twice the second."""
    metrics = [each for each in trainer.events("metric") if "loss/g/total" in each["values"]]
    return {each["step"]: each["values"]["loss/g/total"] for each in metrics}


def data_wait(box: Box) -> None:
    """Share of the time in which the trainer waits for its two workers."""
    preset, batch = box.cells()
    every, logs = (1, 2) if box.quick else (10, 6)
    config = box.config(
        preset, batch, box.half(), log_interval=every, adversarial_start=box.first_adversarial
    )
    clips = box.clips("train") + box.clips("val")
    many = [clips[index % len(clips)] for index in range(8 * batch)]
    with Trainer(box, "data-wait", config, train=many) as trainer:
        trainer.start(every * (logs + 1), WORKERS)
        trainer.wait_for_step(every * (logs + 1))
        found = trainer.events("metric")[1 : logs + 1]  # before the first the workers start
    shares = [each["values"]["time/data_wait"] for each in found]
    seconds = (found[-1]["t"] - found[0]["t"]) / (every * (len(found) - 1))
    box.row(f"a step of {batch} clips, {box.half()}", f"{seconds:.3f} s")
    box.row("rows a second that the trainer takes", f"{batch / seconds:,.0f}")
    share = statistics.mean(shares)
    box.row(
        "waiting for data",
        f"{share:.1%} of a step",
        f"under {MOST_WAIT:.0%} on a GPU",
        box.met(share < MOST_WAIT),
    )
