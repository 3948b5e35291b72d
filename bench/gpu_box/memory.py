"""Parts `free_memory` and `out_of_memory`: what a training gives back when asked, and a step that finds no memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.gpu_box.box import Box, symbols_of
from bench.gpu_box.machine import Nvml
from bench.gpu_box.trainer import Trainer

ROOM = 0.6  # of what a step needs, while memory is short
AFTER = 3  # steps after the recovery


def free_memory(box: Box) -> None:
    """Ask a training for its memory by message, as `vitsdeck free-memory` does; its figures, and the driver's."""
    preset, batch = box.cells()
    config = box.config(preset, batch, box.half(), log_interval=1, adversarial_start=box.first_adversarial)
    clips = box.clips("train")
    many = [clips[index % len(clips)] for index in range(4 * batch)]
    with Trainer(box, "free-memory", config, train=many) as trainer:
        trainer.start(10**8)
        trainer.wait_for_step(2 if box.quick else 8)
        nvml = [_nvml_bytes(box)]
        began = time.monotonic()
        reply = trainer.ask("free_memory", box.left_s())
        seconds = time.monotonic() - began
        nvml.append(_nvml_bytes(box))
        asked_at = reply["step"]
        one = reply["processes"][0]
        before, after = one["before_bytes"], one["after_bytes"]
        box.row(f"{one['what']}, before and after", _pair(before, after), "less", after < before)
        if "allocated_before_bytes" in one:
            box.row("allocated", _pair(one["allocated_before_bytes"], one["allocated_after_bytes"]))
        if "device_before_bytes" in one:
            box.row(
                "in use on the GPU by the driver",
                _pair(one["device_before_bytes"], one["device_after_bytes"]),
            )
        if box.on_gpu:
            known = None not in nvml
            text = _pair(nvml[0] or 0, nvml[1] or 0) if known else "NVML cannot be asked"
            # the next step may have begun to take memory again when NVML is asked
            box.row("the same by NVML, from outside, a moment later", text)
        box.row("answered after", f"{seconds:.2f} s")
        trainer.wait_for_step(asked_at + 2)
        box.row("goes on", f"step {trainer.step()} after step {asked_at}", "yes", met=True)


def _nvml_bytes(box: Box) -> int | None:
    import torch

    if not box.on_gpu:
        return None
    return Nvml().used_bytes(str(torch.cuda.get_device_properties(0).uuid))


def _pair(before: int, after: int) -> str:
    return f"{before / 1e6:,.0f} MB, {after / 1e6:,.0f} MB"


def out_of_memory(box: Box) -> None:
    """Fill the GPU until a step does not fit, make the step, and go on."""
    import torch

    from engine.train.memory.recovery import OomRecovery
    from engine.train.state import new_state
    from engine.train.step import TrainingStep

    preset, batch_size = box.cells()
    config = box.config(preset, 2 * batch_size if box.quick else batch_size, box.half(), adversarial_start=0)
    state = new_state(config, symbols_of(config), box.torch_device())
    batch = box.batch(config).to(box.torch_device())
    notes, step = Notes(), Halves(TrainingStep(state))
    lengths = batch.spec_lengths_B.tolist()
    recovery: Any = OomRecovery(step, state, box.work, notes, lengths=lengths)  # type: ignore[arg-type]

    def train() -> float:
        values = recovery(batch)
        state.position.step += 1
        return float(values["loss/g/total"])

    train()
    with _need(box) as need:
        before = train()
    box.row("a step needs, above what is always held", f"{need[0] / 1e6:,.0f} MB")
    began = time.monotonic()
    step.to_fail = 0 if box.on_gpu else 2  # a CPU's memory is the system's: there the error is made up
    with _short_of(box, int(ROOM * need[0])):
        during = train()
        seconds = time.monotonic() - began
    box.row("errors", "; ".join(dict.fromkeys(step.errors)) or "none", "at least one", bool(step.errors))
    for text in notes.texts:
        box.row("said", text)
    pieces = max(recovery.pieces.values(), default=1)
    box.row("went through in", f"{pieces} pieces, after {seconds:.1f} s", "2 or more", pieces > 1)
    after = [train() for _ in range(1 if box.quick else AFTER)]
    finite = all(bool(each.isfinite().all()) for each in state.voice.parameters())
    losses = ", ".join(f"{value:.2f}" for value in (before, during, *after))
    box.row("loss of the step before, of this one and those after", losses, "finite, as the weights", finite)
    if box.on_gpu:
        box.facts["allocator"] = {
            key: torch.cuda.memory_stats()[key] for key in ("num_ooms", "num_alloc_retries")
        }
        box.row(
            "out-of-memory errors that torch's allocator counted", str(box.facts["allocator"]["num_ooms"])
        )


class Notes:
    """What the recovery reports to."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def alert(self, level: str, text: str) -> None:
        """Keep a sentence."""
        self.texts.append(f"{level}: {text}")


class Halves:
    """The two halves of a step; keeps the messages of their out-of-memory errors."""

    def __init__(self, step: Any) -> None:
        self._step = step
        self.errors: list[str] = []
        self.to_fail = 0  # as many calls raise an error that is made up

    def train_discriminators(self, batch: Any, pieces: int = 1) -> dict[str, Any]:
        """The first half."""
        return self._noted(self._step.train_discriminators, batch, pieces)

    def train_generator(self, batch: Any, pieces: int = 1) -> dict[str, Any]:
        """The second half."""
        return self._noted(self._step.train_generator, batch, pieces)

    def _noted(self, half: Any, batch: Any, pieces: int) -> dict[str, Any]:
        from engine.train.memory.oom import OutOfMemory

        try:
            if self.to_fail:
                self.to_fail -= 1
                raise OutOfMemory("made up, as on a CPU", batch)
            values: dict[str, Any] = half(batch, pieces)
        except OutOfMemory as error:
            self.errors.append(str(error)[:200])
            raise
        return values


@contextmanager
def _need(box: Box) -> Iterator[list[int]]:
    """Bytes that the block takes on the GPU at its peak above those held before; 0 on a CPU."""
    import torch

    found = [0]
    if box.on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        held = torch.cuda.memory_allocated()
    yield found
    if box.on_gpu:
        torch.cuda.synchronize()
        found[0] = torch.cuda.max_memory_allocated() - held


@contextmanager
def _short_of(box: Box, room: int) -> Iterator[None]:
    """While the block runs, a tensor takes all of the GPU's free memory but `room` bytes."""
    import gc

    import torch

    if not box.on_gpu:
        yield
        return
    gc.collect()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    ballast = torch.empty(max(1, free - room), dtype=torch.uint8, device=box.torch_device())
    yield
    del ballast
    torch.cuda.empty_cache()
