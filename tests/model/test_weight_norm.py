"""Weight-normalised convolutions: the names of the family, torch's values, folding."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from engine.model.weight_norm import NormConv1d, NormConv2d, NormConvTranspose1d, WeightNormed

MAKERS: list[tuple[Callable[[], WeightNormed], Callable[[], nn.Module], tuple[int, ...]]] = [
    (
        lambda: NormConv1d(4, 6, 3, padding=2, dilation=2, groups=2),
        lambda: nn.Conv1d(4, 6, 3, padding=2, dilation=2, groups=2),
        (2, 4, 20),
    ),
    (
        lambda: NormConv2d(4, 6, (5, 1), stride=(3, 1), padding=(2, 0)),
        lambda: nn.Conv2d(4, 6, (5, 1), stride=(3, 1), padding=(2, 0)),
        (2, 4, 21, 3),
    ),
    (
        lambda: NormConvTranspose1d(4, 2, 16, stride=4, padding=6),
        lambda: nn.ConvTranspose1d(4, 2, 16, stride=4, padding=6),
        (2, 4, 20),
    ),
]


@pytest.mark.parametrize(("ours", "plain", "shape"), MAKERS, ids=["1d", "2d", "transposed"])
def test_values_and_gradients_equal_torch_parametrization(
    ours: Callable[[], WeightNormed], plain: Callable[[], nn.Module], shape: tuple[int, ...]
) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(7)
    made = ours()
    torch.manual_seed(7)
    wanted = plain()
    torch.testing.assert_close(made(x), wanted(x))  # a new one starts as the plain convolution
    wanted = nn.utils.parametrizations.weight_norm(wanted)
    with torch.no_grad():
        assert made.weight_g is not None
        made.weight_g.mul_(1.7)
    wanted.load_state_dict(
        {
            "bias": made.state_dict()["bias"],
            "parametrizations.weight.original0": made.state_dict()["weight_g"],
            "parametrizations.weight.original1": made.state_dict()["weight_v"],
        }
    )
    torch.testing.assert_close(made(x), wanted(x))
    made(x).square().sum().backward()
    wanted(x).square().sum().backward()
    assert made.weight_v is not None
    torch.testing.assert_close(made.weight_v.grad, wanted.parametrizations["weight"].original1.grad)
