"""A step in pieces, or shared by ranks, has the losses and gradients that it would have in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.audio import dft, mel
from engine.config import Config
from engine.dataset.loader.batch import Batch
from engine.model import alignment, losses, voice
from engine.train import objective
from engine.train.memory.parts import rows
from engine.train.ranks.collectives import Peers
from engine.train.state import TrainingState
from engine.train.step import TrainingStep
from tests.promises import OUT_OF_MEMORY
from tests.train.synthetic import fresh, noise_batch


@pytest.fixture
def doubled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything in float64, so that what is left of a difference is no rounding."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    torch.set_default_dtype(torch.float64)
    find = partial(
        alignment.frame_tokens, kernel=lambda scores, *rest: alignment.search(scores.astype("f4"), *rest)
    )
    monkeypatch.setattr(alignment, "frame_tokens", find)
    # it insists on float32; like it, this is a mean over the items
    monkeypatch.setattr(
        objective, "diagonality", lambda _path, x_lengths_B, _frames: x_lengths_B.double().mean()
    )
    caches = (mel._hann, mel.mel_filters, losses._window, dft._transform)
    for cached in caches:
        cached.cache_clear()
    yield
    torch.set_default_dtype(torch.float32)
    for cached in caches:
        cached.cache_clear()


@dataclass(frozen=True)
class Recording(Peers):
    """Keeps the gradients of both sides as the optimisers will see them: the discriminators' first."""

    seen: list[list[Tensor]] = field(default_factory=list)

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        self.seen.append([parameter.grad.clone() for parameter in parameters if parameter.grad is not None])


def in_double(state: TrainingState) -> TrainingState:
    state.voice.double()
    state.discriminators.double()
    return state


def distance(left: list[Tensor], right: list[Tensor]) -> float:
    """The norm of the difference, relative to the norm."""
    apart = sum(float((a.double() - b.double()).square().sum()) for a, b in zip(left, right, strict=True))
    return (apart / sum(float(b.double().square().sum()) for b in right)) ** 0.5


def of_kind(config: Config, kind: str) -> Config:
    model = config.model
    if kind == "stochastic durations, speakers":
        data = replace(config.data, n_speakers=2)
        return replace(config, data=data, model=replace(model, use_sdp=True, gin_channels=8))
    if kind == "spectral norm":
        return replace(config, model=replace(model, use_spectral_norm=True))
    if kind == "plain decoder":
        return replace(config, model=replace(model, decoder="istft", subbands=1, upsample_rates=(8, 8)))
    return config


@pytest.fixture
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same noise and segments for a clip wherever it stands; `without_chance` drops nothing out."""
    monkeypatch.setattr(voice, "draw_normal", lambda shape, like, _: torch.full(shape, 0.5))
    monkeypatch.setattr(voice, "draw_starts", lambda lengths_B, _size, _generator: lengths_B % 3)


def train_in(step: TrainingStep, batch: Batch, pieces: int) -> dict[str, Tensor]:
    return step.train_discriminators(batch, pieces) | step.train_generator(batch, pieces)


@OUT_OF_MEMORY
@pytest.mark.usefixtures("doubled", "no_chance")
@pytest.mark.parametrize(
    "kind", ["multiband", "stochastic durations, speakers", "spectral norm", "plain decoder"]
)
def test_a_step_in_pieces_has_the_gradients_of_the_whole(tiny_config: Config, kind: str) -> None:
    config = of_kind(tiny_config, kind)
    batch = noise_batch(config, (60, 50, 44, 38), speakers=config.data.n_speakers)
    found = {}
    for pieces in (1, 2, 4):
        state, peers = without_chance(fresh(config)), Recording()
        values = train_in(TrainingStep(state, peers), batch, pieces)
        found[pieces] = (peers.seen, values, state)
    (whole_d, whole_g), whole, state = found[1]
    for pieces in (2, 4):
        (cut_d, cut_g), values, cut_state = found[pieces]
        assert distance(cut_d, whole_d) < 1e-6
        assert distance(cut_g, whole_g) < 1e-6
        assert values.keys() == whole.keys()
        for tag, value in values.items():
            assert float(value) == pytest.approx(float(whole[tag]), rel=1e-6, abs=1e-9), tag
        buffers = zip(cut_state.discriminators.buffers(), state.discriminators.buffers(), strict=True)
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in buffers)


class Meeting:
    """Ranks as threads of this process: what each brings is added up in the order of the ranks."""

    def __init__(self, world: int) -> None:
        self.barrier = threading.Barrier(world, timeout=120)
        self.brought: list[Any] = [None] * world

    def add(self, rank: int, value: Any, together: Callable[[list[Any]], Any]) -> Any:
        self.brought[rank] = value
        self.barrier.wait()
        found = together(self.brought)
        self.barrier.wait()
        return found


@dataclass(frozen=True)
class Thread(Peers):
    meeting: Meeting = field(default_factory=lambda: Meeting(1))
    seen: list[list[Tensor]] = field(default_factory=list)

    def total(self, values: Tensor) -> Tensor:
        total: Tensor = self.meeting.add(self.rank, values, lambda all_of: torch.stack(all_of).sum(0))
        return total

    def any(self, flag: bool) -> bool:
        return bool(self.meeting.add(self.rank, flag, any))

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        mine = [parameter.grad for parameter in parameters if parameter.grad is not None]
        copies = [gradient.clone() for gradient in mine]
        sums = self.meeting.add(
            self.rank, copies, lambda all_of: [sum(each) for each in zip(*all_of, strict=True)]
        )
        for gradient, total in zip(mine, sums, strict=True):
            gradient.copy_(total)
        self.seen.append(sums)


def without_chance(state: TrainingState) -> TrainingState:
    for module in state.voice.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return in_double(state)


@OUT_OF_MEMORY
@pytest.mark.usefixtures("doubled", "no_chance")
def test_two_ranks_one_of_them_in_pieces_make_the_step_of_one_process(tiny_config: Config) -> None:
    batch = noise_batch(tiny_config, (60, 50, 44, 38))
    alone = Recording()
    whole = TrainingStep(without_chance(fresh(tiny_config)), alone)(batch)
    meeting = Meeting(2)
    ranks = [Thread(rank, 2, meeting) for rank in range(2)]
    steps = [TrainingStep(without_chance(fresh(tiny_config)), peers) for peers in ranks]
    found: dict[int, dict[str, Tensor]] = {}

    def train(rank: int, part: Batch, pieces: int) -> None:
        found[rank] = train_in(steps[rank], part, pieces)

    threads = [
        threading.Thread(target=train, args=(0, rows(batch, 0, 2), 2)),
        threading.Thread(target=train, args=(1, rows(batch, 2, 4), 1)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for side in (0, 1):
        assert distance(ranks[0].seen[side], alone.seen[side]) < 1e-6
    for values in found.values():
        assert {tag: float(value) for tag, value in values.items()} == pytest.approx(
            {tag: float(value) for tag, value in whole.items()}, rel=1e-6, abs=1e-9
        )
