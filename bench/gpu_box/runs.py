"""Parts `resume` and `data_wait`: the real trainer killed and started again, and how long it waits for clips."""

from __future__ import annotations

import statistics
import time
from typing import Any

from bench.gpu_box.box import DATA, Box
from bench.gpu_box.trainer import Trainer

WORKERS = 2
MOST_WAIT = 0.03


def resume(box: Box) -> None:
    """Train without a stop, then again with kill -9 and a second start; the losses of both after the checkpoint."""
    total, every, killed_at = (5, 2, 3) if box.quick else (40, 10, 15)
    config = box.config("small_cpu", 2 if box.quick else 16, box.half(), adversarial_start=0, log_interval=1, eval_interval=every)
    with Trainer(box, "resume-without", config) as trainer:
        trainer.start(total)
        trainer.wait()
        whole = _losses(trainer)
    with Trainer(box, "resume", config) as trainer:
        trainer.start(total)
        trainer.wait_for_step(killed_at)
        trainer.kill()
        last = trainer.step()
        began = time.monotonic()
        trainer.start(total)
        _wait_for_resumed(trainer, last)
        seconds = time.monotonic() - began
        trainer.wait()
        since = trainer.events("resumed")[-1]["step"]
        again = _losses(trainer)
    box.row("killed after step, resumed from the checkpoint of", f"{last}, {since}", "a checkpoint", since > 0)
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


def _wait_for_resumed(trainer: Trainer, last: int) -> None:
    before = len(trainer.events("metric"))
    while len(trainer.events("metric")) == before:
        trainer.wait_for_step(min(last, trainer.step()))
        time.sleep(0.02)


def data_wait(box: Box) -> None:
    """Share of the time in which the trainer waits for its two workers, and what the loader gives when nobody trains."""
    preset, batch = box.cells()
    every, logs = (1, 2) if box.quick else (10, 6)
    config = box.config(preset, batch, box.half(), log_interval=every, adversarial_start=0)
    clips = box.clips("train") + box.clips("val")
    many = [clips[index % len(clips)] for index in range(8 * batch)]
    box.row("rows a second of the loader alone, 2 workers", f"{_rows_a_second(config, many):,.0f}")
    with Trainer(box, "data-wait", config, train=many) as trainer:
        trainer.start(every * (logs + 1), WORKERS)
        trainer.wait_for_step(every * (logs + 1))
        found = trainer.events("metric")[1 : logs + 1]  # before the first the workers start
    shares = [each["values"]["time/data_wait"] for each in found]
    seconds = (found[-1]["t"] - found[0]["t"]) / (every * (len(found) - 1))
    box.row(f"a step of {batch} clips, {box.half()}", f"{seconds:.3f} s")
    box.row("rows a second that the trainer takes", f"{batch / seconds:,.0f}")
    share = statistics.mean(shares)
    box.row("waiting for data", f"{share:.1%} of a step", f"under {MOST_WAIT:.0%} on a GPU", box.met(share < MOST_WAIT))


def _rows_a_second(config: Any, clips: list[Any]) -> float:
    from torch.utils.data import DataLoader

    from engine.dataset.loader.batch import collate
    from engine.dataset.loader.dataset import Clips

    dataset = Clips(clips, config, DATA)
    loader = DataLoader(dataset, config.train.batch_size, collate_fn=collate, num_workers=WORKERS)
    batches = iter(loader)
    next(batches)
    began = time.perf_counter()
    rows = sum(len(batch) for batch in batches)
    return rows / (time.perf_counter() - began)
