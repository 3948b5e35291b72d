"""The process that makes training steps for a measurement: one for each line of stdin, each answered by a line of JSON.

`bench/turns.py` starts it, several at once, and lets them take turns. What the steps are comes as JSON in the first
argument: the fields of `Steps`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Steps:
    """What a process steps on.

    Attributes:
        form: "plain" (`plain_step.py`) or "ours".
        workspace: with clips to train on; "" for noise.
        segment: samples; 0 takes the config's.
        seconds: the length of clips of noise.
        precision: of `train.precision`; "" for float32.
    """

    script: ClassVar[str] = "step_worker.py"
    form: str = "ours"
    config: str = str(ROOT / "configs" / "small_cpu.json")
    batch: int = 8
    threads: int = 0
    workspace: str = ""
    segment: int = 0
    seconds: float = 3.0
    precision: str = ""


def settings_of(steps: Steps) -> Any:
    """The config, with discriminators from the first step on."""
    from engine import config

    found = config.load(Path(steps.config))
    changes: dict[str, Any] = {"batch_size": steps.batch, "adversarial_start": 0, "fp16_run": False}
    if steps.segment:
        changes["segment_size"] = steps.segment
    if any(each.name == "precision" for each in fields(found.train)):
        changes["precision"] = steps.precision or "fp32"
    found = replace(found, train=replace(found.train, **changes))
    if steps.workspace:
        return replace(found, data=replace(found.data, **lists_of(steps.workspace)))
    # nothing is learned from noise, and the rate of small_cpu leads to NaN there
    return replace(found, train=replace(found.train, learning_rate=2e-5))


def lists_of(workspace: str | Path) -> dict[str, str]:
    """The keys of a config that name the lists of a workspace, relative to it."""
    from engine import workspace as workspaces

    found = workspaces.find(Path(workspace))
    lists = Path(found.settings.filelists)
    names = {"training_files": "train.txt.cleaned", "validation_files": "val.txt.cleaned"}
    return {key: (lists / name).as_posix() for key, name in names.items()} | {"normaliser": found.normaliser}


def batches(settings: Any, steps: Steps) -> Iterator[Any]:
    """The batches of `vitsdeck train` in its order, epoch after epoch; of noise always the same one."""
    from engine.dataset.clips.validate import prepare_data
    from engine.dataset.loader.batch import collate
    from engine.dataset.loader.buckets import epoch_batches
    from engine.dataset.loader.dataset import Clips

    if not steps.workspace:
        noise = noise_batch(settings, steps.batch, steps.seconds)
        while True:
            yield noise
    train = prepare_data(settings, steps.workspace).train
    clips, epoch = Clips(train, settings, steps.workspace), 0
    while True:
        epoch += 1
        for batch in epoch_batches(
            [each.frames for each in train],
            steps.batch,
            settings.train.seed,
            epoch,
            limits=settings.train.buckets,
        ):
            yield collate([clips[index] for index in batch])


def noise_batch(settings: Any, size: int, seconds: float) -> Any:
    """A batch of noise with the shapes of speech: 40 ids a second; each clip is a frame shorter than the last."""
    import torch

    from engine.audio.mel import linear_spectrogram
    from engine.dataset.loader.batch import collate
    from engine.dataset.loader.dataset import Clip

    data, dice = settings.data, torch.Generator().manual_seed(0)
    frames = int(seconds * data.sampling_rate / data.hop_length)
    clips = []
    for index in range(size):
        wav_L = 0.1 * torch.randn((frames - index) * data.hop_length, generator=dice)
        spec_CF = linear_spectrogram(wav_L[None], data.filter_length, data.hop_length, data.win_length)[0]
        ids_N = torch.randint(1, 170, (int(40 * seconds),), generator=dice)
        clips.append(Clip(ids_N, wav_L, spec_CF, None, str(index)))
    return collate(clips)


def step_of(form: str, state: Any) -> Any:
    """The step of one form; the plain one with its optimisers as torch makes them."""
    import torch

    if form == "plain":
        from plain_step import PlainStep

        train = state.config.train
        state.optimizer_g, state.optimizer_d = (
            torch.optim.AdamW(each.parameters(), train.learning_rate, betas=train.betas, eps=train.eps)
            for each in (state.voice, state.discriminators)
        )
        return PlainStep(state)
    from engine.train.memory.free_memory import share_one_heap
    from engine.train.step import TrainingStep

    share_one_heap()
    return TrainingStep(state)


def main() -> None:
    import torch

    from engine.train.state import new_state

    steps = Steps(**json.loads(sys.argv[1]))
    settings = settings_of(steps)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    state = new_state(settings, 178, device)
    step = step_of(steps.form, state)
    schedule = batches(settings, steps)
    _make_moments(state)
    for _ in sys.stdin:
        batch = next(schedule).to(device)
        with _peak(device, watched=state.position.step == 0) as peak:
            began = time.perf_counter()
            values = step(batch)
            losses = {tag: float(value) for tag, value in values.items()}
            seconds = time.perf_counter() - began
        state.position.step += 1
        print(json.dumps({"seconds": seconds, "bytes": peak[0], "losses": losses}), flush=True)


def _make_moments(state: Any) -> None:
    """Gradients and moments, with weights that stay as they are."""
    import torch

    for optimizer in (state.optimizer_g, state.optimizer_d):
        group = optimizer.param_groups[0]
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
        rate, group["lr"] = group["lr"], 0.0
        optimizer.step()
        group["lr"] = rate
        for held in optimizer.state.values():
            held["step"].zero_()


@contextmanager
def _peak(device: Any, *, watched: bool) -> Iterator[list[int]]:
    """The most bytes that the process held while the block ran, above those at its start."""
    import torch

    found = [0]
    if not watched:
        yield found
        return
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield found
        found[0] = torch.cuda.max_memory_allocated(device) - before
        return
    before, done = _resident(), threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            found[0] = max(found[0], _resident() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield found
    done.set()
    watcher.join()


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
