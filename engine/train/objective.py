"""The losses of a step and their backward passes, on one part of a batch.

Each discriminator is worked on by itself: its graph is freed before another one's is built, and on a CPU each of as
many threads as there are cores works on one. The generator's loss goes backward in two stages: what judges the wave
(spectra, then each discriminator) gives its gradient towards it; then one pass through the voice follows.

B batch, F frames, C channels, K sub-bands, M mels, L samples, R resolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.model import losses
from engine.model.alignment.diagonality import diagonality
from engine.model.voice import VoiceOutput
from engine.train.memory.parts import Part
from engine.train.seeds import seed_step
from engine.train.state import TrainingState

T = TypeVar("T")
Values = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class GeneratorPass:
    """The voice's output for a part, and the recorded segments that it is compared with."""

    output: VoiceOutput
    real_B1L: Tensor
    target_mel_BMF: Tensor


class Objective:
    """The losses of the networks of a TrainingState. Values are 0-d tensors under TensorBoard's tags."""

    def __init__(self, state: TrainingState) -> None:
        self.state = state
        config = state.config
        self.segment_frames = config.train.segment_size // config.data.hop_length
        self.pqmf: Pqmf | None = None
        if config.model.decoder == "multiband":
            self.pqmf = Pqmf(config.model.subbands).to(state.device)
        self._pools: dict[int, ThreadPoolExecutor] = {}  # by their number of threads

    def forward(self, part: Part, seed: str, rank: int) -> GeneratorPass:
        """The voice's pass over a part; its noise is a function of the step, `seed` and the rank."""
        state, batch = self.state, part.batch
        data, train = state.config.data, state.config.train
        seed_step(train.seed, state.position.step, seed, rank)
        with state.autocast():
            output = state.forward(batch)
        real_B1L = cut(batch.wav_B1L, output.starts_B * data.hop_length, train.segment_size)
        spec_BCF = cut(batch.spec_BCF, output.starts_B, self.segment_frames)
        return GeneratorPass(output, real_B1L, mel_from_linear(spec_BCF, data))

    def discriminator_backward(self, part: Part, generated: GeneratorPass) -> Values:
        """Gradients of the discriminators' loss; returns it, with its real and fake part for each."""
        real_fake_B1L = torch.cat([generated.real_B1L, generated.output.wave_B1L.detach()])

        def train(discriminator: nn.Module) -> tuple[Tensor, Tensor]:
            with self.state.autocast():
                scores, _ = discriminator(real_fake_B1L)
            real, fake = losses.discriminator_loss(*scores.chunk(2))
            if part.items is not None:
                real, fake = real * part.items, fake * part.items
            self._scaled(real + fake).backward()  # type: ignore[no-untyped-call]
            return real.detach(), fake.detach()

        with torch.enable_grad():
            real, fake = zip(*self._map(train), strict=True)
        values = {"loss/d/total": torch.stack(real + fake).sum()}
        values |= {f"loss/d_r/{index}": value for index, value in enumerate(real)}
        return values | {f"loss/d_g/{index}": value for index, value in enumerate(fake)}

    def generator_backward(
        self, part: Part, generated: GeneratorPass, squares_R2: Tensor | None = None
    ) -> Values:
        """Gradients of the generator's loss; returns its weighted terms. The discriminators must be frozen.

        Args:
            squares_R2: the sums of `subband_squares` over all parts, for a part that is not the whole step.
        """
        output = generated.output
        ends = [output.wave_B1L] if output.bands_BKL is None else [output.wave_B1L, output.bands_BKL]
        terms, gradients = self._spectral_losses(part, generated, squares_R2)
        fooled: tuple[Tensor, ...] = ()
        if self.state.is_adversarial:
            fooled, matched, gradient_B1L = self._adversarial_losses(part, generated)
            gradients[0] += gradient_B1L
            terms = {"gen": torch.stack(fooled).sum(), "fm": torch.stack(matched).sum()} | terms
        latent = self._latent_losses(part, generated)
        own = self._scaled(torch.stack(list(latent.values())).sum())
        torch.autograd.backward([own, *ends], [None, *gradients])
        values = {f"loss/g/{name}": term.detach() for name, term in (terms | latent).items()}
        total = torch.stack(list(values.values())).sum()
        straight = diagonality(output.path_BFN, part.batch.x_lengths_B, part.batch.spec_lengths_B)
        values["alignment/diagonality"] = straight if part.items is None else straight * part.items
        values |= {f"loss/g/{index}": value for index, value in enumerate(fooled)}
        return {"loss/g/total": total, **values}

    def _adversarial_losses(
        self, part: Part, generated: GeneratorPass
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], Tensor]:
        """Adversarial and feature matching loss of each discriminator, and their gradient towards the wave."""
        wave_B1L = generated.output.wave_B1L.detach()

        def judge(discriminator: nn.Module) -> tuple[Tensor, Tensor, Tensor]:
            leaf_B1L = wave_B1L.clone().requires_grad_()
            with self.state.autocast():
                with torch.no_grad():
                    _, real_maps = discriminator(generated.real_B1L)
                scores, maps = discriminator(leaf_B1L)
            both = torch.stack([losses.generator_loss(scores), losses.feature_loss(real_maps, maps)])
            if part.items is not None:
                both = both * part.items
            (gradient_B1L,) = torch.autograd.grad(self._scaled(both.sum()), leaf_B1L)
            fooled, matched = both.detach().unbind()
            return fooled, matched, gradient_B1L

        fooled, matched, gradients = zip(*self._map(judge), strict=True)
        return fooled, matched, torch.stack(gradients).sum(0)

    def _spectral_losses(
        self, part: Part, generated: GeneratorPass, squares_R2: Tensor | None
    ) -> tuple[Values, list[Tensor]]:
        """The weighted mel and sub-band terms, and their gradients towards the wave and, if there are any, bands."""
        train, output = self.state.config.train, generated.output
        share = part.items or 1.0
        wave_B1L = output.wave_B1L.detach().requires_grad_()
        mel_BMF = mel_spectrogram(wave_B1L.squeeze(1).float(), self.state.config.data)
        terms = {"mel": train.c_mel * share * losses.mel_loss(generated.target_mel_BMF, mel_BMF)}
        leaves = [wave_B1L]
        if output.bands_BKL is not None:
            leaves.append(output.bands_BKL.detach().requires_grad_())
        if self.pqmf is not None and len(leaves) > 1:
            terms["subband"] = losses.subband_stft_loss(
                self.pqmf.analysis(generated.real_B1L),
                leaves[1].float(),
                train,
                share=share,
                squares_R2=squares_R2,
            )
        gradients = torch.autograd.grad(
            self._scaled(torch.stack(list(terms.values())).sum()), leaves, materialize_grads=True
        )
        return {name: term.detach() for name, term in terms.items()}, list(gradients)

    def _latent_losses(self, part: Part, generated: GeneratorPass) -> Values:
        """The weighted terms of durations and of the prior, with their graph."""
        train, output = self.state.config.train, generated.output
        duration = output.duration_loss_B.float().sum()
        kl = train.c_kl * losses.kl_loss(
            output.z_p, output.logs_q, output.m_p, output.logs_p, output.spec_mask
        )
        if part.text is not None and part.frames is not None:
            duration, kl = duration * part.text, kl * part.frames
        return {"dur": duration, "kl": kl}

    def subband_squares(self, generated: GeneratorPass) -> Tensor | None:
        """What a part adds to the norms of the sub-bands' spectra (R, 2); None for decoders without bands."""
        bands_BKL = generated.output.bands_BKL
        if self.pqmf is None or bands_BKL is None:
            return None
        real_BKL = self.pqmf.analysis(generated.real_B1L)
        return losses.subband_squares(real_BKL, bands_BKL, self.state.config.train)

    def _map(self, work: Callable[[nn.Module], T]) -> list[T]:
        """`work` on each discriminator, on a CPU in as many threads as there are cores, each with one core."""
        discriminators = self.state.discriminators.discriminators
        threads = torch.get_num_threads()
        if self.state.device.type != "cpu" or threads == 1:
            return [work(discriminator) for discriminator in discriminators]
        if threads not in self._pools:
            self._pools[threads] = ThreadPoolExecutor(
                threads, initializer=torch.set_num_threads, initargs=(1,)
            )
        futures = [self._pools[threads].submit(work, discriminator) for discriminator in discriminators]
        wait(futures)  # where one fails, none may still be running
        return [future.result() for future in futures]

    def _scaled(self, loss: Tensor) -> Tensor:
        scaled: Tensor = self.state.scaler.scale(loss)
        return scaled


def cut(values_BCL: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """Segments of one length from different starts: (B, C, L) and (B,) to (B, C, size)."""
    steps = torch.arange(size, device=values_BCL.device)
    index_B1L = (starts_B[:, None] + steps).unsqueeze(1)
    return values_BCL.gather(2, index_B1L.expand(-1, values_BCL.shape[1], -1))
