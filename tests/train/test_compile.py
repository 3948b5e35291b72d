"""Compiled discriminators: the same step, the same names in checkpoints, no new graph for a new length of clips.

Captured, not optimised: compiling them to machine code takes minutes on a CPU, where training never does it.
"""

from __future__ import annotations

import pytest
import torch

from engine.config import Config
from engine.train import state as states
from engine.train.state import compile_discriminators
from engine.train.step import TrainingStep
from tests.train.conftest import with_train
from tests.train.synthetic import CPU, fresh, noise_batch


# torch hides this one warning of its own tracing, which does not help where warnings are errors
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_compiled_discriminators_make_the_same_step_and_keep_their_names(tiny_config: Config) -> None:
    from torch._dynamo.utils import counters

    plain, compiled = fresh(tiny_config), fresh(tiny_config)
    for judge in compiled.discriminators.discriminators[1:]:
        judge.is_weight_normed = False  # the convolutions that a GPU compiles, not a CPU's matrix products
    compile_discriminators(compiled.discriminators, backend="eager")
    assert compiled.discriminators.state_dict().keys() == plain.discriminators.state_dict().keys()
    usual = torch.get_num_threads()
    torch.set_num_threads(
        1
    )  # with more, discriminators run in threads of their own, and graphs are captured in one
    try:
        torch._dynamo.reset()
        counters.clear()
        before, graphs = [TrainingStep(plain), TrainingStep(compiled)], []
        for number, frames in enumerate([(50, 40), (61, 47), (55, 52)]):
            batch = noise_batch(tiny_config, frames)
            for state in (plain, compiled):
                state.position.step = number
            values, others = (step(batch) for step in before)
            graphs.append(counters["stats"]["unique_graphs"])
            for tag, value in values.items():
                torch.testing.assert_close(others[tag], value, rtol=1e-4, atol=1e-5, msg=tag)
    finally:
        torch.set_num_threads(usual)
        torch._dynamo.reset()
    assert graphs == [3 * 6] * 3


def test_a_cpu_and_a_gpu_without_triton_train_uncompiled(
    tiny_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(states, "compile_discriminators", lambda *networks: made.append(networks))
    fresh(with_train(tiny_config, compile=True))
    assert not made
    monkeypatch.setattr(states, "gpu_kernel", lambda: None)
    assert not states.can_compile(torch.device("cuda"))
    monkeypatch.setattr(states, "gpu_kernel", lambda: len)
    assert states.can_compile(torch.device("cuda"))
    assert not states.can_compile(CPU)
