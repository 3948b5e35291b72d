"""The gate's own gradient is autograd's."""

from __future__ import annotations

import torch

from engine.model.wavenet import _Gate, _gated


def test_the_gate_has_autograds_gradient_at_both_ends_of_the_sigmoid() -> None:
    gates = 4 * torch.randn(2, 6, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gates[0, 3:, 0], gates[0, 3:, 1] = -2000.0, 2000.0  # sigmoids of 0 and 1
    gates.requires_grad_()
    assert torch.autograd.gradcheck(_Gate.apply, gates[:, :, 2:])
    signal, gate = gates.chunk(2, dim=1)
    plain, ours = torch.tanh(signal) * torch.sigmoid(gate), _Gate.apply(gates)
    torch.testing.assert_close(ours, plain)
    weights = torch.randn(ours.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(plain, gates, weights)
    (found,) = torch.autograd.grad(ours, gates, weights)
    torch.testing.assert_close(found, expected)


def test_half_precision_has_autograds_gradient() -> None:
    gates = (
        (4 * torch.randn(2, 6, 50, generator=torch.Generator().manual_seed(0))).bfloat16().requires_grad_()
    )
    signal, gate = gates.chunk(2, dim=1)
    plain = torch.tanh(signal) * torch.sigmoid(gate)
    (expected,) = torch.autograd.grad(plain.sum(), gates)
    (found,) = torch.autograd.grad(_gated(gates).sum(), gates)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
