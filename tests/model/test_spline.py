"""The spline of the stochastic duration predictor: invertible, monotonic, identity outside."""

from __future__ import annotations

import torch

from engine.model.spline import inverse_spline, spline

BOUND = 5.0


def shape(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return tuple(2 * torch.randn(n, k, generator=g, dtype=torch.float64) for k in (10, 10, 9))  # type: ignore[return-value]


def test_inverse_undoes_the_spline_inside_and_outside() -> None:
    x = torch.linspace(-7, 7, 701, dtype=torch.float64)
    y, _ = spline(x, *shape(701), BOUND)
    torch.testing.assert_close(inverse_spline(y, *shape(701), BOUND), x, rtol=0, atol=1e-8)
    outside = x.abs() > BOUND
    assert torch.equal(y[outside], x[outside])


def test_logarithm_of_the_slope_is_the_derivative() -> None:
    x = torch.linspace(-6, 6, 401, dtype=torch.float64).requires_grad_()
    y, log_slope = spline(x, *shape(401, seed=1), BOUND)
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(log_slope, slope.log(), rtol=1e-6, atol=1e-8)


def test_gradients_stay_finite_outside_the_bounds() -> None:
    x = torch.tensor([-9.0, 0.0, 9.0], dtype=torch.float64).requires_grad_()
    widths, heights, slopes = (t.requires_grad_() for t in shape(3))
    y, log_slope = spline(x, widths, heights, slopes, BOUND)
    (y.sum() + log_slope.sum()).backward()
    for tensor in (x, widths, heights, slopes):
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()
