"""Monotonic rational-quadratic splines, identity outside (Durkan et al. 2019, arXiv 1906.04032, section 3.1).

Axes: ... any leading axes, K bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

MIN_BIN = 1e-3
MIN_SLOPE = 1e-3


@dataclass(frozen=True, slots=True)
class _Bin:
    """The bin that each input falls into: its lower left corner, its size and the slopes at both ends."""

    left: Tensor
    bottom: Tensor
    width: Tensor
    height: Tensor
    slope_left: Tensor
    slope_right: Tensor

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Equations 4 and 5: the value and the logarithm of the derivative."""
        mean_slope = self.height / self.width
        theta = (x - self.left) / self.width
        rest = theta * (1 - theta)
        denominator = mean_slope + (self.slope_left + self.slope_right - 2 * mean_slope) * rest
        rise = self.height * (mean_slope * theta.square() + self.slope_left * rest)
        slope = (
            self.slope_right * theta.square() + 2 * mean_slope * rest + self.slope_left * (1 - theta).square()
        )
        log_slope = torch.log(mean_slope.square() * slope) - 2 * torch.log(denominator)
        return self.bottom + rise / denominator, log_slope

    def inverse(self, y: Tensor) -> Tensor:
        """Equations 6 to 8: the root of the quadratic that lies inside the bin."""
        mean_slope = self.height / self.width
        above = y - self.bottom
        bend = above * (self.slope_left + self.slope_right - 2 * mean_slope)
        a = bend + self.height * (mean_slope - self.slope_left)
        b = self.height * self.slope_left - bend
        c = -mean_slope * above
        discriminant = (b.square() - 4 * a * c).clamp_min(0.0)
        return self.left + self.width * (2 * c / (-b - discriminant.sqrt()))


def spline(x: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Map x (...) through the spline of unnormalised widths, heights (..., K) and inner slopes (..., K - 1).

    Returns the value and the logarithm of the derivative. Outside [-bound, bound] it is the identity.
    """
    inside = x.abs() <= bound
    clamped = x.clamp(-bound, bound)
    value, log_slope = _find_bin(clamped, widths, heights, slopes, bound, by_height=False).forward(clamped)
    return torch.where(inside, value, x), torch.where(inside, log_slope, torch.zeros_like(x))


def inverse_spline(y: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor, bound: float) -> Tensor:
    """The x that `spline` maps to y."""
    clamped = y.clamp(-bound, bound)
    value = _find_bin(clamped, widths, heights, slopes, bound, by_height=True).inverse(clamped)
    return torch.where(y.abs() <= bound, value, y)


def _knots(sizes: Tensor, bound: float) -> Tensor:
    """Bin edges (..., K + 1) from -bound to bound, no bin smaller than its floor."""
    n_bins = sizes.shape[-1]
    shares = MIN_BIN + (1 - MIN_BIN * n_bins) * sizes.softmax(-1)
    inner = 2 * bound * shares.cumsum(-1)[..., :-1] - bound
    padded = F.pad(inner, (1, 0), value=-bound)
    return F.pad(padded, (0, 1), value=bound)


def _find_bin(
    x: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor, bound: float, *, by_height: bool
) -> _Bin:
    x_knots, y_knots = _knots(widths, bound), _knots(heights, bound)
    all_slopes = F.pad(MIN_SLOPE + F.softplus(slopes), (1, 1), value=1.0)  # slope 1 joins the tails smoothly
    searched = y_knots if by_height else x_knots
    index = (x.unsqueeze(-1) >= searched[..., 1:-1]).sum(-1, keepdim=True)

    def pick(values: Tensor, offset: int = 0) -> Tensor:
        return values.gather(-1, index + offset).squeeze(-1)

    left, bottom = pick(x_knots), pick(y_knots)
    return _Bin(
        left=left,
        bottom=bottom,
        width=pick(x_knots, 1) - left,
        height=pick(y_knots, 1) - bottom,
        slope_left=pick(all_slopes),
        slope_right=pick(all_slopes, 1),
    )
