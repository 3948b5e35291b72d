"""Counts what torch does in a block: operations, and bytes that are read and written."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

CONVOLUTIONS = (torch.ops.aten.convolution, torch.ops.aten.convolution_backward)
VIEWS = (
    "view reshape expand transpose permute slice select unsqueeze squeeze t detach alias as_strided split chunk "
    + "unbind view_as_real view_as_complex real imag"
).split()


class Counter(TorchDispatchMode):
    """Counts operations of convolutions and matrix products, and bytes: of these, and of all operations but views."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0.0
        self.bytes = self.all_bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        packet = func._overloadpacket
        if packet.__name__ in VIEWS:
            return out
        moved = _bytes(args) + _bytes(out)
        self.all_bytes += moved
        if packet in CONVOLUTIONS:
            self.operations += _convolution(packet, args, out)
            self.bytes += moved
        elif packet in flop_registry:
            self.operations += flop_registry[packet](*args, **(kwargs or {}), out_val=out)
            self.bytes += moved
        return out


def _convolution(packet: Any, args: Any, out: Any) -> float:
    """Twice the products of a convolution, or of those of its two gradients that are asked for."""
    if packet is torch.ops.aten.convolution:
        given, weight, result, transposed, times = args[0], args[1], out, args[6], 1
    else:  # torch's own count of the backward pass takes groups for one
        result, given, weight, transposed, times = args[0], args[1], args[2], args[7], sum(args[10][:2])
    points = given.numel() if transposed else result.numel()
    return 2.0 * points * weight.numel() / weight.shape[0] * times


def _bytes(values: Any) -> int:
    if isinstance(values, Tensor):
        return values.numel() * values.element_size()
    return sum(map(_bytes, values)) if isinstance(values, list | tuple) else 0
