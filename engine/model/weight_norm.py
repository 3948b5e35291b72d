"""Convolutions whose kernel is a direction and a length (Salimans and Kingma 2016, equation 2).

Torch's own parametrization stores other names and computes through a list of modules on each access; these
hold `weight_g` and `weight_v` as every checkpoint of the family does, and turn into plain convolutions by `fold`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WeightNormed(nn.Module):
    """What the three convolutions below share: the split of the kernel, its recomputation and its folding."""

    weight: Tensor
    weight_g: nn.Parameter | None
    weight_v: nn.Parameter | None

    def split(self) -> None:
        """Replace `weight` by its length per first axis (`weight_g`) and its direction (`weight_v`)."""
        weight = self.weight.detach()
        del self.weight
        self.weight_g = nn.Parameter(torch.norm_except_dim(weight, 2, 0))
        self.weight_v = nn.Parameter(weight)

    def kernel(self) -> Tensor:
        """The convolution's kernel: g * v / |v|."""
        if self.weight_g is None or self.weight_v is None:
            return self.weight
        return torch._weight_norm(self.weight_v, self.weight_g, 0)

    @torch.no_grad()
    def fold(self) -> None:
        """Become a plain convolution of the same values, which stores `weight`. A second call does nothing."""
        if self.weight_g is None:
            return
        weight = nn.Parameter(self.kernel())
        self.weight_g = self.weight_v = None
        self.weight = weight


class NormConv1d(WeightNormed, nn.Conv1d):
    """Weight-normalised `nn.Conv1d`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.split()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self._conv_forward(x, self.kernel(), self.bias)
        return out


class NormConv2d(WeightNormed, nn.Conv2d):
    """Weight-normalised `nn.Conv2d`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride=stride, padding=padding)
        self.split()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self._conv_forward(x, self.kernel(), self.bias)
        return out


class NormConvTranspose1d(WeightNormed, nn.ConvTranspose1d):
    """Weight-normalised `nn.ConvTranspose1d`; the length is kept per input channel, as in the family."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, *, stride: int, padding: int
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride=stride, padding=padding)
        self.pad = padding
        self.split()

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is not None:
            raise ValueError("output_size is fixed by the stride")
        return F.conv_transpose1d(x, self.kernel(), self.bias, self.stride, self.pad)


def fold_all(module: nn.Module) -> None:
    """Fold every weight-normalised convolution inside `module`."""
    for part in module.modules():
        if isinstance(part, WeightNormed):
            part.fold()


def to_images(module: nn.Module, dtype: torch.dtype = torch.float32) -> None:
    """Replace every folded convolution inside `module` by one of a k x 1 kernel over images of one row, (B, C, 1, F).

    For speaking only. With channels last in memory, oneDNN runs these 1.2 to 1.5 times as fast as one-dimensional ones,
    which it would lay out anew in each call.
    """
    for name, part in list(module.named_children()):
        if isinstance(part, nn.Conv1d | nn.ConvTranspose1d):
            setattr(module, name, _image_convolution(part, dtype))
        else:
            to_images(part, dtype)


class _Padding(threading.local):
    """How many frames of an image are in use, of how many."""

    used = whole = 1


_padding = _Padding()


@contextmanager
def padded(used: int, whole: int) -> Iterator[None]:
    """Within the block, images that are padded from `used` to `whole` frames give what unpadded ones would.

    Each convolution sets what lies behind the end to zero, as the next one's own padding would be.
    """
    _padding.used, _padding.whole = used, whole
    try:
        yield
    finally:
        _padding.used = _padding.whole = 1


def used_part(x: Tensor) -> Tensor:
    """What of the last axis is in use."""
    return x if _padding.used == _padding.whole else x[..., : _used_size(x)]


def _used_size(x: Tensor) -> int:
    return -(-x.shape[-1] * _padding.used // _padding.whole)


def _without_end(x: Tensor) -> Tensor:
    if _padding.used < _padding.whole:
        x[..., _used_size(x) :] = 0
    return x


class _ImageConv(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        return _without_end(super().forward(x))


class _ImageConvTranspose(nn.ConvTranspose2d):
    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        return _without_end(super().forward(x, output_size))


@torch.no_grad()
def _image_convolution(part: nn.Conv1d | nn.ConvTranspose1d, dtype: torch.dtype) -> nn.Module:
    sizes = (part.in_channels, part.out_channels, (1, part.kernel_size[0]))
    stride, has_bias = (1, part.stride[0]), part.bias is not None
    made: nn.Conv2d | nn.ConvTranspose2d
    if isinstance(part, nn.ConvTranspose1d):
        pad = part.pad if isinstance(part, NormConvTranspose1d) else int(part.padding[0])
        made = _ImageConvTranspose(*sizes, stride, (0, pad), bias=has_bias)
    else:
        padding, dilation = (0, int(part.padding[0])), (1, part.dilation[0])
        made = _ImageConv(*sizes, stride, padding, dilation, bias=has_bias)
    made.to(part.weight.device, dtype)
    made.to(memory_format=torch.channels_last)
    made.weight.copy_(part.weight[:, :, None])
    if made.bias is not None and part.bias is not None:
        made.bias.copy_(part.bias)
    return made.eval()
