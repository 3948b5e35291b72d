"""One training step of VITS with MB-iSTFT decoders (arXiv 2106.06103, 2210.15975), in two halves.

    wave = voice(text, spectrogram)                a segment of each clip
    1. the discriminators' loss                    (1 - D(real))^2 + D(wave)^2, for six D
       update the discriminators
    2. the generator's loss, the D constant now    (1 - D(wave))^2 + feature matching
                                                   + mel + sub-bands + durations + KL
       update the voice

The second half reuses the first one's pass through the voice. A half that runs out of memory, or whose loss or
gradient is not finite, leaves the weights as they were before it, and no gradient.

A half may go through the batch in pieces, and ranks share a step (`engine.train.memory.parts`): every term is weighted
by its part's share, so losses and gradients are those of the whole batch. With several pieces the voice runs twice for
each, the first time without a graph. The terms are in `engine.train.objective`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.dataset.loader.batch import Batch
from engine.train.finite import LateCheck, NotFinite
from engine.train.memory.oom import OutOfMemory, is_out_of_memory
from engine.train.memory.parts import Part, split
from engine.train.objective import GeneratorPass, Objective, Values
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.reporter import device_bytes
from engine.train.state import TrainingState

T = TypeVar("T")


class TrainingStep:
    """One optimiser step on a TrainingState; all ranks make it together.

    Each half returns 0-d tensors under TensorBoard's tags, over all parts and ranks.

    Attributes:
        late_check: on a GPU with the fused optimiser and without loss scaling, where the host does not wait for a step;
            else None, and NotFinite is raised by the half itself.
    """

    def __init__(self, state: TrainingState, peers: Peers = ALONE) -> None:
        self.state = state
        self.peers = peers
        self.objective = Objective(state)
        waits = state.device.type != "cuda" or state.scaler.is_enabled() or not state.is_fused
        self.late_check = None if waits else LateCheck()
        self._part: Part | None = None  # the present one, named in OutOfMemory
        self._generated: GeneratorPass | None = None  # of the first half, with its graph, for the second
        self._squares_R2: Tensor | None = None  # of the first half, over all parts and ranks

    def __call__(self, batch: Batch) -> Values:
        """Train on one batch, in one piece.

        Raises:
            OutOfMemory, NotFinite: as the halves.
        """
        return self.train_discriminators(batch) | self.train_generator(batch)

    def train_discriminators(self, batch: Batch, pieces: int = 1) -> Values:
        """The first half: update the discriminators; before `adversarial_start` nothing, and no values.

        Args:
            pieces: how many parts to go through one after the other: less memory, more time, the same gradients.
        Returns:
            the loss, its part for each discriminator (`loss/d_r/0`, `loss/d_g/0`, ...) and the gradients' norm.
        Raises:
            OutOfMemory: memory ran out, on any rank.
            NotFinite: the loss or a gradient was NaN or infinite.
        """
        values = self._on_all_ranks(lambda: self._discriminator_gradients(batch, pieces))
        if self._squares_R2 is not None:
            self._squares_R2 = self.peers.total(self._squares_R2)
        if not self.state.is_adversarial:
            return {}
        return self._update(self.state.optimizer_d, self.state.discriminators, values, "d")

    def train_generator(self, batch: Batch, pieces: int = 1) -> Values:
        """The second half: update the voice. `train_discriminators` on the same batch comes first.

        Returns:
            the weighted terms, their total, each discriminator's own part (`loss/g/0`, ...), the gradients' norm,
            and how straight the alignment is.
        Raises:
            OutOfMemory, NotFinite: as in the first half; the discriminators stay updated.
        """
        values = self._on_all_ranks(lambda: self._generator_gradients(batch, pieces))
        values = self._update(self.state.optimizer_g, self.state.voice, values, "g")
        self.state.update_average()  # not after a step that was skipped: `_update` has raised then
        self.state.scaler.update()
        if self.late_check is not None:
            self.late_check.end_step(batch)
        return values

    def fits(self, batch: Batch, pieces: int = 1) -> bool:
        """Run both halves without an update; whether there is memory for them on all ranks.

        The discriminators take part, before `adversarial_start` too: it is what a step needs in the end.
        """
        position = self.state.position
        try:
            start = self.state.config.train.adversarial_start
            self.state.position = replace(position, step=max(position.step, start))
            moments = self._on_all_ranks(self._missing_moments)
            self._on_all_ranks(lambda: self._discriminator_gradients(batch, pieces, refines=False))
            self._on_all_ranks(lambda: self._generator_gradients(batch, pieces))
            del moments
        except OutOfMemory:
            return False
        else:
            return True
        finally:
            self.state.position = position
            self._drop()

    def _discriminator_gradients(self, batch: Batch, pieces: int, *, refines: bool = True) -> Values:
        values: Values = {}
        self._squares_R2 = None
        parts = split(batch, pieces, self.peers)
        for seed, part in self._each(parts, refines=refines):
            with torch.set_grad_enabled(len(parts) == 1):
                generated = self.objective.forward(part, seed, self.peers.rank)
            if self.state.is_adversarial:
                _add(values, self.objective.discriminator_backward(part, generated))
            squares_R2 = None if part.is_whole else self.objective.subband_squares(generated)
            if squares_R2 is not None:
                self._squares_R2 = squares_R2 if self._squares_R2 is None else self._squares_R2 + squares_R2
        self._generated = generated if len(parts) == 1 else None
        return values

    def _generator_gradients(self, batch: Batch, pieces: int) -> Values:
        values: Values = {}
        self.state.discriminators.requires_grad_(False)
        try:
            for seed, part in self._each(split(batch, pieces, self.peers)):
                generated = self._generated or self.objective.forward(part, seed, self.peers.rank)
                self._generated = None
                _add(values, self.objective.generator_backward(part, generated, self._squares_R2))
                del generated  # with its graph, before the next part's is built
        finally:
            self.state.discriminators.requires_grad_(True)
        return values

    def _each(self, parts: list[Part], *, refines: bool = False) -> Iterator[tuple[str, Part]]:
        """The parts, each with the name of its random numbers.

        Args:
            refines: whether spectral normalisation refines its estimate: once a step, not once a part.
        """
        self.state.voice.train()
        for number, self._part in enumerate(parts):
            self.state.discriminators.train(refines and number == 0)
            yield "train" if len(parts) == 1 else f"train/{number}", self._part

    def _update(
        self, optimizer: torch.optim.Optimizer, module: nn.Module, values: Values, side: str
    ) -> Values:
        """Add up gradients and values over the ranks, check them, and update the module's weights.

        One number decides: NaN or infinity in any gradient makes their norm so.
        """
        scaler, parameters = self.state.scaler, list(module.parameters())
        self.peers.sum_gradients(parameters)
        if self.peers.world > 1:
            totals = self.peers.total(torch.stack([value.float() for value in values.values()]))
            values = dict(zip(values, totals.unbind(), strict=True))
        scaler.unscale_(optimizer)
        norm = nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
        values = values | {f"grad_norm_{side}": norm}
        is_bad = ~(values[f"loss/{side}/total"] + norm).isfinite()
        if self.late_check is not None:
            self.late_check.add_half(optimizer, values, is_bad)
        elif is_bad:
            scale = scaler.get_scale()
            self._drop()
            scaler.update()
            raise NotFinite(values, scale)
        if not self.state.is_fused:  # memory that runs out ends the run: some weights may be updated already
            scaler.step(optimizer)
            optimizer.zero_grad(set_to_none=True)
            return values
        try:
            self._on_all_ranks(lambda: scaler.step(optimizer))
        except OutOfMemory:
            scaler.update(scaler.get_scale())  # else the next `unscale_` would be refused as a second one
            raise
        optimizer.zero_grad(set_to_none=True)
        return values

    def _on_all_ranks(self, work: Callable[[], T]) -> T:
        """Run this rank's share of a half; out of memory on one rank raises OutOfMemory on all.

        A new error is raised: the traceback of torch's own would keep the step's tensors alive.
        """
        failure, held = "", 0
        try:
            done = work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failure = str(error) or type(error).__name__
            held = device_bytes(self.state.device)
        if not self.peers.any(bool(failure)):
            return done
        self._drop()
        inside = self._part.batch if failure and self._part else None
        raise OutOfMemory(failure or "another rank ran out of memory", inside, held)

    def _drop(self) -> None:
        """Drop gradients and the pass that is kept for the second half."""
        self._generated = None
        self.state.optimizer_d.zero_grad(set_to_none=True)
        self.state.optimizer_g.zero_grad(set_to_none=True)

    def _missing_moments(self) -> list[Tensor]:
        """As much memory as the moments that the optimisers have not yet allocated, two for each weight."""
        sides = (
            (self.state.voice, self.state.optimizer_g),
            (self.state.discriminators, self.state.optimizer_d),
        )
        weights = [each for module, optimizer in sides if not optimizer.state for each in module.parameters()]
        return [torch.empty_like(each) for each in weights for _ in range(2)]


def _add(sums: Values, values: Values) -> None:
    for tag, value in values.items():
        sums[tag] = sums[tag] + value if tag in sums else value
