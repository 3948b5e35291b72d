"""All that a training step changes, and so all that a checkpoint must hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.config import Config
from engine.dataset.loader.batch import Batch
from engine.errors import InputError
from engine.i18n import _
from engine.model import moving_average
from engine.model.alignment import gpu_kernel
from engine.model.discriminators import Discriminators
from engine.model.voice import Voice, VoiceOutput, build_voice
from engine.train.seeds import seed_step

BFLOAT16_UNITS = {"avx512_bf16", "amx_bf16", "bf16"}  # of x86 and ARM, as torch and Linux call them


@dataclass
class Position:
    """Where training stands: `step` optimiser steps done; `batch` batches of `epoch` (from 1) already seen."""

    step: int = 0
    epoch: int = 1
    batch: int = 0


@dataclass
class TrainingState:
    """Networks, optimisers and position of one run."""

    config: Config
    device: torch.device
    voice: Voice
    discriminators: Discriminators
    optimizer_g: torch.optim.AdamW
    optimizer_d: torch.optim.AdamW
    scaler: torch.amp.GradScaler
    position: Position
    average: Voice | None = None  # of the voice's weights, with train.ema
    precision: torch.dtype | None = None  # of the networks under autocast; None for float32

    def autocast(self) -> torch.autocast:
        """A context in which the networks multiply in `precision`."""
        return torch.autocast(self.device.type, self.precision, enabled=self.precision is not None)

    def forward(self, batch: Batch) -> VoiceOutput:
        """The voice's pass over a batch with recordings, as in training."""
        output: VoiceOutput = self.voice(
            batch.x_BN, batch.x_lengths_B, batch.spec_BCF, batch.spec_lengths_B, batch.speaker_B
        )
        return output

    @property
    def speaking(self) -> TrainingState:
        """The state to validate and to speak with: its voice is the moving average where there is one."""
        return self if self.average is None else replace(self, voice=self.average)

    def update_average(self) -> None:
        """After an update of the voice."""
        if self.average is not None:
            skipped = getattr(self.optimizer_g, "found_inf", None)  # set where the device decides
            moving_average.update(
                self.average, self.voice, self.config.train.ema, self.position.step, skipped
            )

    def restart_average(self) -> None:
        """Begin the average anew with the present weights."""
        if self.average is not None:
            self.average.load_state_dict(self.voice.state_dict())

    @property
    def is_fused(self) -> bool:
        """Whether an update changes all weights or none, and can leave itself out on the device."""
        return self.config.train.optimizer == "fused"

    @property
    def is_adversarial(self) -> bool:
        """Whether the discriminators take part in the next step."""
        return self.position.step >= self.config.train.adversarial_start

    def learning_rate(self) -> float:
        """The family's exponential decay by epoch, as a function of the epoch alone."""
        train = self.config.train
        return train.learning_rate * train.lr_decay ** (self.position.epoch - 1)

    def apply_learning_rate(self) -> None:
        """Write the epoch's rate into both optimisers."""
        for optimizer in (self.optimizer_g, self.optimizer_d):
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate()


def new_state(config: Config, n_symbols: int, device: torch.device) -> TrainingState:
    """Fresh weights from the config's seed, optimisers as in the family (AdamW, one for each side).

    Raises:
        InputError: the device cannot train in the config's precision.
    """
    precision = half_precision(config, device)
    compiles = config.train.compile and can_compile(device)
    seed_step(config.train.seed, 0, "weights")
    voice = build_voice(config, n_symbols).to(device)
    model = config.model
    discriminators = Discriminators(model.use_spectral_norm, model.discriminator_channels).to(device)
    if compiles:
        compile_discriminators(discriminators)
    return TrainingState(
        config=config,
        device=device,
        voice=voice,
        discriminators=discriminators,
        optimizer_g=_adamw(voice, config),
        optimizer_d=_adamw(discriminators, config),
        scaler=torch.amp.GradScaler(device.type, enabled=precision is torch.float16),
        position=Position(),
        average=moving_average.begin(voice) if config.train.ema else None,
        precision=precision,
    )


def half_precision(config: Config, device: torch.device) -> torch.dtype | None:
    """The type in which the networks multiply under autocast; None for float32.

    Weights, optimisers, losses and Fourier transforms are float32 in any case. bfloat16 has the range of float32 and
    needs no loss scaling.

    Raises:
        InputError: the device has no units for the precision that the config names.
    """
    on_gpu, asked = device.type == "cuda", config.train.precision
    if not asked:  # the family's key, which never spoke of CPUs
        asked = "auto" if config.train.fp16_run and on_gpu else "fp32"
    if asked == "auto":
        asked = "bf16" if has_bfloat16(device) else "fp16" if on_gpu else "fp32"
    elif asked == "bf16" and not has_bfloat16(device):
        raise _no_units(asked, _("this GPU") if on_gpu else _("this processor"))
    elif asked == "fp16" and not on_gpu:
        raise _no_units(asked, _("this processor"))
    return {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[asked]


def can_compile(device: torch.device) -> bool:
    """Whether `train.compile` has an effect: on a GPU for which Triton compiles; it is not for CPUs."""
    return device.type == "cuda" and gpu_kernel() is not None


def compile_discriminators(discriminators: Discriminators, backend: str = "inductor") -> None:
    """Compile each discriminator by itself (PyTorch's "regional compilation"); names of weights stay as they are.

    They see segments of one length and are compiled thrice: for their own half, and in the generator's for recorded and
    for generated waves. The rest sees clips of all lengths, and Inductor (torch 2.14) compiles the backward pass of a
    one-dimensional convolution anew for each length, whatever is marked as dynamic: its lowering fixes the strides.
    """
    # the five periods share their code, and torch counts graphs by code: its usual 8 would leave some uncompiled
    torch._dynamo.config.recompile_limit = 64
    for discriminator in discriminators.discriminators:
        discriminator.compile(dynamic=False, backend=backend)


def compile_seconds() -> float:
    """Seconds that this process has compiled for, by torch's own count."""
    return float(torch._dynamo.utils.calculate_time_spent()["total_wall_time"])


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in units of its own; emulated it would be slower than float32.

    A processor's are used by oneDNN alone. False where neither torch nor the system says what the processor has.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if hasattr(torch.cpu, "get_capabilities"):  # not in torch 2.8
        return any(torch.cpu.get_capabilities().get(unit) for unit in BFLOAT16_UNITS)
    try:
        return cpuinfo_has_bfloat16(Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        return False


def cpuinfo_has_bfloat16(text: str) -> bool:
    """The same of a processor whose /proc/cpuinfo this is: all its cores must have such units."""
    cores = re.findall(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return bool(cores) and all(not BFLOAT16_UNITS.isdisjoint(core.split()) for core in cores)


def _no_units(precision: str, device: str) -> InputError:
    what = _("train.precision is {precision}, and {device} has no units for it")
    fix = _("write auto or fp32 into the run's config.json")
    return InputError(what.format(precision=precision, device=device), fix=fix)


def _adamw(module: nn.Module, config: Config) -> torch.optim.AdamW:
    """AdamW as `train.optimizer` says.

    Fused is one kernel for all weights: on a CPU a third to a fifth of the time of torch's loop over them. It needs no
    memory beside the moments, so it updates all weights or none.
    """
    train = config.train
    kernel = {"fused": train.optimizer == "fused", "foreach": train.optimizer == "foreach"}
    optimizer = torch.optim.AdamW(
        module.parameters(), train.learning_rate, betas=train.betas, eps=train.eps, **kernel
    )
    optimizer.register_load_state_dict_pre_hook(partial(_keep_kernel, kernel | {"capturable": False}))
    return optimizer


def _keep_kernel(
    kernel: dict[str, bool],
    optimizer: torch.optim.Optimizer,  # noqa: ARG001
    found: dict[str, Any],
) -> dict[str, Any]:
    """What is loaded would choose the kernel as well: a checkpoint names the one that it was trained with."""
    return found | {"param_groups": [group | kernel for group in found["param_groups"]]}
