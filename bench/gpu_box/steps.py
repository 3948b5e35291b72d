"""Part `steps`: time, memory and losses of our step and of the plain loop's, in two processes that take turns.

Each process holds one form of the step and makes what it is told on stdin, a line of JSON at a time: what was measured
comes back as a line. Half precision of the plain loop is torch's autocast around all of its step, without loss scaling:
its time is that of the family's loop, its losses are not looked at.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bench.gpu_box.box import Box, Inapplicable, symbols_of
from bench.gpu_box.machine import Clock
from bench.gpu_box.parts import CHILD

FORMS = ("plain", "ours")
ROUNDS = 3
WARM_UP = 3  # steps before any is measured: cuDNN chooses its algorithms and the allocator fills its pools
MOST_STEPS = 20  # of a form in a round
SPEEDUP, MEMORY, LOSSES = 4.0, 0.7, 1e-6


def steps(box: Box) -> None:
    """Measure every cell of batch and precision, the largest batch first; what the time is not enough for is said."""
    _, largest = box.cells()
    batches = [largest] if box.quick else [largest, largest // 2, largest // 4]
    cells = [(batch, precision) for batch in batches for precision in ("fp32", "bf16", "fp16")]
    processes = {form: Form(box, form) for form in FORMS}
    found: dict[tuple[int, str, str], float] = {}
    for number, cell in enumerate(cells):
        # as much time for each, and for the compiled one behind them
        share = box.left_s() / (len(cells) - number + box.on_gpu)
        _try(box, processes, cell, seconds=share, found=found)
    _ratios(box, found, largest)
    if box.on_gpu:  # the last, since compiling may take all the time that is left
        compiled = f"{box.half()} compiled"
        _try(box, processes, (largest, compiled), seconds=box.left_s(), found=found)
        plain, ours = found.get((largest, "fp32", "plain")), found.get((largest, compiled, "ours"))
        if plain and ours:
            box.row(f"the same against plain fp32, batch {largest}", f"{plain / ours:.2f} x")
    for process in processes.values():
        process.end()


def _try(
    box: Box,
    processes: dict[str, Form],
    cell: tuple[int, str],
    *,
    seconds: float,
    found: dict[tuple[int, str, str], float],
) -> None:
    """Measure a cell, or report why it cannot be."""
    what = f"batch {cell[0]}, {cell[1]}"
    if seconds < 2:
        box.row(what, "not measured: the time is over")
        return
    try:
        _cell(box, processes, cell, seconds=seconds, found=found)
    except Inapplicable as error:
        box.row(what, str(error))


def _cell(
    box: Box,
    processes: dict[str, Form],
    cell: tuple[int, str],
    *,
    seconds: float,
    found: dict[tuple[int, str, str], float],
) -> None:
    batch, precision = cell
    preset, _ = box.cells()
    kind, _, compiled = precision.partition(" ")
    forms = FORMS if not compiled else ("ours",)
    began = box.left_s()
    ready = {}
    for form in forms:
        ready[form] = processes[form].ask(
            {"preset": preset, "batch": batch, "precision": kind, "compiled": bool(compiled)}
        )
    slowest = max(each["seconds"] for each in ready.values())
    rest = seconds - (began - box.left_s())
    count = max(1, min(MOST_STEPS, int(rest / (ROUNDS * len(forms) * slowest))))
    rounds = ROUNDS if rest > ROUNDS * len(forms) * slowest else 1
    if box.quick:
        count = rounds = 1
    times: dict[str, list[float]] = {form: [] for form in forms}
    for _ in range(rounds):
        for form in forms:
            times[form].append(processes[form].ask({"steps": count})["seconds"])
    for form in forms:
        found[batch, precision, form] = statistics.median(times[form])
    box.facts[f"{batch} {precision}"] = {"seconds": times, "steps": count, "ready": ready}
    text = ", ".join(f"{form} {1000 * found[batch, precision, form]:.1f} ms" for form in forms)
    if len(forms) == 2:
        ratios = [plain / ours for plain, ours in zip(times["plain"], times["ours"], strict=True)]
        text += f": {statistics.median(ratios):.2f} x (worst round {min(ratios):.2f})"
    box.row(f"batch {batch}, {precision}", text)
    if compiled:
        box.row("first step of it, with compiling", f"{ready['ours']['first_s']:.1f} s")
    elif kind == "fp32":
        _compare(box, batch, ready)


def _compare(box: Box, batch: int, ready: dict[str, dict[str, Any]]) -> None:
    """Memory above weights, gradients and moments, and losses of the first step, side by side."""
    peaks = [ready[form]["peak_bytes"] for form in FORMS]
    if all(peaks):
        text = f"plain {peaks[0] / 1e9:.2f} GB, ours {peaks[1] / 1e9:.2f} GB: {peaks[1] / peaks[0]:.2f}"
        box.row(
            f"memory of a step, batch {batch}, fp32", text, f"at most {MEMORY}", peaks[1] <= MEMORY * peaks[0]
        )
    plain, ours = (ready[form]["losses"] for form in FORMS)
    apart = {tag: abs(ours[tag] - value) / max(abs(value), 1e-12) for tag, value in plain.items()}
    worst = max(apart, key=lambda tag: apart[tag])
    what = f"losses and norms of the first step, batch {batch}, fp32"
    box.row(what, f"at most {apart[worst]:.1e} apart ({worst})", f"{LOSSES:.0e}", apart[worst] <= LOSSES)


def _ratios(box: Box, found: dict[tuple[int, str, str], float], batch: int) -> None:
    plain = found.get((batch, "fp32", "plain"))
    ours = [(found[key], key[1]) for key in found if key[0] == batch and key[2] == "ours"]
    if plain is None or not ours:
        return
    best, precision = min(ours)
    ratio = plain / best
    target = f"{SPEEDUP:g} x on a GPU"
    box.row(
        f"ours in {precision} against plain fp32, batch {batch}",
        f"{ratio:.2f} x",
        target,
        box.met(ratio >= SPEEDUP),
    )
    half = found.get((batch, "fp16", "plain"))
    if half is not None:
        box.row(f"ours in {precision} against plain fp16, batch {batch}", f"{half / best:.2f} x")


class Form:
    """The process of one form."""

    def __init__(self, box: Box, form: str) -> None:
        arguments = ["bench.gpu_box.steps:process", form, box.device, str(int(box.quick)), str(box.work)]
        self._process = subprocess.Popen(
            [*CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send an order; raises Inapplicable with what the process says it cannot do."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(
            self._process.stdout.readline() or '{"error": "its process has ended"}'
        )
        if "error" in answer:
            raise Inapplicable(answer["error"])
        return answer

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


def process(argv: list[str]) -> None:
    """One form: makes what each line of stdin says."""
    form, device, quick, work = argv
    box = Box(form, device, bool(int(quick)), 1e9, Path(work), Path(work))
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may come between the answers
    bench: Bench | None = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if "preset" in order:
                bench = None  # frees the last one's memory first
                bench = Bench(box, form, order)
                answer = bench.warm_up()
            elif bench is None:
                answer = {"error": "nothing is ready"}
            else:
                answer = {"seconds": bench.run(order["steps"])}
        except Exception as error:  # noqa: BLE001 - a cell that does not fit must not end the others
            bench = None
            answer = {"error": f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"}
            if isinstance(error, Inapplicable):
                answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


class Bench:
    """One form of the step with the state, batch and precision of a cell."""

    def __init__(self, box: Box, form: str, order: dict[str, Any]) -> None:
        import gc

        import torch

        from bench.plain_step import PlainStep
        from engine.train.state import new_state
        from engine.train.step import TrainingStep

        gc.collect()
        if box.on_gpu:
            torch.cuda.empty_cache()
        self.box = box
        kind = order["precision"]
        config = box.config(
            order["preset"], order["batch"], kind, **({"compile": True} if order["compiled"] else {})
        )
        plain = box.config(order["preset"], order["batch"], adversarial_start=0)
        config, batch = _always_adversarial(config), box.batch(config)
        self.state = new_state(config if form == "ours" else plain, symbols_of(config), box.torch_device())
        self.state.voice.train()
        self.state.discriminators.train()
        self.batch = (batch.pin_memory() if box.on_gpu else batch).to(box.torch_device())
        if form == "plain":
            self.state = _as_the_family(self.state)
        self.step: Any = TrainingStep(self.state) if form == "ours" else PlainStep(self.state)
        dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(kind)
        self._around: Any = nullcontext
        if form == "plain" and dtype is not None:
            self._around = lambda: torch.autocast(box.device, dtype)

    def warm_up(self) -> dict[str, Any]:
        """The first steps: losses of the first, bytes above those held of a later one, seconds of the last."""
        import torch

        with Clock(self.box) as first:
            values = self.one()
        losses = {tag: float(value) for tag, value in values.items()}
        del values
        peak = 0
        for _ in range(WARM_UP - 1):
            if self.box.on_gpu:
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
                held = torch.cuda.memory_allocated() + self._gradient_bytes()
            with Clock(self.box) as last:
                self.one()
            if self.box.on_gpu:
                peak = torch.cuda.max_memory_allocated() - held
        return {"losses": losses, "peak_bytes": peak, "first_s": first.seconds, "seconds": last.seconds}

    def run(self, count: int) -> float:
        """Seconds a step of `count` steps, whose losses nobody reads."""
        with Clock(self.box) as clock:
            for _ in range(count):
                self.one()
        return clock.seconds / count

    def one(self) -> dict[str, Any]:
        """One step, without a look at its values."""
        with self._around():
            values: dict[str, Any] = self.step(self.batch)
        if late_check := getattr(self.step, "late_check", None):  # as the training does after each step
            late_check.take_fault()
        self.state.position.step += 1
        return values

    def _gradient_bytes(self) -> int:
        """Gradients that are not yet there: the plain loop keeps them between steps, ours does not."""
        modules = (self.state.voice, self.state.discriminators)
        return sum(each.nbytes for one in modules for each in one.parameters() if each.grad is None)


def _as_the_family(state: Any) -> Any:
    """The plain loop's optimisers as torch makes them, and its alignment search on the processor."""
    import dataclasses

    import torch

    from engine.model import alignment

    if hasattr(alignment, "gpu_kernel"):
        alignment.gpu_kernel = lambda: None
    train = state.config.train
    values = {"lr": train.learning_rate, "betas": train.betas, "eps": train.eps}
    made = {
        "optimizer_g": torch.optim.AdamW(state.voice.parameters(), **values),
        "optimizer_d": torch.optim.AdamW(state.discriminators.parameters(), **values),
    }
    return dataclasses.replace(state, **made)


def _always_adversarial(config: Any) -> Any:
    import dataclasses

    return dataclasses.replace(config, train=dataclasses.replace(config.train, adversarial_start=0))
