"""The step itself: which networks learn in it, and from what."""

from __future__ import annotations

import torch

from engine.config import Config
from engine.train.step import TrainingStep
from tests.train.conftest import with_train
from tests.train.synthetic import fresh, memory_of, noise_batch, same


def test_discriminators_rest_until_adversarial_start(tiny_config: Config) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    state = fresh(with_train(tiny_config, adversarial_start=1))
    step, before = TrainingStep(state), memory_of(state)
    first = step(batch)
    state.position.step = 1
    resting = memory_of(state)
    second = step(batch)
    assert {"loss/g/gen", "loss/g/fm", "loss/d/total", "loss/g/0"} <= second.keys() - first.keys()
    assert float(first["loss/g/total"]) > 0
    for name in ("discriminators", "optimizer_d"):
        assert same(resting[name], before[name])
        assert not same(memory_of(state)[name], before[name])
    assert not same(resting["voice"], before["voice"])


def test_threads_change_no_loss(tiny_config: Config) -> None:
    batch = noise_batch(tiny_config, (50, 40))
    usual, losses = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            losses.append(TrainingStep(fresh(tiny_config))(batch))
    finally:
        torch.set_num_threads(usual)
    one, two = losses
    assert one.keys() == two.keys()
    for tag, value in one.items():
        torch.testing.assert_close(two[tag], value, rtol=1e-5, atol=1e-6)
