"""The parts of a training step, each as a function that makes its share of the step alone; for `limits.py`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.pqmf import Pqmf
from engine.dataset.loader.batch import Batch
from engine.model import losses
from engine.model.alignment import maximum_path
from engine.model.masks import slice_segments
from engine.model.voice import VoiceOutput, alignment_score
from engine.train.state import TrainingState

Work = Callable[[], object]
Moved = Callable[
    [int, int], int
]  # the bytes of a part, from those of its products and those of all its operations
UPDATE_BYTES = 32  # a parameter
NAMES = {
    "enc_p": "text encoder",
    "dp": "durations",
    "enc_q": "posterior encoder",
    "flow": "flow",
    "dec": "decoder",
}


def parts_of_step(state: TrainingState, batch: Batch) -> Iterator[tuple[str, Work, Moved]]:
    """Names, functions, and which bytes count, in the order of the step."""
    inputs: dict[str, tuple[Any, ...]] = {}
    hooks = [
        getattr(state.voice, name).register_forward_pre_hook(
            lambda _module, given, name=name: inputs.update({name: given})
        )
        for name in NAMES
    ]
    state.voice.train()
    output = state.voice(batch.x_BN, batch.x_lengths_B, batch.spec_BCF, batch.spec_lengths_B, batch.speaker_B)
    for hook in hooks:
        hook.remove()
    for name, title in NAMES.items():
        yield title, _both_ways(getattr(state.voice, name), inputs[name]), _of_products
    _, mean_BCN, logs_BCN, _ = state.voice.enc_p(*inputs["enc_p"])
    prior = mean_BCN.detach(), logs_BCN.detach()
    yield "alignment", lambda: _align(output, *prior), _of_products
    data, train = state.config.data, state.config.train
    real_B1L = slice_segments(batch.wav_B1L, output.starts_B * data.hop_length, train.segment_size)
    fake_B1L = output.wave_B1L.detach()
    kinds: dict[str, list[nn.Module]] = {}
    for each in state.discriminators.discriminators:
        kinds.setdefault(type(each).__name__, []).append(each)
    for kind, some in kinds.items():
        title = f"{kind.removesuffix('Discriminator').lower()} discriminators ({len(some)})"
        yield title, partial(_judge, some, real_B1L, fake_B1L), _of_products
    yield "losses", _losses(state, batch, output, real_B1L), lambda _products, everything: everything
    weights = sum(each.numel() for group in _groups(state) for each in group)
    yield "optimisers and norms", lambda: _update(state), lambda *_: UPDATE_BYTES * weights


def _of_products(products: int, _everything: int) -> int:
    return products


def _align(output: VoiceOutput, mean_BCN: Tensor, logs_BCN: Tensor) -> Tensor:
    score_BFN = alignment_score(output.z_p.detach(), mean_BCN, logs_BCN)
    return maximum_path(score_BFN, output.x_mask, output.spec_mask)


def _groups(state: TrainingState) -> list[list[Tensor]]:
    return [list(module.parameters()) for module in (state.voice, state.discriminators)]


def _both_ways(module: nn.Module, given: tuple[Any, ...]) -> Work:
    """Forward and backward, with gradients towards those inputs that have one in the step."""

    def work() -> None:
        inputs = [
            each.detach().clone().requires_grad_(each.requires_grad) if isinstance(each, Tensor) else each
            for each in given
        ]
        found = [each for each in _tensors(module(*inputs)) if each.requires_grad]
        torch.autograd.backward(found, [torch.ones_like(each) for each in found])
        module.zero_grad()

    return work


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _tensors(getattr(value, field.name))


def _judge(discriminators: list[nn.Module], real_B1L: Tensor, fake_B1L: Tensor) -> None:
    """Both halves of the step for each discriminator, as `engine.train.objective` makes them."""
    for discriminator in discriminators:
        _judge_one(discriminator, real_B1L, fake_B1L)


def _judge_one(discriminator: nn.Module, real_B1L: Tensor, fake_B1L: Tensor) -> None:
    scores, _ = discriminator(torch.cat([real_B1L, fake_B1L]))
    sum(losses.discriminator_loss(*scores.chunk(2))).backward()  # type: ignore[union-attr]
    discriminator.zero_grad()
    discriminator.requires_grad_(False)
    wave_B1L = fake_B1L.clone().requires_grad_()
    with torch.no_grad():
        _, real_maps = discriminator(real_B1L)
    scores, maps = discriminator(wave_B1L)
    (losses.generator_loss(scores) + losses.feature_loss(real_maps, maps)).backward()
    discriminator.requires_grad_(True)


def _losses(state: TrainingState, batch: Batch, output: VoiceOutput, real_B1L: Tensor) -> Work:
    """The generator's losses without the discriminators', and the recorded side of each."""
    data, train = state.config.data, state.config.train
    frames = train.segment_size // data.hop_length
    pqmf = Pqmf(state.config.model.subbands) if output.bands_BKL is not None else None

    def work() -> None:
        wave_B1L = output.wave_B1L.detach().requires_grad_()
        spec_BCF = slice_segments(batch.spec_BCF, output.starts_B, frames)
        mel_BMF = mel_spectrogram(wave_B1L.squeeze(1), data)
        total = losses.mel_loss(mel_from_linear(spec_BCF, data), mel_BMF)
        names = ("z_p", "logs_q", "m_p", "logs_p")
        latents = [getattr(output, name).detach().requires_grad_() for name in names]
        total = total + losses.kl_loss(*latents, output.spec_mask)
        if pqmf is not None and output.bands_BKL is not None:
            bands_BKL = output.bands_BKL.detach().requires_grad_()
            total = total + losses.subband_stft_loss(pqmf.analysis(real_B1L), bands_BKL, train)
        total.backward()  # type: ignore[no-untyped-call]

    return work


def _update(state: TrainingState) -> None:
    """Norm and update of both networks, with gradients of zeros."""
    for parameters, optimizer in zip(_groups(state), (state.optimizer_g, state.optimizer_d), strict=True):
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
        optimizer.step()
