"""One training step of VITS with MB-iSTFT decoders: discriminators first, then the generator.

Unlike the family's step, the generator's pass treats the discriminators' weights as constants, and feature maps of
the real wave carry no gradient; results are the same.

A step updates both networks or none. The generator learns from updated discriminators, so the order is:

    discriminators' losses and gradients          out of memory: nothing has changed
    copy the discriminators, then update them     a few percent of a CPU's step, less of a GPU's
    generator's losses and gradients              out of memory: the discriminators are restored
    check that every loss and norm is finite      no: the discriminators are restored
    update the generator, drop the copy

A step may be made of parts (`engine.train.memory.parts`): pieces of the batch, ranks, or both. Every term is weighted
by its part's share; the norms of the sub-bands' spectra need the whole batch and are summed first. With several
pieces the voice runs twice for each, the first time without a graph: no two pieces are in memory at once.

B batch, N text positions, F frames, C channels, M mels, L samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.dataset.loader.batch import Batch
from engine.model import losses
from engine.model.voice import VoiceOutput
from engine.train.diagonality import diagonality
from engine.train.memory.oom import OutOfMemory, is_out_of_memory
from engine.train.memory.parts import DrawnForAll, Part, split
from engine.train.memory.snapshot import DiscriminatorSnapshot, RandomState
from engine.train.nan_guard import NotFinite
from engine.train.ranks.collectives import ALONE, Peers
from engine.train.reporter import device_bytes
from engine.train.state import TrainingState, half_precision

T = TypeVar("T")
Values = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class GeneratorPass:
    """The voice's output for a part, and the recorded segments that it is compared with."""

    output: VoiceOutput
    real_B1L: Tensor
    target_mel_BMF: Tensor


class TrainingStep:
    """One optimiser step on a TrainingState; called with a batch, it returns the losses."""

    def __init__(self, state: TrainingState, peers: Peers = ALONE) -> None:
        self.state = state
        self.peers = peers
        self.precision = half_precision(state.config, state.device)
        config = state.config
        self.segment_frames = config.train.segment_size // config.data.hop_length
        self.pqmf: Pqmf | None = None
        if config.model.decoder == "multiband":
            self.pqmf = Pqmf(config.model.subbands).to(state.device)
        self._snapshot = DiscriminatorSnapshot(state.discriminators, state.optimizer_d)
        self._part: Part | None = None  # the present one, named in OutOfMemory
        self._unscaled = False  # whether the loss scaler was asked to unscale in this step

    def __call__(self, batch: Batch, pieces: int = 1) -> Values:
        """Train on one batch; all ranks call it together.

        Args:
            pieces: how many parts to go through one after the other: less memory, more time, the same step.
        Returns:
            0-d tensors under TensorBoard's tags: the weighted terms, totals, gradient norms, and each
            discriminator's own part (`loss/d_r/0`, ...), and how straight the alignment is; all of the
            whole step, over its parts and ranks.
        Raises:
            OutOfMemory: memory ran out, on any rank. As with NotFinite, weights and random generators are as before
                the call, and no gradient is left.
            NotFinite: a loss or a gradient was NaN or infinite.
        """
        state = self.state
        state.voice.train()
        state.discriminators.train()
        random = RandomState.now(state.device)
        parts = split(batch, pieces, self.peers)
        self._part = parts[0]
        self._snapshot.begin()
        try:
            values = self._attempt(parts, len(batch), random)
        except BaseException as error:
            self._snapshot.restore()
            self._drop_gradients()
            self._rest_scaler(overflowed=isinstance(error, NotFinite))
            random.restore()
            raise
        finally:
            self._part = None
        self._snapshot.drop()
        return values

    def dry_run(self, batch: Batch) -> None:
        """Run both halves of a step, on this process alone, and change nothing.

        Raises:
            OutOfMemory: it does not fit.
        """
        state = self.state
        random = RandomState.now(state.device)
        self._snapshot.begin()
        try:
            self._snapshot.take()
            moments = [
                torch.empty_like(weight) for weight in self._weights_without_moments() for _ in range(2)
            ]
            parts = [Part(batch, 0)]
            _, generated, _ = self._discriminators_half(parts, len(batch), random)
            self._generator_half(parts, len(batch), random, generated, None)
            del moments
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise OutOfMemory(str(error)) from None
        finally:
            self._snapshot.restore()
            self._drop_gradients()
            random.restore()

    def _attempt(self, parts: list[Part], size: int, random: RandomState) -> Values:
        state = self.state
        self._drop_gradients()

        def discriminators() -> tuple[Values, GeneratorPass | None, Tensor | None]:
            found = self._discriminators_half(parts, size, random)
            self._snapshot.take()
            return found

        values, generated, squares_R2 = self._on_all_ranks(discriminators)
        if squares_R2 is not None:
            squares_R2 = self.peers.total(squares_R2)
        norm_d = self._summed_norm(state.optimizer_d, state.discriminators.parameters())
        self._on_all_ranks(lambda: state.scaler.step(state.optimizer_d))
        state.optimizer_d.zero_grad(set_to_none=True)
        values |= self._on_all_ranks(lambda: self._generator_half(parts, size, random, generated, squares_R2))
        norm_g = self._summed_norm(state.optimizer_g, state.voice.parameters())
        if self.peers.world > 1:
            totals = self.peers.total(torch.stack([value.float() for value in values.values()]))
            values = dict(zip(values, totals.unbind(), strict=True))
        values |= {"grad_norm_d": norm_d, "grad_norm_g": norm_g}
        self._check_finite(values)
        state.scaler.step(state.optimizer_g)
        state.scaler.update()
        self._unscaled = False
        return values

    def _on_all_ranks(self, work: Callable[[], T]) -> T:
        """Run this rank's share of a phase; out of memory on one rank raises OutOfMemory on all.

        A new error is raised: the traceback of torch's own would keep the step's tensors alive.
        """
        failure, held = "", 0
        try:
            done = work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            failure = str(error) or type(error).__name__
            held = device_bytes(self.state.device) or 0
        if not self.peers.any(bool(failure)):
            return done
        inside = self._part.batch if failure and self._part else None
        raise OutOfMemory(failure or "another rank ran out of memory", inside, held)

    def _discriminators_half(
        self, parts: list[Part], size: int, random: RandomState
    ) -> tuple[Values, GeneratorPass | None, Tensor | None]:
        """The discriminators' gradients.

        Returns:
            their losses; the generator's pass, with its graph, if there is one part only; else, or if there are other
            ranks, this process's sums for the sub-bands' loss (resolutions, 2).
        """
        values: Values = {}
        squares_R2: Tensor | None = None
        generated: GeneratorPass | None = None
        for part in self._each_part(parts):
            with torch.set_grad_enabled(len(parts) == 1):
                generated = self._forward(part, size, random)
            _add(values, self._train_discriminators(part, generated))
            if self.pqmf is not None and not part.is_whole and generated.output.bands_BKL is not None:
                real_BKL = self.pqmf.analysis(generated.real_B1L)
                squares = losses.subband_squares(
                    real_BKL, generated.output.bands_BKL, self.state.config.train
                )
                squares_R2 = squares if squares_R2 is None else squares_R2 + squares
        return values, generated if len(parts) == 1 else None, squares_R2

    def _generator_half(
        self,
        parts: list[Part],
        size: int,
        random: RandomState,
        generated: GeneratorPass | None,
        squares_R2: Tensor | None,
    ) -> Values:
        """The generator's gradients; returns its losses."""
        values: Values = {}
        self.state.discriminators.requires_grad_(False)
        try:
            for part in self._each_part(parts):
                # Do not bind the pass: its graph must be freed before the next part.
                _add(
                    values,
                    self._train_generator(part, generated or self._forward(part, size, random), squares_R2),
                )
        finally:
            self.state.discriminators.requires_grad_(True)
        return values

    def _each_part(self, parts: list[Part]) -> Iterator[Part]:
        """The parts; each starts with the same discriminator buffers.

        Spectral normalisation refines its estimate at every pass: once a step, not once a part.
        """
        buffers = list(self.state.discriminators.buffers()) if len(parts) > 1 else []
        before = [buffer.clone() for buffer in buffers]
        for self._part in parts:
            for buffer, value in zip(buffers, before, strict=True):
                buffer.copy_(value)
            yield self._part
        self._part = parts[0]

    def _forward(self, part: Part, size: int, random: RandomState) -> GeneratorPass:
        """The voice's forward pass over a part; parts draw the random numbers of the whole batch of `size`."""
        batch = part.batch
        is_piece = len(batch) < size
        if is_piece:
            random.restore()
        with DrawnForAll(size, part) if is_piece else nullcontext(), self._autocast():
            output = self.state.voice(
                batch.x_BN, batch.x_lengths_B, batch.spec_BCF, batch.spec_lengths_B, batch.speaker_B
            )
        return GeneratorPass(output, *self._targets(batch, output.starts_B))

    def _targets(self, batch: Batch, starts_B: Tensor) -> tuple[Tensor, Tensor]:
        """The real wave and mel of the segments that were decoded."""
        data, size = self.state.config.data, self.state.config.train.segment_size
        mel_BMF = mel_from_linear(batch.spec_BCF, data)
        target_mel_BMF = cut(mel_BMF, starts_B, self.segment_frames)
        return cut(batch.wav_B1L, starts_B * data.hop_length, size), target_mel_BMF

    def _train_discriminators(self, part: Part, generated: GeneratorPass) -> Values:
        """Backward of the discriminators' loss on one part."""
        with self._autocast():
            judged = self.state.discriminators(generated.real_B1L, generated.output.wave_B1L.detach())
        total, real_parts, fake_parts = losses.discriminator_loss(judged.real_scores, judged.fake_scores)
        values = {"loss/d/total": total}
        values |= {f"loss/d_r/{index}": value for index, value in enumerate(real_parts)}
        values |= {f"loss/d_g/{index}": value for index, value in enumerate(fake_parts)}
        if part.items is not None:
            values = {tag: value * part.items for tag, value in values.items()}
        self._backward(values["loss/d/total"])
        return {tag: value.detach() for tag, value in values.items()}

    def _train_generator(self, part: Part, generated: GeneratorPass, squares_R2: Tensor | None) -> Values:
        """Backward of the generator's loss on one part."""
        state, train, output = self.state, self.state.config.train, generated.output
        with self._autocast():
            judged = state.discriminators(generated.real_B1L, output.wave_B1L)
        fake_mel_BMF = mel_spectrogram(output.wave_B1L.squeeze(1).float(), state.config.data)
        fooled = [losses.generator_loss([scores]) for scores in judged.fake_scores]
        terms = {
            "gen": torch.stack(fooled).sum(),
            "fm": losses.feature_loss(judged.real_maps, judged.fake_maps),
            "mel": train.c_mel * losses.mel_loss(generated.target_mel_BMF, fake_mel_BMF),
            "dur": output.duration_loss_B.float().sum(),
            "kl": train.c_kl
            * losses.kl_loss(output.z_p, output.logs_q, output.m_p, output.logs_p, output.spec_mask),
        }
        if part.items is not None and part.text is not None and part.frames is not None:
            weights = {"dur": part.text, "kl": part.frames}
            terms = {name: term * weights.get(name, part.items) for name, term in terms.items()}
            fooled = [value * part.items for value in fooled]
        if self.pqmf is not None and output.bands_BKL is not None:
            real_BKL, share = self.pqmf.analysis(generated.real_B1L), part.items or 1.0
            terms["subband"] = losses.subband_stft_loss(
                real_BKL, output.bands_BKL.float(), train, share=share, squares_R2=squares_R2
            )
        total = torch.stack(list(terms.values())).sum()
        self._backward(total)
        values = {f"loss/g/{name}": term.detach() for name, term in terms.items()}
        values |= {f"loss/g/{index}": value.detach() for index, value in enumerate(fooled)}
        straight = diagonality(output.path_BFN, part.batch.x_lengths_B, part.batch.spec_lengths_B)
        values["alignment/diagonality"] = straight if part.items is None else straight * part.items
        return {"loss/g/total": total.detach(), **values}

    @contextmanager
    def _autocast(self) -> Iterator[None]:
        with torch.autocast(self.state.device.type, self.precision, enabled=self.precision is not None):
            yield

    def _backward(self, total: Tensor) -> None:
        self.state.scaler.scale(total).backward()  # type: ignore[no-untyped-call]

    def _summed_norm(self, optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter]) -> Tensor:
        """The norm of the gradients of all ranks together, unscaled; NaN or infinite if any of them is."""
        moved = list(parameters)
        self.peers.sum_gradients(moved)
        self.state.scaler.unscale_(optimizer)
        self._unscaled = True
        return nn.utils.get_total_norm([parameter.grad for parameter in moved if parameter.grad is not None])

    def _check_finite(self, values: Values) -> None:
        """Raise NotFinite if a loss or norm is not. One number is read: the only wait for a device in a step."""
        sum_of_all = (
            values["loss/d/total"] + values["loss/g/total"] + values["grad_norm_d"] + values["grad_norm_g"]
        )
        if not math.isfinite(sum_of_all.item()):
            scaler = self.state.scaler
            scale = scaler.get_scale() if scaler.is_enabled() else 1.0
            raise NotFinite({tag: value.item() for tag, value in values.items()}, loss_scale=scale)

    def _weights_without_moments(self) -> Iterator[nn.Parameter]:
        """Parameters for which an optimiser has not yet allocated its two moments."""
        state = self.state
        for module, optimizer in (
            (state.voice, state.optimizer_g),
            (state.discriminators, state.optimizer_d),
        ):
            if not optimizer.state:
                yield from module.parameters()

    def _drop_gradients(self) -> None:
        self.state.optimizer_d.zero_grad(set_to_none=True)
        self.state.optimizer_g.zero_grad(set_to_none=True)

    def _rest_scaler(self, *, overflowed: bool) -> None:
        """Reset the loss scaler for the next step, with a lower scale after an overflow."""
        scaler = self.state.scaler
        if overflowed:
            scaler.update()
        elif scaler.is_enabled() and self._unscaled:
            scaler.update(scaler.get_scale())
        self._unscaled = False


def cut(values_BCL: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """Segments of one length from different starts: (B, C, L) and (B,) to (B, C, size)."""
    steps = torch.arange(size, device=values_BCL.device)
    index_B1L = (starts_B[:, None] + steps).unsqueeze(1)
    return values_BCL.gather(2, index_B1L.expand(-1, values_BCL.shape[1], -1))


def _add(sums: Values, values: Values) -> None:
    for tag, value in values.items():
        sums[tag] = sums[tag] + value if tag in sums else value
