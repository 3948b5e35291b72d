"""One training step of VITS with MB-iSTFT decoders: discriminators first, then the generator.

Two savings over the family's step, neither of which changes a result: the generator's pass treats the
discriminators' weights as constants, and feature maps of the real wave carry no gradient.

B batch, N text positions, F frames, C channels, M mels, L samples.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from engine import losses
from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.data.batch import Batch
from engine.model.voice import VoiceOutput
from engine.train.diagonality import diagonality
from engine.train.state import TrainingState, half_precision


class TrainingStep:
    """Callable that moves a TrainingState by one optimiser step and returns the step's losses."""

    def __init__(self, state: TrainingState) -> None:
        self.state = state
        self.precision = half_precision(state.config, state.device)
        config = state.config
        self.segment_frames = config.train.segment_size // config.data.hop_length
        self.pqmf: Pqmf | None = None
        if config.model.decoder == "multiband":
            self.pqmf = Pqmf(config.model.subbands).to(state.device)

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            0-d tensors under TensorBoard's tags: the weighted terms, totals, gradient norms, and each
            discriminator's own part (`loss/d_r/0`, ...), and how straight the alignment is.
        """
        state = self.state
        state.voice.train()
        state.discriminators.train()
        with torch.autocast(state.device.type, self.precision, enabled=self.precision is not None):
            output = state.voice(
                batch.x_BN, batch.x_lengths_B, batch.spec_BCF, batch.spec_lengths_B, batch.speaker_B
            )
        real_B1L, target_mel_BMF = self._targets(batch, output.starts_B)
        values = self._train_discriminators(real_B1L, output.wave_B1L.detach())
        values |= self._train_generator(output, real_B1L, target_mel_BMF)
        values["alignment/diagonality"] = diagonality(
            output.path_BFN, batch.x_lengths_B, batch.spec_lengths_B
        )
        state.scaler.update()
        return values

    def _targets(self, batch: Batch, starts_B: Tensor) -> tuple[Tensor, Tensor]:
        """The real wave and mel of the segments that were decoded."""
        data, size = self.state.config.data, self.state.config.train.segment_size
        mel_BMF = mel_from_linear(batch.spec_BCF, data)
        target_mel_BMF = cut(mel_BMF, starts_B, self.segment_frames)
        return cut(batch.wav_B1L, starts_B * data.hop_length, size), target_mel_BMF

    def _train_discriminators(self, real_B1L: Tensor, fake_B1L: Tensor) -> dict[str, Tensor]:
        state = self.state
        with torch.autocast(state.device.type, self.precision, enabled=self.precision is not None):
            judged = state.discriminators(real_B1L, fake_B1L)
        total, real_parts, fake_parts = losses.discriminator_loss(judged.real_scores, judged.fake_scores)
        state.optimizer_d.zero_grad(set_to_none=True)
        norm = self._move(total, state.optimizer_d, state.discriminators.parameters())
        parts = {f"loss/d_r/{index}": part.detach() for index, part in enumerate(real_parts)}
        parts |= {f"loss/d_g/{index}": part.detach() for index, part in enumerate(fake_parts)}
        return {"loss/d/total": total.detach(), "grad_norm_d": norm, **parts}

    def _train_generator(
        self, output: VoiceOutput, real_B1L: Tensor, target_mel_BMF: Tensor
    ) -> dict[str, Tensor]:
        state, train = self.state, self.state.config.train
        state.discriminators.requires_grad_(False)
        try:
            with torch.autocast(state.device.type, self.precision, enabled=self.precision is not None):
                judged = state.discriminators(real_B1L, output.wave_B1L)
            fake_mel_BMF = mel_spectrogram(output.wave_B1L.squeeze(1).float(), state.config.data)
            fooled = [losses.generator_loss([scores]) for scores in judged.fake_scores]
            terms = {
                "gen": torch.stack(fooled).sum(),
                "fm": losses.feature_loss(judged.real_maps, judged.fake_maps),
                "mel": train.c_mel * losses.mel_loss(target_mel_BMF, fake_mel_BMF),
                "dur": output.duration_loss_B.float().sum(),
                "kl": train.c_kl
                * losses.kl_loss(output.z_p, output.logs_q, output.m_p, output.logs_p, output.spec_mask),
            }
            if self.pqmf is not None and output.bands_BKL is not None:
                real_bands_BKL = self.pqmf.analysis(real_B1L)
                terms["subband"] = losses.subband_stft_loss(real_bands_BKL, output.bands_BKL.float(), train)
            total = torch.stack(list(terms.values())).sum()
            state.optimizer_g.zero_grad(set_to_none=True)
            norm = self._move(total, state.optimizer_g, state.voice.parameters())
        finally:
            state.discriminators.requires_grad_(True)
        values = {f"loss/g/{name}": term.detach() for name, term in terms.items()}
        values |= {f"loss/g/{index}": part.detach() for index, part in enumerate(fooled)}
        return {"loss/g/total": total.detach(), **values, "grad_norm_g": norm}

    def _move(
        self, total: Tensor, optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter]
    ) -> Tensor:
        """Backward and one optimiser step; returns the gradient's norm, unscaled."""
        scaler = self.state.scaler
        scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        scaler.unscale_(optimizer)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        scaler.step(optimizer)
        return norm


def cut(values_BCL: Tensor, starts_B: Tensor, size: int) -> Tensor:
    """Segments of one length from different starts: (B, C, L) and (B,) to (B, C, size)."""
    steps = torch.arange(size, device=values_BCL.device)
    index_B1L = (starts_B[:, None] + steps).unsqueeze(1)
    return values_BCL.gather(2, index_B1L.expand(-1, values_BCL.shape[1], -1))
