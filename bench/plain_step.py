"""The training step as the family's loop does it, with our modules: what every ratio of training speed is against.

fp32; discriminators that are not frozen in the generator's half, and real waves that keep their graph there; two
passes of each discriminator a half; `torch.stft` in the sub-band loss; the optimisers as torch makes them.
`tests/train/test_plain_step.py` proves its losses against the recorded ones of the reference model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.config import TrainConfig
from engine.dataset.loader.batch import Batch
from engine.model import losses
from engine.model.masks import slice_segments
from engine.model.voice import Noise
from engine.train.seeds import seed_step
from engine.train.state import TrainingState


class PlainStep:
    """One step on a TrainingState, on one device."""

    def __init__(self, state: TrainingState) -> None:
        self.state = state
        train = state.config.train
        state.optimizer_g, state.optimizer_d = (  # new_state's are fused
            torch.optim.AdamW(network.parameters(), train.learning_rate, betas=train.betas, eps=train.eps)
            for network in (state.voice, state.discriminators)
        )
        self.pqmf: Pqmf | None = None
        if state.config.model.decoder == "multiband":
            self.pqmf = Pqmf(state.config.model.subbands).to(state.device)

    def __call__(
        self,
        batch: Batch,
        noise: Noise | None = None,
        starts_B: Tensor | None = None,
        *,
        updates: bool = True,
    ) -> dict[str, Tensor]:
        """Train on a batch; returns the weighted losses under TensorBoard's tags.

        Args:
            noise, starts_B: given from outside, else drawn as `vitsdeck train` draws them.
            updates: False leaves the weights as they are.
        """
        state, train, data = self.state, self.state.config.train, self.state.config.data
        seed_step(train.seed, state.position.step)
        output = state.voice(
            batch.x_BN,
            batch.x_lengths_B,
            batch.spec_BCF,
            batch.spec_lengths_B,
            batch.speaker_B,
            noise=noise,
            segment_starts_B=starts_B,
        )
        frames = train.segment_size // data.hop_length
        mel_BMF = slice_segments(mel_from_linear(batch.spec_BCF, data), output.starts_B, frames)
        real_B1L = slice_segments(batch.wav_B1L, output.starts_B * data.hop_length, train.segment_size)
        total_d = torch.zeros((), device=state.device)
        for judge in state.discriminators.discriminators:
            real, fake = judge(real_B1L)[0], judge(output.wave_B1L.detach())[0]
            total_d = total_d + sum(losses.discriminator_loss(real, fake))
        norm_d = self._learn(total_d, state.optimizer_d, state.discriminators, updates=updates)
        terms = {
            "gen": torch.zeros((), device=state.device),
            "fm": torch.zeros((), device=state.device),
            "mel": train.c_mel * losses.mel_loss(mel_BMF, mel_spectrogram(output.wave_B1L.squeeze(1), data)),
            "dur": output.duration_loss_B.sum(),
            "kl": train.c_kl
            * losses.kl_loss(output.z_p, output.logs_q, output.m_p, output.logs_p, output.spec_mask),
        }
        for judge in state.discriminators.discriminators:
            _, real_maps = judge(real_B1L)
            scores, fake_maps = judge(output.wave_B1L)
            terms["gen"] = terms["gen"] + losses.generator_loss(scores)
            terms["fm"] = terms["fm"] + losses.feature_loss(real_maps, fake_maps)
        if self.pqmf is not None and output.bands_BKL is not None:
            terms["subband"] = subband_loss(self.pqmf.analysis(real_B1L), output.bands_BKL, train)
        total_g = torch.stack(list(terms.values())).sum()
        norm_g = self._learn(total_g, state.optimizer_g, state.voice, updates=updates)
        values = {f"loss/g/{name}": term.detach() for name, term in terms.items()}
        totals = {"loss/g/total": total_g.detach(), "loss/d/total": total_d.detach()}
        return values | totals | {"grad_norm_g": norm_g, "grad_norm_d": norm_d}

    def _learn(
        self, total: Tensor, optimizer: torch.optim.Optimizer, module: nn.Module, *, updates: bool
    ) -> Tensor:
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.get_total_norm([each.grad for each in module.parameters() if each.grad is not None])
        if updates:
            optimizer.step()
        return norm


def subband_loss(real_BKL: Tensor, fake_BKL: Tensor, train: TrainConfig) -> Tensor:
    """The multi-resolution loss of the sub-bands, by torch's transform and its gradient."""
    found = []
    for n_fft, hop, win in zip(train.fft_sizes, train.hop_sizes, train.win_lengths, strict=True):
        window = getattr(torch, train.window)(win, device=real_BKL.device)
        sizes = []
        for bands in (real_BKL, fake_BKL):
            bins = torch.stft(bands.flatten(0, 1), n_fft, hop, win, window, return_complex=True)
            sizes.append((bins.real.square() + bins.imag.square()).clamp_min(1e-7).sqrt())
        real, fake = sizes
        found.append((real - fake).norm() / real.norm() + F.l1_loss(real.log(), fake.log()))
    return torch.stack(found).mean()
