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
makers = pytest.mark.parametrize(("ours", "plain", "shape"), MAKERS, ids=["1d", "2d", "transposed"])


@makers
def test_values_and_gradients_equal_torch_parametrization(
    ours: Callable[[], WeightNormed], plain: Callable[[], nn.Module], shape: tuple[int, ...]
) -> None:
    made, wanted = ours(), nn.utils.parametrizations.weight_norm(plain())
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
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(made(x), wanted(x))
    made(x).square().sum().backward()
    wanted(x).square().sum().backward()
    assert made.weight_v is not None
    torch.testing.assert_close(made.weight_v.grad, wanted.parametrizations["weight"].original1.grad)


@makers
def test_a_new_one_starts_as_the_plain_convolution(
    ours: Callable[[], WeightNormed], plain: Callable[[], nn.Module], shape: tuple[int, ...]
) -> None:
    torch.manual_seed(7)
    made = ours()
    torch.manual_seed(7)
    wanted = plain()
    x = torch.randn(shape)
    torch.testing.assert_close(made(x), wanted(x))


@makers
def test_folding_keeps_the_output_and_leaves_one_weight(
    ours: Callable[[], WeightNormed], plain: Callable[[], nn.Module], shape: tuple[int, ...]
) -> None:
    made = ours()
    assert set(made.state_dict()) == {"bias", "weight_g", "weight_v"}
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    before = made(x)
    made.fold()
    made.fold()
    assert torch.equal(made(x), before)
    assert set(made.state_dict()) == {"bias", "weight"}
